import { ANY_SOURCE, type Communicator } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import { world } from '../world.ts';
import { openChannel, type Channel } from './channel.ts';
import { failures } from './master.ts';
import { ItemError, type LoopOptions, type OnError } from './options.ts';
import { showProgress } from './progress.ts';

export interface MapOptions extends LoopOptions {
  /** Where results go; it works on no item itself, unless it is alone. Default 0. */
  readonly root?: number;
  /**
   * At most so many results wait at the root or are on their way there: a slow body at the root slows the workers down instead
   * of filling its memory. Default: 16 a worker.
   */
  readonly buffer?: number;
  /** 'abort' (default): the first error is thrown at the root. 'collect': an AggregateError at the end. */
  readonly onError?: OnError;
}

/** A result with its item's place. */
export interface Indexed<R> {
  readonly index: number;
  readonly value: R;
}

export type Work<T, R> = (item: T, index: number) => R | PromiseLike<R>;

type Result<R> =
  { index: number; value: R; seconds: number } | { index: number; error: Thrown; seconds: number };

/** Items whose results a worker may owe: as many as fill this time, so that it never waits for the next. */
const AHEAD_SECONDS = 400e-6;
const LONG_SECONDS = 2e-3;
const BUFFER_A_WORKER = 16;

/**
 * Runs `work` on the other ranks and yields the results at the root as they come; on the workers the iteration yields nothing and ends
 * with the loop. All ranks must iterate with the same items.
 */
export function mapUnordered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed: true },
): AsyncGenerator<Indexed<R>, void, void>;
export function mapUnordered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options?: MapOptions,
): AsyncGenerator<R, void, void>;
export async function* mapUnordered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed?: boolean } = {},
): AsyncGenerator<R | Indexed<R>, void, void> {
  for await (const result of map(work, items, options, false)) yield options.indexed ? result : result.value;
}

/** As mapUnordered, in the order of the items. */
export function mapOrdered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed: true },
): AsyncGenerator<Indexed<R>, void, void>;
export function mapOrdered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options?: MapOptions,
): AsyncGenerator<R, void, void>;
export async function* mapOrdered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed?: boolean } = {},
): AsyncGenerator<R | Indexed<R>, void, void> {
  for await (const result of map(work, items, options, true)) yield options.indexed ? result : result.value;
}

async function* map<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions,
  ordered: boolean,
): AsyncGenerator<Indexed<R>, void, void> {
  const comm = options.comm ?? world();
  const root = options.root ?? 0;
  const list = Array.isArray(items) ? (items as readonly T[]) : Array.from(items);
  if (comm.size === 1) return yield* alone(work, list, options);
  const channel = openChannel(comm, ordered ? 'mapOrdered' : 'mapUnordered');
  try {
    if (comm.rank === root)
      yield* new Collector<R>(channel, comm, root, list.length, options, ordered).results();
    else await workFor(channel, root, work, list);
  } finally {
    channel.close();
  }
}

async function* alone<T, R>(
  work: Work<T, R>,
  list: readonly T[],
  options: MapOptions,
): AsyncGenerator<Indexed<R>, void, void> {
  const bar = showProgress(options.progress, list.length);
  const failed: ItemError[] = [];
  for (const [index, item] of list.entries()) {
    let value: R;
    try {
      value = await work(item, index);
    } catch (error) {
      const failure = itemError(index, 0, error);
      if (options.onError !== 'collect') throw failure;
      failed.push(failure);
      continue;
    }
    bar.add(1);
    yield { index, value };
  }
  bar.end();
  if (failed.length > 0) throw failures(failed);
}

function itemError(index: number, rank: number, error: unknown): ItemError {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new ItemError(index, rank, reason, error);
}

/** The worker's side: an index comes, a result goes; a negative index ends the loop. */
async function workFor<T, R>(
  { comm, tag }: Channel,
  root: number,
  work: Work<T, R>,
  list: readonly T[],
): Promise<void> {
  for (;;) {
    const index = await comm.irecv<number>(root, tag);
    if (index < 0) return;
    const began = performance.now();
    const took = () => (performance.now() - began) / 1000;
    let result: Result<R>;
    try {
      result = { index, value: await work(list[index]!, index), seconds: took() };
    } catch (error) {
      result = { index, error: packThrown(error), seconds: took() };
    }
    send(comm, root, tag, result);
  }
}

