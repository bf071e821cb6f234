import type { Communicator } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import { openChannel, type Channel } from './channel.ts';
import { Dispenser, type Range } from './dispenser.ts';
import { failures, ItemError, LoopError } from './error.ts';
import { Master } from './master.ts';
import { checkRoot, ranksOf, refusedOptions, type LoopOptions, type OnError } from './options.ts';
import { showProgress } from './progress.ts';
import { noteItem } from './report.ts';
import { NO_ITEMS, sourceOf, type Source } from './source.ts';
import { warnOfThreads } from './threads-warning.ts';
import { Worker } from './worker.ts';

export interface ManagedOptions extends LoopOptions {
  /** The master: it hands out indices and works on no item itself. 'works': rank 0 does both. Default: rank 0 hands out. */
  readonly root?: number | 'works';
  /**
   * 'abort' (default): an error leaves the loop on its rank as from any loop, and uncaught ends the job. 'collect': the others go
   * on, and the loop ends on them with an AggregateError of an ItemError for each item whose body was left.
   */
  readonly onError?: OnError;
  /** Once it is aborted, nothing more is handed out, and the loop ends after what ranks hold. That of the master counts. */
  readonly signal?: AbortSignal | undefined;
  /** One rank simply runs the loop; false makes that an error. Default true. */
  readonly allowSingleWorker?: boolean;
}

const OPTIONS = [
  'comm',
  'progress',
  'root',
  'onError',
  'signal',
  'allowSingleWorker',
] as const satisfies readonly (keyof ManagedOptions)[];
const LOOP = 'splitManaged';

/**
 * Shares items among ranks as they become free: `for (const item of splitManaged(items)) …` on every rank. The master hands
 * out indices, so all ranks must have the same items; each item goes to exactly one rank. On the master the body is not run.
 * Iterables that are no arrays are stepped through by each rank, about as far as the items handed out so far.
 *
 * `for await` does the same without blocking the event loop. A `break` or an error ends this rank's share; the rest of what it held
 * goes to others.
 *
 * @throws LoopError ERR_ITEMS, ERR_OPTION on all ranks, when it begins or as soon as it is noticed, where the items of one rank are no iterable
 * or not those of the others, or its options make no sense
 * @throws MpiError ERR_ROOT for a root that is no rank
 */
export function splitManaged<T>(items: Iterable<T>, options: ManagedOptions = {}): ManagedLoop<T> {
  return new ManagedLoop(items, options);
}

/** One pass through the loop on this rank. */
interface Pass<T> {
  readonly source: Source<T>;
  /** Why this rank cannot take part: the error of the loop on all ranks. */
  readonly refusal: Thrown | undefined;
}

