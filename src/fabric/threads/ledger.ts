import { MpiError } from '../error.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import {
  Comm,
  communicatorBlock,
  Rank,
  rankBlock,
  readText,
  SELF_ID,
  State,
  Text,
  writeText,
} from './memory.ts';
import { CallSites, placesOf, userLine, userLineNow, userLineOf } from '../where.ts';

/** Every collective a user can call, in both families. Their places in this list are their numbers in the ledger. */
const CALLS = [
  'barrier bcast scatter gather allgather alltoall reduce allreduce scan exscan',
  'Bcast Scatter Scatterv Gather Gatherv Allgather Allgatherv Alltoall Alltoallv',
  'Alltoallw Reduce Allreduce ReduceScatter ReduceScatterBlock Scan Exscan',
  'ibarrier ibcast iscatter igather iallgather ialltoall ireduce iallreduce iscan iexscan',
  'Ibcast Iscatter Iscatterv Igather Igatherv Iallgather Iallgatherv Ialltoall Ialltoallv',
  'Ialltoallw Ireduce Iallreduce IreduceScatter IreduceScatterBlock Iscan Iexscan',
  'barrierInit BcastInit ScatterInit ScattervInit GatherInit GathervInit AllgatherInit AllgathervInit',
  'AlltoallInit AlltoallvInit AlltoallwInit ReduceInit AllreduceInit ReduceScatterInit ReduceScatterBlockInit',
  'ScanInit ExscanInit',
  'ineighborAllgather ineighborAlltoall',
  'IneighborAllgather IneighborAllgatherv IneighborAlltoall IneighborAlltoallv IneighborAlltoallw',
  'NeighborAllgatherInit NeighborAllgathervInit NeighborAlltoallInit NeighborAlltoallvInit NeighborAlltoallwInit',
  'split dup free cart graph distGraph sub',
  'splitShared create createIntercomm merge disconnect spawn',
  'Window.allocate Window.allocateShared fence File.open File.delete setView setSize preallocate sync close',
  'Window.create setHints setAtomicity ireadAtAll iwriteAtAll ireadAll iwriteAll',
  'readAtAll writeAtAll readAll writeAll',
  'Mutex.create Mutex.free Semaphore.create Semaphore.free Condition.create Condition.free',
  'Sequential.create Sequential.free Counter.create Counter.free',
].flatMap((line) => line.split(' '));
const NUMBERS = new Map(CALLS.map((call, number) => [call, number]));

/** An entry: 17 bits of the collective's place in the communicator's history, one for short arrays, 8 of the call, 6 of the root. */
const PLACE_BITS = 17;
const PLACES = 0x1ffff;
const SHORT = 1 << 14;
/** What of an entry is the same on every rank, as a tag that is not negative. */
const NUMBER = 0x7fffffff & ~SHORT;
/** 16 bits of a collective's place in the communicator's history. */
export const placeOf = (number: number): number => number >>> 15;

/** What a rank sends to all others together is short up to so many bytes. */
export const SHORT_BYTES = 1024;

/** In a quarter of the places each entry is written at least once, so that none is taken for one that is to come. */
const RENEWED = (PLACES + 1) / 4;

const nameOf = (entry: number) => CALLS[(entry >>> 6) & 255] ?? 'another collective';

/** Call sites kept. */
const KEPT = 16;

/** How long a rank that has found a mismatch waits for the other to tell its line. */
const ANSWER_MS = 1000;

/**
 * Finds collectives that do not match: the first rank to begin the n-th collective of a communicator writes down which it is,
 * and the others compare (MPI 4.1 §6.1 leaves a mismatch undefined).
 */
export class Ledger {
  readonly #sites = new Map<number, Error>();
  readonly #callSites = new CallSites();
  #begun = 0;
  #operation = '';
  #root = -1;
  #current = 0;
  #inside = false;

  constructor(
    readonly engine: Engine,
    readonly group: Group,
  ) {}

  /** To be called first in every collective. Returns its number: no other call near it has that one. */
  begin(operation: string, root: number): number {
    const number = this.enter(operation, root, false);
    this.check();
    return number;
  }

  /** The same for one of short arrays; the rank calls `check` or `agree` only if it has to wait, for what comes tells of the call too. */
  enter(operation: string, root: number, short: boolean): number {
    const { words, rank } = this.engine;
    const begun = ++this.#begun;
    const call = NUMBERS.get(operation) ?? 255;
    this.#operation = operation;
    this.#root = root;
    this.#current = ((begun & PLACES) << 15) | (short ? SHORT : 0) | (call << 6) | (root & 63);
    this.#inside = true;
    words[rankBlock(rank) + Rank.COLLECTIVE] = this.#current;
    words[rankBlock(rank) + Rank.CONTEXT] = this.group.id;
    this.#keep(this.#current);
    if (short && begun % RENEWED >= RENEWED - Comm.LEDGER_LENGTH) this.agree();
    return this.#current & NUMBER;
  }

