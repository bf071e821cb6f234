import { Dispatcher } from './dispatcher.ts';
import { Pool } from './engine.ts';
import { PoolError } from './error.ts';
import type { Executor, PoolMode, PoolOptions } from './executor.ts';
import { Threads } from './threads/crew.ts';

/**
 * Starts a pool. Close it, or let `await using` do so; a pool of threads that has nothing to do does not keep the program alive.
 *
 * Throws PoolError ERR_OPTION and ERR_MODE.
 */
export function pool(options: PoolOptions = {}): Executor {
  check(options);
  return new Pool(new Dispatcher((dispatcher) => new Threads(dispatcher, options), options));
}

export function getPool(options: PoolOptions = {}): Executor {
  return pool(options);
}

function check(options: PoolOptions): void {
  const whole = ['workers', 'threadsPerWorker', 'concurrency'] as const;
  for (const name of whole) need(name, options[name], 1, true);
  for (const name of ['minWorkers', 'maxQueue', 'retries'] as const) need(name, options[name], 0, true);
  for (const name of ['timeout', 'idleTimeout'] as const) need(name, options[name], 0, false);
}

function need(name: string, value: number | undefined, least: number, whole: boolean): void {
  if (value === undefined || value === Infinity) return;
  if (value >= least && (!whole || Number.isInteger(value))) return;
  throw new PoolError('ERR_OPTION', `${name} must be a ${whole ? 'whole ' : ''}number of at least ${least}, not ${value}`);
}

export type { PoolMode };
