import type { Communicator } from '../comm/index.ts';
import { packThrown, unpackThrown } from '../internal/index.ts';
import { world } from '../world.ts';
import { openChannel, type Channel } from './channel.ts';
import { Dispenser, type Range } from './dispenser.ts';
import { failures, Master } from './master.ts';
import { ItemError, type LoopOptions, type OnError } from './options.ts';
import { showProgress } from './progress.ts';
import { noteItem } from './report.ts';
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
  /** One rank simply runs the loop; false makes that an error. Default true. */
  readonly allowSingleWorker?: boolean;
}

/**
 * Shares items among ranks as they become free: `for (const item of splitManaged(items)) …` on every rank. The master hands
 * out indices, so all ranks must have the same items; each item goes to exactly one rank. On the master the body is not run.
 *
 * `for await` does the same without blocking the event loop. A `break` or an error ends this rank's share; the rest of what it held
 * goes to others.
 */
export function splitManaged<T>(items: Iterable<T>, options: ManagedOptions = {}): ManagedLoop<T> {
  return new ManagedLoop(Array.isArray(items) ? (items as readonly T[]) : Array.from(items), options);
}

/** A loop whose items are handed out. */
export class ManagedLoop<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #items: readonly T[];
  readonly #options: ManagedOptions;
  readonly #comm: Communicator;
  readonly #root: number;
  readonly #works: boolean;

  /** @internal */
  constructor(items: readonly T[], options: ManagedOptions) {
    this.#items = items;
    this.#options = options;
    this.#comm = options.comm ?? world();
    this.#works = options.root === 'works';
    this.#root = typeof options.root === 'number' ? options.root : 0;
    if (!(this.#root >= 0 && this.#root < this.#comm.size)) {
      throw new RangeError(`rank ${this.#root} cannot hand out items: there are ${this.#comm.size} ranks`);
    }
    if (options.allowSingleWorker === false && this.#comm.size === 1) {
      throw new Error('one rank has nobody to share with: start more, or leave allowSingleWorker out');
    }
  }

  *[Symbol.iterator](): Generator<T, void, void> {
    for (const index of this.indices()) yield this.#items[index]!;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for await (const index of this.#indicesAwaiting()) yield this.#items[index]!;
  }

  /**
   * Runs a body, async or not, on every item. Unlike a `for` statement it knows what a body threw: with onError 'collect' this rank goes on
   * too, and the errors in the AggregateError have the cause.
   */
  async forEach(body: (item: T, index: number) => unknown): Promise<void> {
    const failed: ItemError[] = [];
    for await (const index of this.#indicesAwaiting()) {
      try {
        await body(this.#items[index]!, index);
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
  *indices(): Generator<number, void, void> {
    if (this.#comm.size === 1) return yield* this.#alone();
    const channel = this.#open();
    try {
      if (this.#comm.rank !== this.#root) return yield* this.#work(new Worker(channel, this.#root));
      const master = this.#master(channel);
      if (this.#works) yield* this.#workAndServe(master);
      while (master.serving) master.serve();
      master.progress.end();
      master.finish();
    } finally {
      channel.close();
    }
  }

  async *#indicesAwaiting(): AsyncGenerator<number, void, void> {
    if (this.#comm.size === 1) return yield* this.#alone();
    const channel = this.#open();
    try {
      if (this.#comm.rank !== this.#root) {
        return yield* this.#workAwaiting(new Worker(channel, this.#root));
      }
      const master = this.#master(channel);
      if (this.#works) yield* this.#workAndServe(master);
      while (master.serving) await master.serveAwaiting();
      master.progress.end();
      master.finish();
    } finally {
      channel.close();
    }
  }

  #open(): Channel {
    if (this.#comm.rank === this.#root) warnOfThreads(this.#comm.size);
    return openChannel(this.#comm, 'splitManaged');
  }

  #master(channel: Channel): Master {
    const workers = this.#comm.size - 1;
    const total = this.#items.length;
    const dispenser = new Dispenser(total, workers + Number(this.#works));
    const bar = showProgress(this.#options.progress, total);
    return new Master(channel, dispenser, this.#options.onError ?? 'abort', bar, workers);
  }

  *#alone(): Generator<number, void, void> {
    const bar = showProgress(this.#options.progress, this.#items.length);
    const left: ItemError[] = [];
    for (let index = 0; index < this.#items.length; index++) {
      let over = false;
      try {
        noteItem(index);
        yield index;
        over = true;
        noteItem(undefined);
      } finally {
        if (!over) left.push(new ItemError(index, 0, 'its body was left by an error or a break'));
      }
      bar.add(1);
    }
    bar.end();
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
    for (let range = master.dispenser.take(seconds); range; range = master.dispenser.take(seconds)) {
      const began = performance.now();
      const { start, end } = range;
      for (let index = start; index < end; index++) {
        master.serveWaiting();
        yield* walk({ start: index, end: index + 1 }, () => {
          // This rank's body is gone, but the others still need their master.
          master.atWork = false;
          master.leave(this.#root, index, { start: index + 1, end });
          while (master.serving) master.serve();
          master.progress.end();
          if (master.onError === 'abort') master.finish();
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
