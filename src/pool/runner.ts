import type { Communicator } from '../comm/index.ts';
import { asError, packBriefly, packThrown, type Thrown } from '../internal/index.ts';
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

/** Where an order says whether the pool wants to know when its task begins. */
const TIMED = 4;

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

  take(order: Exclude<Order, { 0: typeof Say.END | typeof Say.PING }>): void {
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
      const failed = Promise.reject<Callable>(asError(error));
      failed.catch(() => undefined);
      this.#functions.set(fn, failed);
    }
  }

  #begin(work: Work): void {
    const id = work[1];
    if (!this.#host.claim(id)) return;
    const fn = this.#functions.get(work[2])!;
    let began = performance.now();
    const begin = () => {
      if (work[TIMED] === true) this.#host.reply([Say.BEGUN, id]);
      began = performance.now();
    };
    const took = () => performance.now() - began;
    try {
      let value: unknown;
      if (typeof fn === 'function' && work[0] === Say.RUN) {
        begin();
        value = fn(...work[3]);
      } else {
        value = this.#involved(fn, work, begin);
      }
      if (isThenable(value)) void this.#settle(id, value, took);
      else this.#done(id, took(), value);
    } catch (error) {
      this.#failed(id, took(), error);
    }
  }

  /** Chunks, sections, and functions that are still being imported. */
  async #involved(fn: Callable | Promise<Callable>, work: Work, begin: () => void): Promise<unknown> {
    const call = await fn;
    if (work[0] === Say.RUN) {
      begin();
      return call(...work[3]);
    }
    if (work[0] === Say.SECTION) {
      const comm = await this.#host.workers(work[5]);
      begin();
      return call(comm, ...work[3]);
    }
    begin();
    const results: unknown[] = [];
    for (const list of work[3] as readonly (readonly unknown[])[]) {
      const result = call(...list);
      results.push(isThenable(result) ? await result : result);
    }
    return results;
  }

  /** Awaits a result. (`await` hears a thenable of a user's once, whatever that does.) */
  async #settle(id: number, value: PromiseLike<unknown>, took: () => number): Promise<void> {
    this.#running++;
    try {
      const result = await value;
      this.#done(id, took(), result);
    } catch (error) {
      this.#failed(id, took(), error);
    }
    this.#running--;
    while (this.#running < this.#concurrency && this.#waiting.length > 0) this.#begin(this.#waiting.shift()!);
  }

  #done(id: number, ms: number, value: unknown): void {
    try {
      this.#host.reply([Say.DONE, id, ms, value]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const told = new PoolError('ERR_TYPE', `the result cannot be sent: ${reason}`, {
        workerRank: this.#host.rank,
      });
      this.#tell(id, ms, packThrown(told));
    }
  }

  #failed(id: number, ms: number, error: unknown): void {
    this.#tell(id, ms, packThrown(error));
  }

  /** Tells of a failure; if all of it cannot be sent, what matters of it. */
  #tell(id: number, ms: number, thrown: Thrown): void {
    try {
      this.#host.reply([Say.FAILED, id, ms, thrown]);
    } catch {
      this.#host.reply([Say.FAILED, id, ms, packBriefly(thrown)]);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
