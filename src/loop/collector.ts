import { ANY_SOURCE } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import type { Channel } from './channel.ts';
import { differ, failures, unlike, type ItemError } from './error.ts';
import { likeness, likenessOfAll } from './likeness.ts';
import type { Indexed, MapOptions } from './map-options.ts';
import { itemError, type Count, type MapWord, type Result } from './map-worker.ts';
import { showProgress } from './progress.ts';
import { CLOSE, END, FAULT } from './protocol.ts';
import type { Source } from './source.ts';

/** Items whose results a worker may owe: as many as fill this time, so that it never waits for the next. */
const AHEAD_SECONDS = 400e-6;
const LONG_SECONDS = 2e-3;
const BUFFER_A_WORKER = 16;
const FAILED: unknown = Symbol('failed');

/** What the root knows of a worker. */
interface Worker {
  /** Indices that it owes a result for. */
  owed: number;
  /** What its last item took. */
  seconds: number | undefined;
  /** How many items it has, −1 where it does not know. */
  length: number;
}

/** The root's side of a map. It listens while the body runs, as long as the body awaits. */
export class Collector<R> {
  /** Those who have come to the loop. */
  readonly #workers = new Map<number, Worker>();
  readonly #others: readonly number[];
  /** Results that the body has not seen. */
  readonly #ready: Indexed<R>[] = [];
  readonly #early = new Map<number, R>();
  readonly #failed: ItemError[] = [];
  readonly #buffer: number;
  readonly #alike: number;
  readonly #word = new Float64Array(2);
  /** Words of workers that are to come. */
  #expected: number;
  #next = 0;
  #nextInOrder = 0;
  #yielded = 0;
  /** No item is left to hand out. */
  #exhausted = false;
  #stopping = false;
  /** What ends the loop on all ranks. */
  #fault: Thrown | undefined;
  #wake: (() => void) | undefined;

  constructor(
    readonly channel: Channel,
    readonly source: Source<unknown>,
    refusal: Thrown | undefined,
    readonly options: MapOptions,
    readonly ordered: boolean,
  ) {
    const { rank: root, size } = channel.comm;
    this.#others = Array.from({ length: size }, (_, rank) => rank).filter((rank) => rank !== root);
    this.#expected = this.#others.length; // each says that it has come
    this.#buffer = Math.max(this.#others.length, options.buffer ?? BUFFER_A_WORKER * this.#others.length);
    this.#alike = likenessOfAll(source);
    this.#fault = refusal;
  }

