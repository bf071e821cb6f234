import type { RecordableHistogram } from 'node:perf_hooks';
import type { ResourceLimits } from 'node:worker_threads';
import type { Communicator } from '../comm/index.ts';
import type { Future } from './future.ts';

/**
 * Where tasks run: `threads` of this process; `futures` on the other ranks of a job whose rank 0 runs the script (`flotilla run --pool`);
 * `synchro` on every rank of a job whose ranks all run the script (`flotilla run --synchro`); `spawn` on MPI processes that this process, which
 * no launcher has started, has for its pools; `inline` in this thread, which is what a task gets that asks for a pool.
 */
export type PoolMode = 'threads' | 'futures' | 'synchro' | 'spawn' | 'inline';

/** What a pool takes. Times are in milliseconds. */
export interface PoolOptions {
  /** `auto` (default): `futures` or `synchro` when launched so, what FLOTILLA_POOL says, `threads` otherwise. */
  readonly mode?: PoolMode | 'auto';
  /** At most so many workers. Default: cores / threadsPerWorker; in a launched job, and at most, the ranks there are. */
  readonly workers?: number;
  /** Started at once and never retired; the others start when there is work for them. Threads only. Default 0. */
  readonly minWorkers?: number;
  /** Sets OMP_NUM_THREADS and its kin for worker threads and spawned workers. Default 1. */
  readonly threadsPerWorker?: number;
  /** Spawn only: `openmpi`, `mpich` or the path of an mpirun. Default: what FLOTILLA_MPI says, or the one found first. */
  readonly mpi?: string;
  /** Tasks that a worker runs at a time: more than 1 is for tasks that await. Default 1. */
  readonly concurrency?: number;
  /** Runs once in each worker before its first task. If it fails the pool is broken: all tasks reject with ERR_BROKEN. */
  readonly initializer?: (...args: never[]) => unknown;
  readonly initializerArgs?: readonly unknown[];
  /** A worker thread that had nothing to do for so long ends. Default: none does. */
  readonly idleTimeout?: number;
  /** Tasks beyond so many waiting reject with ERR_QUEUE_FULL. Default: no limit. */
  readonly maxQueue?: number;
  /** For every task, unless it has its own. */
  readonly timeout?: number;
  /** For every task, unless it has its own. */
  readonly retries?: number;
  /** Of each worker thread, as in `new Worker`. */
  readonly resourceLimits?: ResourceLimits;
}

/** What a single task takes. */
export interface TaskOptions {
  /**
   * Withdraws the task; the future rejects with the signal's reason. One that runs already ends with its worker thread, which is replaced; a rank works
   * on, and its result is dropped. Not in synchro mode.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds it may run, from its beginning. Then the future rejects with ERR_TIMEOUT and the rest is as with `signal`. */
  readonly timeout?: number | undefined;
  /** How often to run it again when its worker was lost. Default 0. A task that throws is not run again. */
  readonly retries?: number | undefined;
}

export interface MapOptions extends TaskOptions {
  /** Items that go to a worker together. Default 1. */
  readonly chunkSize?: number;
  /** In the order of the items (default), or as they come. In synchro mode always in order. */
  readonly ordered?: boolean;
  /** At most so many items are under way or wait to be taken: a slow consumer slows the workers. Default: 64 chunks a worker. */
  readonly buffer?: number;
}

/** Counters of a pool since it began. */
export interface PoolStats {
  readonly queued: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Workers that died. */
  readonly lost: number;
  readonly workers: readonly WorkerStats[];
  /** Microseconds that tasks ran. */
  readonly runTime: RecordableHistogram;
  /** Microseconds between submission and being handed to a worker. */
  readonly waitTime: RecordableHistogram;
}

export interface WorkerStats {
  readonly rank: number;
  /** Tasks it holds. */
  readonly running: number;
  readonly done: number;
  /** Milliseconds that its tasks ran. */
  readonly busy: number;
}

export interface CloseOptions {
  /** Rejects what has not begun with ERR_CANCELLED. Default: it is run. */
  readonly cancel?: boolean;
  /** Rejects what runs, too: worker threads end at once. */
  readonly force?: boolean;
}

/** Sends function calls to workers, wherever these are. */
export interface Executor extends AsyncDisposable {
  readonly mode: PoolMode;
  /** The largest number of workers at a time. */
  readonly workers: number;
  /**
   * Runs a task on a worker. Tasks begin in the order submitted. Arguments and results are values as in `comm`, or memory given to `move` or `share`;
   * arguments are read when a worker takes the task, and must not change before. Never throws: what is wrong rejects the future.
   */
  submit<A extends readonly unknown[], R>(task: (...args: A) => R, ...args: A): Future<Awaited<R>>;
  /** `submit` with options for this task. */
  submitWith<A extends readonly unknown[], R>(
    options: TaskOptions,
    task: (...args: A) => R,
    ...args: A
  ): Future<Awaited<R>>;
  /** Runs a task on each item and yields the results. Leaving the iteration withdraws what has not begun. */
  map<T, R>(
    task: (item: T) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions,
  ): AsyncGenerator<Awaited<R>, void, void>;
  /** As `map`, with a list of arguments for each call. */
  starmap<A extends readonly unknown[], R>(
    task: (...args: A) => R,
    lists: Iterable<A> | AsyncIterable<A>,
    options?: MapOptions,
  ): AsyncGenerator<Awaited<R>, void, void>;
  /**
   * An SPMD section: runs the task once on every worker at the same time, with a communicator of the workers as its first argument. The results come
   * in the order of their ranks. It begins when all workers are free.
   */
  submitAll<A extends readonly unknown[], R>(
    task: (comm: Communicator, ...args: A) => R,
    ...args: A
  ): Future<Awaited<R>[]>;
  stats(): PoolStats;
  /** Takes no more tasks, waits for those it has, and ends the workers. */
  close(options?: CloseOptions): Promise<void>;
}
