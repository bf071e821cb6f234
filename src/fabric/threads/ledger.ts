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
import { CallSites, placesOf, userLine, userLineNow, userLineOf } from './where.ts';

/** Every collective a user can call, in both families. Their places in this list are their numbers in the ledger. */
const CALLS = [
  'barrier bcast scatter gather allgather alltoall reduce allreduce scan exscan',
  'Bcast Scatter Scatterv Gather Gatherv Allgather Allgatherv Alltoall Alltoallv',
  'Reduce Allreduce ReduceScatter ReduceScatterBlock Scan Exscan',
  'ibarrier ibcast iscatter igather iallgather ialltoall ireduce iallreduce iscan iexscan',
  'Ibcast Iscatter Iscatterv Igather Igatherv Iallgather Iallgatherv Ialltoall Ialltoallv',
  'Ireduce Iallreduce IreduceScatter IreduceScatterBlock Iscan Iexscan',
  'split dup free cart graph distGraph sub',
  'splitShared create createIntercomm merge disconnect spawn',
  'Window.allocate Window.allocateShared fence File.open File.delete setView setSize preallocate sync close',
  'readAtAll writeAtAll readAll writeAll',
].flatMap((line) => line.split(' '));
const NUMBERS = new Map(CALLS.map((call, number) => [call, number]));

/** An entry: 18 bits of the collective's place in the communicator's history, 8 of the call, 6 of the root. */
const PLACE_BITS = 18;
const PLACES = 0x3ffff;
const place = (entry: number) => entry >>> 14;
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
  #current = 0;
  #inside = false;

  constructor(
    readonly engine: Engine,
    readonly group: Group,
  ) {}

  /** To be called first in every collective. Returns its number, the same on every rank. */
  begin(operation: string, root: number): number {
    const { words, rank } = this.engine;
    const number = ++this.#begun;
    if (this.group.id === SELF_ID) return number; // one number for all ranks, each of which has its own
    const call = NUMBERS.get(operation) ?? 255;
    const mine = ((number & PLACES) << 14) | (call << 6) | (root & 63);
    this.#current = mine;
    this.#inside = true;
    words[rankBlock(rank) + Rank.COLLECTIVE] = mine;
    words[rankBlock(rank) + Rank.CONTEXT] = this.group.id;
    this.#keep(mine);
    const at = this.#block() + Comm.LEDGER + (number % Comm.LEDGER_LENGTH);
    for (;;) {
      const written = Atomics.load(words, at);
      if (written === mine) return number;
      const ahead = ((place(mine) - place(written)) << (32 - PLACE_BITS)) >> (32 - PLACE_BITS);
      if (written !== 0 && ahead === 0) throw this.#mismatch(operation, root, written);
      // The others are so far ahead that the entry is of a later collective.
      if (written !== 0 && ahead < 0) return number;
      Atomics.compareExchange(words, at, written, mine);
    }
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

  #mismatch(operation: string, root: number, written: number): MpiError {
    const { members, rank } = this.group;
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