  async *results(): AsyncGenerator<Indexed<R>, void, void> {
    const bar = showProgress(this.options.progress, this.source.length);
    let listening = this.#listen();
    try {
      for (;;) {
        if (this.#fault !== undefined) break;
        if (this.#failed.length > 0 && this.options.onError !== 'collect') throw this.#failed[0]!;
        const result = this.#ready.shift();
        if (result !== undefined) {
          this.#yielded++;
          const none = this.#expected === 0;
          this.#grant();
          if (none) listening = this.#listen();
          bar.add(1);
          yield result;
        } else if (this.#expected > 0) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        } else if (!this.#close()) {
          break;
        } else {
          listening = this.#listen();
        }
      }
    } finally {
      // Left early or not: what is on its way is taken in, then everyone is told.
      this.#stopping = true;
      await listening;
      for (const rank of this.#others) this.#say(rank, this.#fault === undefined ? END : FAULT);
      bar.end();
    }
    if (this.#fault !== undefined) throw unpackThrown(this.#fault);
    if (this.#failed.length > 0) throw failures(this.#failed);
  }

  async #listen(): Promise<void> {
    const { comm, tag } = this.channel;
    while (this.#expected > 0) {
      const request = comm.irecv<MapWord<R>>(ANY_SOURCE, tag);
      const word = await request;
      this.#expected--;
      this.#take(word, request.status.source);
      this.#grant();
      this.#wake?.();
    }
  }

  #take(word: MapWord<R>, rank: number): void {
    const worker = this.#workers.get(rank);
    if ('fault' in word) {
      this.#fault ??= word.fault;
    } else if ('length' in word) {
      this.#counted(rank, word, worker !== undefined);
    } else {
      worker!.owed--;
      worker!.seconds = word.seconds;
      this.#collect(word, rank);
    }
  }

  #collect(result: Result<R>, rank: number): void {
    if ('error' in result) {
      this.#failed.push(itemError(result.index, rank, unpackThrown(result.error)));
      this.#yielded++;
      if (this.ordered) this.#early.set(result.index, FAILED as R);
    } else if (this.ordered) {
      this.#early.set(result.index, result.value);
    } else {
      this.#ready.push(result);
    }
    if (this.ordered) this.#inOrder();
  }

  #inOrder(): void {
    for (; this.#early.has(this.#nextInOrder); this.#nextInOrder++) {
      const value = this.#early.get(this.#nextInOrder)!;
      this.#early.delete(this.#nextInOrder);
      if (value !== FAILED) this.#ready.push({ index: this.#nextInOrder, value });
    }
  }

  #counted(rank: number, { length, alike }: Count, asked: boolean): void {
    const { comm, loop } = this.channel;
    this.#workers.set(rank, { owed: 0, seconds: undefined, length });
    const total = this.source.length;
    if (total === undefined || length === -1) return;
    if (length === total) {
      if (!asked && alike !== this.#alike) this.#fail(differ(loop, rank, unlike(0, total, rank, comm.rank)));
      return;
    }
    // Of items that a rank had to count it has counted no more than one too many.
    const has = asked && length > total ? 'more' : length;
    this.#differ(rank, `${has} items`, total);
  }

  #differ(rank: number, has: string, total: number): void {
    const { comm, loop } = this.channel;
    this.#fail(differ(loop, rank, `rank ${rank} has ${has}, rank ${comm.rank} has ${total}`));
  }

  #fail(error: unknown): void {
    this.#fault ??= packThrown(error);
  }

  /** At the end: whether somebody is asked for the number of its items, of those who did not know. */
  #close(): boolean {
    const total = this.source.length!;
    for (const [rank, { length }] of this.#workers) {
      if (length === -1) this.#ask(rank, CLOSE, total);
      else if (length !== total) this.#differ(rank, `${length} items`, total);
    }
    return this.#expected > 0 || this.#fault !== undefined;
  }

  /** Gives each worker what keeps it busy, fewest owed first, as far as the buffer allows. */
  #grant(): void {
    const stopped = () =>
      this.#stopping ||
      this.#fault !== undefined ||
      (this.#failed.length > 0 && this.options.onError !== 'collect');
    while (!stopped() && !this.#exhausted && this.#next - this.#yielded < this.#buffer) {
      if (!this.#hasNext()) return;
      const chosen = this.#freest();
      if (chosen === undefined) return;
      this.#ask(chosen, this.#next, likeness(this.source, this.#next, this.#next + 1));
      this.#workers.get(chosen)!.owed++;
      this.source.forget(++this.#next);
    }
  }

  /** Reading the items of this rank may fail, which ends the loop for all. */
  #hasNext(): boolean {
    try {
      this.#exhausted = !this.source.has(this.#next);
      return !this.#exhausted;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #freest(): number | undefined {
    let chosen: number | undefined;
    let least = Infinity;
    for (const [rank, worker] of this.#workers) {
      if (worker.owed >= depth(worker) || worker.owed >= least) continue;
      chosen = rank;
      least = worker.owed;
    }
    return chosen;
  }

  #ask(rank: number, what: number, more: number): void {
    this.#say(rank, what, more);
    this.#expected++;
  }

  #say(rank: number, what: number, more = 0): void {
    const { comm, tag } = this.channel;
    this.#word[0] = what;
    this.#word[1] = more;
    comm.Send(this.#word, rank, tag);
    if (what === FAULT) comm.send(this.#fault, rank, tag);
  }
}

/** Long items one at a time, for balance; short ones ahead. */
function depth({ seconds }: Worker): number {
  if (seconds === undefined || seconds > LONG_SECONDS) return 1;
  return 2 + Math.min(30, Math.floor(AHEAD_SECONDS / Math.max(seconds, 1e-6)));
}