/** A loop whose items are handed out. */
export class ManagedLoop<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #items: Iterable<T>;
  readonly #options: ManagedOptions;
  readonly #refusal: LoopError | undefined;
  readonly #comm: Communicator;
  readonly #root: number;
  readonly #works: boolean;

  /** @internal */
  constructor(items: Iterable<T>, options: ManagedOptions) {
    this.#items = items;
    this.#refusal = refusedOptions(LOOP, options, OPTIONS);
    // Options of one rank that make no sense are an error on all, once the loop begins.
    this.#options = this.#refusal === undefined ? options : {};
    // A JavaScript program may pass anything.
    const given = options as ManagedOptions | null | undefined;
    this.#comm = ranksOf(LOOP, given ?? undefined);
    const root = given?.root ?? 0;
    this.#works = root === 'works';
    this.#root = root === 'works' ? 0 : root;
    checkRoot(LOOP, this.#root, this.#comm, ", or 'works'");
    if (given?.allowSingleWorker === false && this.#comm.size === 1) {
      const why = 'one rank has nobody to share with: start more, or leave allowSingleWorker out';
      throw new LoopError('ERR_WORKERS', why, { operation: LOOP, rank: this.#comm.rank });
    }
  }

  *[Symbol.iterator](): Generator<T, void, void> {
    const pass = this.#begin();
    for (const index of this.#indices(pass)) yield pass.source.at(index);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    const pass = this.#begin();
    for await (const index of this.#indicesAwaiting(pass)) yield pass.source.at(index);
  }

  /**
   * Runs a body, async or not, on every item. Unlike a `for` statement it knows what a body threw: with onError 'collect' this rank goes on
   * too, and the errors in the AggregateError have the cause.
   */
  async forEach(body: (item: T, index: number) => unknown): Promise<void> {
    const failed: ItemError[] = [];
    const pass = this.#begin();
    for await (const index of this.#indicesAwaiting(pass)) {
      try {
        await body(pass.source.at(index), index);
      } catch (cause) {
        if (this.#options.onError !== 'collect') throw cause;
        const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
        failed.push(new ItemError(index, this.#comm.rank, reason, cause));
      }
    }
    if (this.#options.onError !== 'collect') return;
    const all = this.#comm.allgather(
      failed.map(({ index, rank, message, cause }) => ({ index, rank, message, thrown: packThrown(cause) })),
    );
    const errors = all
      .flat()
      .map(
        ({ index, rank, message, thrown }) =>
          new ItemError(index, rank, message.replace(/^.*?: /, ''), unpackThrown(thrown)),
      );
    if (errors.length > 0) throw failures(errors);
  }

  /** The indices of this rank's items, handed out one after the other. */
  indices(): Generator<number, void, void> {
    return this.#indices(this.#begin());
  }

  #begin(): Pass<T> {
    if (this.#refusal !== undefined) return { source: NO_ITEMS, refusal: packThrown(this.#refusal) };
    try {
      return { source: sourceOf(LOOP, this.#items), refusal: undefined };
    } catch (error) {
      return { source: NO_ITEMS, refusal: packThrown(error) };
    }
  }

  *#indices(pass: Pass<T>): Generator<number, void, void> {
    if (this.#comm.size === 1) return yield* this.#alone(pass);
    const channel = openChannel(this.#comm, LOOP);
    try {
      if (this.#comm.rank !== this.#root)
        return yield* this.#work(new Worker(channel, this.#root, pass.source, pass.refusal));
      const master = this.#master(channel, pass);
      if (this.#works) yield* this.#workAndServe(master);
      while (master.serving) master.serve();
      master.progress.end();
      master.finish();
    } finally {
      channel.close();
      pass.source.close();
    }
  }

  async *#indicesAwaiting(pass: Pass<T>): AsyncGenerator<number, void, void> {
    if (this.#comm.size === 1) return yield* this.#alone(pass);
    const channel = openChannel(this.#comm, LOOP);
    try {
      if (this.#comm.rank !== this.#root)
        return yield* this.#workAwaiting(new Worker(channel, this.#root, pass.source, pass.refusal));
      const master = this.#master(channel, pass);
      if (this.#works) yield* this.#workAndServe(master);
      while (master.serving) await master.serveAwaiting();
      master.progress.end();
      master.finish();
    } finally {
      channel.close();
      pass.source.close();
    }
  }

  #master(channel: Channel, { source, refusal }: Pass<T>): Master {
    warnOfThreads(this.#comm.size);
    const workers = this.#comm.size - 1;
    const dispenser = new Dispenser(source, workers + Number(this.#works), this.#options.signal);
    const bar = showProgress(this.#options.progress, source.length);
    const master = new Master(channel, source, dispenser, this.#options.onError ?? 'abort', bar, workers);
    if (refusal !== undefined) master.fail(refusal);
    return master;
  }

  *#alone({ source, refusal }: Pass<T>): Generator<number, void, void> {
    if (refusal !== undefined) throw unpackThrown(refusal);
    const bar = showProgress(this.#options.progress, source.length);
    try {
      for (let index = 0; !this.#options.signal?.aborted && source.has(index); index++) {
        noteItem(index);
        yield index;
        noteItem(undefined);
        bar.add(1);
        source.forget(index + 1);
      }
      bar.end();
    } finally {
      source.close();
    }
  }

  *#work(worker: Worker): Generator<number, void, void> {
    for (let range = worker.next(); range !== undefined; range = worker.next()) {
      yield* walk(range, (index) => worker.leave(index));
    }
  }

  async *#workAwaiting(worker: Worker): AsyncGenerator<number, void, void> {
    for (let range = await worker.nextAwaiting(); range !== undefined; range = await worker.nextAwaiting()) {
      yield* walk(range, (index) => worker.leave(index));
    }
  }

  /** The master's own items; between them it answers whoever has asked. */
  *#workAndServe(master: Master): Generator<number, void, void> {
    let seconds = NaN;
    master.atWork = true;
    for (let range = master.takeOwn(seconds); range; range = master.takeOwn(seconds)) {
      const began = performance.now();
      const { start, end } = range;
      for (let index = start; index < end; index++) {
        master.serveWaiting();
        if (master.failed) break;
        yield* walk({ start: index, end: index + 1 }, () => {
          // This rank's body is gone, but the others still need their master.
          master.atWork = false;
          master.leave(this.#root, index, { start: index + 1, end });
          while (master.serving) master.serve();
          master.progress.end();
          if (master.onError === 'abort' || master.failed) master.finish();
        });
        master.progress.add(1);
      }
      seconds = (performance.now() - began) / 1000 / (end - start);
    }
    master.atWork = false;
    master.settle();
  }
}

/** Steps through a range; `left` hears at which index the body was left. */
function* walk({ start, end }: Range, left: (index: number) => void): Generator<number, void, void> {
  for (let index = start; index < end; index++) {
    let over = false;
    try {
      noteItem(index);
      yield index;
      over = true;
      noteItem(undefined);
    } finally {
      if (!over) left(index);
    }
  }
}