  /** Throws where this collective is not the other ranks'. */
  check(): void {
    const short = (this.#current & SHORT) !== 0;
    if (this.agree() === short) return;
    const [code, theirs] = short
      ? (['ERR_TRUNCATE', 'more than'] as const)
      : (['ERR_COUNT', 'at most'] as const);
    const most = Math.floor(SHORT_BYTES / (this.group.members.length - 1));
    const here = short ? 'no more' : 'more';
    const message = `another rank has ${theirs} ${most} bytes for this call, the array here has ${here}`;
    throw new MpiError(code, message, { operation: this.#operation, rank: this.group.rank });
  }

  /** The same where arrays may differ; whether the first rank had a short one. */
  agree(): boolean {
    const mine = this.#current;
    let decided = mine;
    // The self communicators of all ranks share their number.
    if (this.group.id !== SELF_ID) {
      const { words } = this.engine;
      const at = this.#block() + Comm.LEDGER + (this.#begun % Comm.LEDGER_LENGTH);
      for (;;) {
        const written = Atomics.load(words, at);
        const ahead = ((placeOf(mine) - placeOf(written)) << (32 - PLACE_BITS)) >> (32 - PLACE_BITS);
        if (written !== 0 && ahead === 0) decided = written;
        // Where it is below 0, the others are so far ahead that the entry is of a later collective.
        if (written !== 0 && ahead <= 0) break;
        if (Atomics.compareExchange(words, at, written, mine) === written) break;
      }
    }
    if (((decided ^ mine) & ~SHORT) !== 0) throw this.#mismatch(decided);
    return (decided & SHORT) !== 0;
  }

  end(): void {
    this.#inside = false;
  }

  /** Answers a rank that asks from where this one called a collective. */
  answer(): void {
    const { words, rank, memory } = this.engine;
    const asked = Atomics.load(words, rankBlock(rank) + Rank.LOCATE_WHICH);
    writeText(memory, rank, Text.ANSWER, this.#site(asked));
    Atomics.store(words, rankBlock(rank) + Rank.LOCATE, 0);
    Atomics.notify(words, rankBlock(rank) + Rank.LOCATE);
  }

  /** At the end of the rank: what it would answer if asked later. Whoever asks reads the source maps, which takes longer than a short program. */
  leave(): void {
    const kept = this.#sites.get(this.#current);
    if (kept) writeText(this.engine.memory, this.engine.rank, Text.ANSWER, placesOf(kept));
  }

  #block(): number {
    return communicatorBlock(this.engine.memory.size, this.group.id);
  }

  #keep(entry: number): void {
    const site = this.#callSites.note();
    if (site === undefined) return;
    this.#sites.set(entry, site);
    if (this.#sites.size > KEPT) this.#sites.delete(this.#sites.keys().next().value!);
  }

  #site(entry: number): string {
    const kept = this.#sites.get(entry);
    if (kept) return userLine(kept);
    return this.#inside && entry === this.#current ? userLineNow() : '';
  }

  #mismatch(written: number): MpiError {
    const { members, rank } = this.group;
    const operation = this.#operation;
    const root = this.#root;
    const others = [...members.keys()].filter((other) => other !== rank);
    // Ranks still in that collective know best; one that has gone on may remember.
    others.sort((a, b) => Number(this.#isIn(b, written)) - Number(this.#isIn(a, written)));
    let other = others[0]!;
    let site = '';
    for (const candidate of others) {
      site = this.#ask(members[candidate]!, written);
      if (site === '') continue;
      other = candidate;
      break;
    }
    const peer = `${nameOf(written)}${rootOf(written)} on rank ${other}${site && ` at ${site}`}`;
    const here = `${operation}${root >= 0 ? ` (root ${root})` : ''} at ${userLineNow()}`;
    const message = `collective calls on ${this.group.name} do not match: ${here}, but ${peer}`;
    return new MpiError('ERR_MISMATCH', message, { operation, rank, peer: other });
  }

  #isIn(other: number, entry: number): boolean {
    const block = rankBlock(this.group.members[other]!);
    const { words } = this.engine;
    return words[block + Rank.COLLECTIVE] === entry && words[block + Rank.CONTEXT] === this.group.id;
  }

  #ask(rank: number, entry: number): string {
    const { words, memory, bell } = this.engine;
    const block = rankBlock(rank);
    if (Atomics.load(words, block + Rank.STATE) !== State.ENDED) {
      Atomics.store(words, block + Rank.LOCATE_WHICH, entry);
      Atomics.store(words, block + Rank.CONTEXT_ASKED, this.group.id);
      Atomics.store(words, block + Rank.LOCATE, 1);
      bell.ring(rank);
      if (Atomics.wait(words, block + Rank.LOCATE, 1, ANSWER_MS) === 'timed-out') return '';
    } else {
      return words[block + Rank.COLLECTIVE] === entry ? userLineOf(readText(memory, rank, Text.ANSWER)) : '';
    }
    return readText(memory, rank, Text.ANSWER);
  }
}

const rootOf = (entry: number): string => {
  const rootless = 63;
  return (entry & 63) === rootless ? '' : ` (root ${entry & 63})`;
};
