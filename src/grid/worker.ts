import { GridError } from './error.ts';
import { asItem } from './inside.ts';

/** What a worker does before its first item and after its last. */
export interface WorkerOptions {
  readonly setup?: () => unknown;
  readonly teardown?: () => unknown;
}

interface Item {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Runs items one after the other beside a time loop that awaits something: output, say. An item that throws rejects its own promise and the next `wait()`; the next
 * one runs nevertheless. Items run on this thread whenever the loop awaits. Collective calls of grids are refused in them: they would come in another order on
 * each rank.
 *
 * @example
 * await using output = new Worker();
 * for (let step = 0; step < 1000; step++) {
 *   launch(update, { C, q, dt });
 *   if (step % 100 === 0) {
 *     const all = gather(C);
 *     if (all) output.put(() => writeFile(`step-${step}.bin`, all.data)).catch(() => {}); // told by wait
 *     await output.wait();
 *   }
 * }
 */
export class Worker implements AsyncDisposable {
  readonly #teardown: (() => unknown) | undefined;
  #last: Promise<unknown>;
  #failure: { readonly reason: unknown } | undefined;
  #closed = false;

  constructor(options: WorkerOptions = {}) {
    this.#teardown = options.teardown;
    this.#last = Promise.resolve().then(() => this.#run(quiet(options.setup)));
  }

  /**
   * Adds an item. Its promise has what it returns.
   *
   * @throws GridError ERR_ARGUMENT after `close`
   */
  put<T>(work: () => T | PromiseLike<T>): Promise<T> {
    if (this.#closed)
      throw new GridError('ERR_ARGUMENT', 'the worker has been closed', { operation: 'Worker.put' });
    const promise = new Promise<T>((resolve, reject) => {
      this.#last = this.#last.then(() => this.#run({ work, resolve, reject }));
    });
    // `wait` tells of it also where nobody looks at this promise.
    promise.catch(() => undefined);
    return promise;
  }

  /** Waits for all items so far. Rejects with the first failure since the last wait. */
  async wait(): Promise<void> {
    await this.#last;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.reason;
  }

  /** Waits for all items, then runs the teardown. Rejects as `wait`. A second call does nothing more. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#last = this.#last.then(() => this.#run(quiet(this.#teardown)));
    }
    await this.wait();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run({ work, resolve, reject }: Item): Promise<void> {
    try {
      resolve((await asItem(work)) as never);
    } catch (reason) {
      this.#failure ??= { reason };
      reject(reason);
    }
  }
}

/** An item whose promise nobody has. */
const quiet = (work: (() => unknown) | undefined): Item => ({
  work: () => work?.(),
  resolve: () => undefined,
  reject: () => undefined,
});
