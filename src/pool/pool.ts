import { Dispatcher } from './dispatcher.ts';
import { Pool, type Engine } from './engine.ts';
import { PoolError } from './error.ts';
import type { Executor, PoolMode, PoolOptions } from './executor.ts';
import { Inline } from './inline.ts';
import { insideWorker } from './inside.ts';
import { insideTask } from './local.ts';
import { defaultWorkers } from './threads/thread.ts';
import { Threads } from './threads/crew.ts';

/** How the job was launched: `flotilla run --pool` and `--synchro` say so. */
const launched = process.env.FLOTILLA_POOL;
/* Other programs need no world. */
const ranks = launched === undefined || insideWorker() ? undefined : await import('./ranks/index.ts');

/**
 * Starts a pool. Close it, or let `await using` do so; one that has nothing to do does not keep the program alive.
 *
 * Collective in synchro mode. Throws PoolError ERR_OPTION, and ERR_MODE for a mode that is not possible here. Within a task the pool is an inline one,
 * whatever the mode asked for.
 */
export function pool(options: PoolOptions = {}): Executor {
  check(options);
  return new Pool(engineFor(options));
}

let cached: { readonly key: string; readonly executor: Executor } | undefined;

/**
 * The pool of this mode, number of workers and threads per worker: the one that there is, or a new one. The one before it, of other arguments, takes
 * no more tasks and ends with those it has. Other options count only when the pool is new.
 */
export function getPool(options: PoolOptions = {}): Executor {
  check(options);
  const mode = modeOf(options);
  const workers = options.workers ?? (mode === 'threads' ? defaultWorkers(options.threadsPerWorker) : 0);
  const key = [mode, workers, options.threadsPerWorker ?? 1].join();
  if (cached?.key === key) return cached.executor;
  void cached?.executor.close();
  const executor = pool(options);
  cached = { key, executor };
  return executor;
}

function modeOf({ mode = 'auto' }: PoolOptions): PoolMode {
  if (insideWorker() || insideTask()) return 'inline';
  if (mode !== 'auto') return mode;
  return launched === 'futures' || launched === 'synchro' ? launched : 'threads';
}

function engineFor(options: PoolOptions): Engine {
  const mode = modeOf(options);
  switch (mode) {
    case 'threads':
      return new Dispatcher((dispatcher) => new Threads(dispatcher, options), options);
    case 'inline':
      return new Inline(options);
    case 'futures': {
      if (ranks === undefined || launched !== 'futures') {
        throw new PoolError(
          'ERR_MODE',
          'futures mode needs a job whose rank 0 runs the script: flotilla run --pool -n 8 script.ts',
        );
      }
      const { Ranks, world } = ranks;
      return new Dispatcher((dispatcher) => new Ranks(dispatcher, options, world()), options);
    }
    case 'synchro':
      if (ranks === undefined || launched !== 'synchro') {
        throw new PoolError(
          'ERR_MODE',
          'synchro mode needs a job whose ranks all run the script: flotilla run --synchro -n 8 script.ts',
        );
      }
      return new ranks.Synchro(options, ranks.world());
    case 'spawn':
      throw new PoolError(
        'ERR_MODE',
        `mode 'spawn' needs MPI_Comm_spawn, which Flotilla does not have yet: use 'threads', or 'futures' under flotilla run --pool`,
      );
  }
}

function check(options: PoolOptions): void {
  for (const name of ['workers', 'threadsPerWorker', 'concurrency'] as const)
    need(name, options[name], 1, true);
  for (const name of ['minWorkers', 'maxQueue', 'retries'] as const) need(name, options[name], 0, true);
  for (const name of ['timeout', 'idleTimeout'] as const) need(name, options[name], 0, false);
}

function need(name: string, value: number | undefined, least: number, whole: boolean): void {
  if (value === undefined || value === Infinity) return;
  if (value >= least && (!whole || Number.isInteger(value))) return;
  throw new PoolError(
    'ERR_OPTION',
    `${name} must be a ${whole ? 'whole ' : ''}number of at least ${least}, not ${value}`,
  );
}
