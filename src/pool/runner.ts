import type { Communicator } from '../comm/index.ts';
import { packThrown } from '../internal/index.ts';
import { PoolError } from './error.ts';
import { Say, type Order, type Reply } from './protocol.ts';
import type { Callable } from './source.ts';
import { resolve } from './task.ts';

/** What a worker's runner needs from where it lives. */
export interface Host {
  readonly rank: number;
  /** Sends; throws what cannot be encoded. */
  reply(reply: Reply): void;
  /** Marks a task as begun; false when it was withdrawn. */
  claim(id: number): boolean;
  /** The communicator of all workers. */
  workers(ranks: unknown): Communicator | Promise<Communicator>;
}

type Work = Extract<Order, { 0: typeof Say.RUN | typeof Say.CHUNK | typeof Say.SECTION }>;

/** Runs the tasks of a worker in the order they come, `concurrency` at a time. */
export class Runner {
  readonly #host: Host;
  readonly #concurrency: number;
  readonly #functions = new Map<number, Callable | Promise<Callable>>();
  readonly #waiting: Work[] = [];
  #running = 0;

  constructor(host: Host, concurrency: number) {
    this.#host = host;
    this.#concurrency = concurrency;
  }

  /** Tasks that have begun and await something. */
  get running(): number {
    return this.#running;
  }

  take(order: Exclude<Order, { 0: typeof Say.END }>): void {
    if (order[0] === Say.DEFINE) this.#define(order[1], () => resolve(order[2]));
    else if (this.#running < this.#concurrency) this.#begin(order);
    else this.#waiting.push(order);
  }

  #define(fn: number, find: () => Callable | Promise<Callable>): void {
    try {
      const found = find();
      this.#functions.set(fn, found);
      if (typeof found === 'function') return;
      found.then(
        (ready) => this.#functions.set(fn, ready),
        () => undefined, // each task that needs it will say so
      );
    } catch (error) {
      const failed = Promise.reject<Callable>(error instanceof Error ? error : new Error(String(error)));
      failed.catch(() => undefined);
      this.#functions.set(fn, failed);
    }
  }

  #begin(work: Work): void {
    const id = work[1];
    if (!this.#host.claim(id)) return;
    const fn = this.#functions.get(work[2])!;
    const began = performance.now();
    try {
      const value =
        typeof fn === 'function' && work[0] === Say.RUN ? fn(...work[3]) : this.#involved(fn, work);
      if (isThenable(value)) this.#await(id, began, value);
      else this.#done(id, began, value);
    } catch (error) {
      this.#failed(id, began, error);
    }
  }

  /** Chunks, sections, and functions that are still being imported. */
  async #involved(fn: Callable | Promise<Callable>, work: Work): Promise<unknown> {
    const call = await fn;
    if (work[0] === Say.RUN) return call(...work[3]);
    if (work[0] === Say.SECTION) return call(await this.#host.workers(work[4]), ...work[3]);
    const results: unknown[] = [];
    for (const list of work[3] as readonly (readonly unknown[])[]) {
      const result = call(...list);
      results.push(isThenable(result) ? await result : result);
    }
    return results;
  }

  #await(id: number, began: number, value: PromiseLike<unknown>): void {
    this.#running++;
    const next = () => {
      this.#running--;
      while (this.#running < this.#concurrency && this.#waiting.length > 0)
        this.#begin(this.#waiting.shift()!);
    };
    value.then(
      (result) => {
        this.#done(id, began, result);
        next();
      },
      (error: unknown) => {
        this.#failed(id, began, error);
        next();
      },
    );
  }

  #done(id: number, began: number, value: unknown): void {
    const ms = performance.now() - began;
    try {
      this.#host.reply([Say.DONE, id, ms, value]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const told = new PoolError('ERR_TYPE', `the result cannot be sent: ${reason}`, {
        workerRank: this.#host.rank,
      });
      this.#host.reply([Say.FAILED, id, ms, packThrown(told)]);
    }
  }

  #failed(id: number, began: number, error: unknown): void {
    this.#host.reply([Say.FAILED, id, performance.now() - began, packThrown(error)]);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
