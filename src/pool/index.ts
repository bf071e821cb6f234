/**
 * Pools of workers that run function calls.
 *
 * @module
 */
export { PoolError, workerRankOf, type PoolErrorCode } from './error.ts';
export type {
  CloseOptions,
  Executor,
  MapOptions,
  PoolMode,
  PoolOptions,
  PoolStats,
  TaskOptions,
  WorkerStats,
} from './executor.ts';
export { Future } from './future.ts';
export { move, share } from './memory.ts';
export { getPool, pool } from './pool.ts';
export { task } from './task.ts';
// For rooms that send functions within their own values. @internal
export { referenceOf, resolve, type Reference } from './task.ts';
