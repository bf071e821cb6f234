import { launchVariable } from '../fabric/mpi/environment.ts';
import { Dispatcher } from './dispatcher.ts';
import { Pool, type Engine } from './engine.ts';
import { PoolError } from './error.ts';
import type { Executor, PoolMode, PoolOptions } from './executor.ts';
import { Inline } from './inline.ts';
import { insideWorker } from './inside.ts';
import { insideTask } from './local.ts';
import { Turn } from './ranks/turn.ts';
import { checkPoolOptions } from './options.ts';
import { findWorkers, siteForSpawn } from './spawn/find.ts';
import { defaultWorkers } from './threads/thread.ts';
import { Threads } from './threads/crew.ts';

/** How the job was launched: `flotilla run --pool` and `--synchro` say so. A user may set it to `spawn`. */
const launched = launchVariable('FLOTILLA_POOL');
const overRanks = (launched === 'futures' || launched === 'synchro') && !insideWorker();
/* Other programs need no world. */
const ranks = overRanks ? await import('./ranks/index.ts') : undefined;

/**
 * Starts a pool. Close it, or let `await using` do so; one that has nothing to do does not keep the program alive.
 *
 * Collective in synchro mode. Throws PoolError ERR_OPTION, and ERR_MODE for a mode that is not possible here. Within a task the pool is an inline one,
 * whatever the mode asked for.
 */
export function pool(options: PoolOptions = {}): Executor {
  checkPoolOptions(options);
  return new Pool(engineFor(options));
}

let cached: { readonly key: string; readonly executor: Executor } | undefined;

/**
 * The pool of this mode, number of workers and threads per worker: the one that there is, or a new one. The one before it, of other arguments, takes
 * no more tasks and ends with those it has. Other options count only when the pool is new.
 */
export function getPool(options: PoolOptions = {}): Executor {
  checkPoolOptions(options);
  const mode = modeOf(options);
  const workers = options.workers ?? (OWN_WORKERS.has(mode) ? defaultWorkers(options.threadsPerWorker) : 0);
  const key = [mode, workers, options.threadsPerWorker ?? 1].join();
  if (cached?.key === key) return cached.executor;
  void cached?.executor.close();
  const executor = pool(options);
  cached = { key, executor };
  return executor;
}

/** Modes in which a pool starts its workers. */
const OWN_WORKERS: ReadonlySet<PoolMode> = new Set(['threads', 'spawn']);
const LAUNCHED_MODES: ReadonlySet<string | undefined> = new Set(['futures', 'synchro', 'spawn']);

function modeOf({ mode = 'auto' }: PoolOptions): PoolMode {
  if (insideWorker() || insideTask()) return 'inline';
  if (mode !== 'auto') return mode;
  return LAUNCHED_MODES.has(launched) ? (launched as PoolMode) : 'threads';
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
      const { launchedPlace } = ranks;
      const { world } = launchedPlace();
      if (world.rank !== 0 || world.size < 2) {
        throw new PoolError(
          'ERR_MODE',
          'futures mode needs a rank to run the script and one or more to serve: -n 2 or more',
        );
      }
      const size = Math.min(options.workers ?? Infinity, world.size - 1);
      const find = () => Promise.resolve(launchedPlace());
      return new Dispatcher((dispatcher) => new Turn(dispatcher, mode, size, options, find), options);
    }
    case 'synchro':
      if (ranks === undefined || launched !== 'synchro') {
        throw new PoolError(
          'ERR_MODE',
          'synchro mode needs a job whose ranks all run the script: flotilla run --synchro -n 8 script.ts',
        );
      }
      return new ranks.Synchro(options, ranks.world());
    case 'spawn': {
      const site = siteForSpawn(options);
      const size = options.workers ?? defaultWorkers(options.threadsPerWorker);
      const find = () => findWorkers(site, size, options);
      return new Dispatcher((dispatcher) => new Turn(dispatcher, mode, size, options, find), options);
    }
  }
}
