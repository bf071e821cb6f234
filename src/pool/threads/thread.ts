import { availableParallelism } from 'node:os';
import { MessageChannel, Worker } from 'node:worker_threads';
import { findRefused } from '../../comm/codec/refusal.ts';
import type { PoolOptions } from '../executor.ts';
import type { Link } from '../member.ts';
import type { Order, Reply } from '../protocol.ts';
import { referenceOf } from '../task.ts';
import { Claims, claimsMemory, Numbers } from './claims.ts';
import { Line } from './line.ts';
import { Ring, ringMemory } from './ring.ts';
import type { WorkerData } from './worker-data.ts';

const THREAD_VARIABLES = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];

/** What happens to a thread. */
export interface ThreadEvents {
  /** It may have answered. */
  news(): void;
  /** It has ended, of this if of an error. */
  ended(code: number, error: unknown): void;
}

/** One worker thread and the line to it. */
export class Thread implements Link {
  readonly rank: number;
  readonly line: Line;
  readonly #worker: Worker;
  readonly #claims: Claims;
  readonly #numbers = new Numbers();
  /** performance.now() when it was last spoken to or heard. */
  used: number = performance.now();

  constructor(rank: number, options: PoolOptions, events: ThreadEvents) {
    this.rank = rank;
    const { port1, port2 } = new MessageChannel();
    const [toWorker, fromWorker, claims] = [ringMemory(), ringMemory(), claimsMemory()];
    this.#claims = new Claims(claims);
    const { concurrency = 1, initializer, initializerArgs = [], threadsPerWorker, resourceLimits } = options;
    const data: WorkerData = {
      flotillaPool: {
        rank,
        toWorker,
        fromWorker,
        claims,
        port: port2,
        concurrency,
        initializer: initializer && referenceOf(initializer),
        initializerArgs,
      },
    };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      name: `pool worker ${rank}`,
      workerData: data,
      transferList: [port2],
      ...(resourceLimits ? { resourceLimits } : {}),
      ...(threadsPerWorker === undefined ? {} : { env: { ...process.env, ...limits(threadsPerWorker) } }),
    });
    // What keeps the program alive is tasks, not workers. Going online refs it again.
    worker.unref();
    worker.once('online', () => worker.unref());
    this.#worker = worker;
    this.line = new Line(new Ring(toWorker), new Ring(fromWorker), port1, () => worker.postMessage(0));
    let failure: unknown;
    worker.on('message', () => events.news());
    worker.on('error', (error: unknown) => (failure = error));
    worker.on('exit', (code) => {
      port1.close();
      events.ended(code, failure);
    });
  }

  allot(): number {
    return this.#numbers.take();
  }

  release(id: number): void {
    this.#numbers.giveBack(id);
  }

  send(order: Order, id?: number): boolean {
    if (id !== undefined) this.#claims.offer(id);
    this.used = performance.now();
    try {
      return this.line.send(order);
    } catch (error) {
      const found = findRefused(order[3]);
      throw found === undefined
        ? error
        : new TypeError(found.replace(/^value/, 'arguments'), { cause: error });
    }
  }

  revoke(id: number): boolean {
    return this.#claims.revoke(id);
  }

  receive(): Reply {
    return this.line.receive<Reply>();
  }

  terminate(): Promise<number> {
    return this.#worker.terminate();
  }
}

/** How many there are when nobody says. */
export function defaultWorkers(threadsPerWorker = 1): number {
  return Math.max(1, Math.floor(availableParallelism() / threadsPerWorker));
}

function limits(threads: number): Record<string, string> {
  return Object.fromEntries(THREAD_VARIABLES.map((name) => [name, String(threads)]));
}