/** A result that cannot travel is an error of its item. */
function send<R>(comm: Communicator, root: number, tag: number, result: Result<R>): void {
  try {
    comm.send(result, root, tag);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const thrown = packThrown(new TypeError(reason));
    comm.send({ index: result.index, error: thrown, seconds: result.seconds }, root, tag);
  }
}

/** The root's side. It listens while the body runs, as long as the body awaits. */
class Collector<R> {
  /** Indices that each worker owes a result for. */
  readonly #owed = new Map<number, number>();
  readonly #seconds = new Map<number, number>();
  /** Results that the body has not seen. */
  readonly #ready: Indexed<R>[] = [];
  readonly #early = new Map<number, R>();
  readonly #failed: ItemError[] = [];
  readonly #buffer: number;
  #next = 0;
  #yielded = 0;
  #under = 0;
  #stopping = false;
  #wake: (() => void) | undefined;

  constructor(
    readonly channel: Channel,
    comm: Communicator,
    root: number,
    readonly total: number,
    readonly options: MapOptions,
    readonly ordered: boolean,
  ) {
    for (let rank = 0; rank < comm.size; rank++) if (rank !== root) this.#owed.set(rank, 0);
    this.#buffer = Math.max(this.#owed.size, options.buffer ?? BUFFER_A_WORKER * this.#owed.size);
  }

  async *results(): AsyncGenerator<Indexed<R>, void, void> {
    const bar = showProgress(this.options.progress, this.total);
    this.#grant();
    const listening = this.#listen();
    try {
      for (;;) {
        if (this.#failed.length > 0 && this.options.onError !== 'collect') throw this.#failed[0]!;
        const result = this.#ready.shift();
        if (result !== undefined) {
          this.#yielded++;
          this.#grant();
          bar.add(1);
          yield result;
        } else if (this.#under === 0 && this.#next === this.total) {
          break;
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      }
    } finally {
      // Left early or not: what is on its way is taken in, then everyone is told.
      this.#stopping = true;
      await listening;
      for (const rank of this.#owed.keys()) this.channel.comm.send(-1, rank, this.channel.tag);
      bar.end();
    }
    if (this.#failed.length > 0) throw failures(this.#failed);
  }

  async #listen(): Promise<void> {
    const { comm, tag } = this.channel;
    while (this.#under > 0 || (this.#next < this.total && !this.#stopping)) {
      if (this.#under === 0) {
        // The buffer is full: the body must take something first.
        await new Promise<void>((resolve) => setImmediate(resolve));
        continue;
      }
      const request = comm.irecv<Result<R>>(ANY_SOURCE, tag);
      const result = await request;
      this.#take(result, request.status.source);
    }
  }

  #take(result: Result<R>, rank: number): void {
    this.#under--;
    this.#owed.set(rank, this.#owed.get(rank)! - 1);
    this.#seconds.set(rank, result.seconds);
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
    this.#grant();
    this.#wake?.();
  }

  #nextInOrder = 0;

  #inOrder(): void {
    for (; this.#early.has(this.#nextInOrder); this.#nextInOrder++) {
      const value = this.#early.get(this.#nextInOrder)!;
      this.#early.delete(this.#nextInOrder);
      if (value !== FAILED) this.#ready.push({ index: this.#nextInOrder, value });
    }
  }

  /** Gives each worker what keeps it busy, fewest owed first, as far as the buffer allows. */
  #grant(): void {
    const { comm, tag } = this.channel;
    const stopped = this.#stopping || (this.#failed.length > 0 && this.options.onError !== 'collect');
    while (!stopped && this.#next < this.total && this.#next - this.#yielded < this.#buffer) {
      let chosen = -1;
      for (const [rank, owed] of this.#owed) {
        if (owed < this.#depth(rank) && (chosen < 0 || owed < this.#owed.get(chosen)!)) chosen = rank;
      }
      if (chosen < 0) return;
      comm.send(this.#next++, chosen, tag);
      this.#under++;
      this.#owed.set(chosen, this.#owed.get(chosen)! + 1);
    }
  }

  /** Long items one at a time, for balance; short ones ahead. */
  #depth(rank: number): number {
    const seconds = this.#seconds.get(rank);
    if (seconds === undefined || seconds > LONG_SECONDS) return 1;
    return 2 + Math.min(30, Math.floor(AHEAD_SECONDS / Math.max(seconds, 1e-6)));
  }
}

const FAILED: unknown = Symbol('failed');
