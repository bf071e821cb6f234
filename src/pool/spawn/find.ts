import { isMainThread } from 'node:worker_threads';
import { chooseSite, MpiUnavailable, spawnJob, underLauncher, type Launchable } from '../../spawned.ts';
import { PoolError } from '../error.ts';
import type { PoolOptions } from '../executor.ts';
import type { Place } from '../ranks/place.ts';

/** What the workers were started with; later pools have to do with it. */
interface Workers {
  readonly count: number;
  readonly threads: number | undefined;
  readonly place: Promise<Place>;
}
let started: Workers | undefined;

const THREAD_VARIABLES = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];

/** The installation for a pool in spawn mode. Throws ERR_MODE where that is not possible, with what is missing. */
export function siteForSpawn({ mpi }: PoolOptions): Launchable {
  if (!isMainThread || underLauncher()) {
    throw new PoolError(
      'ERR_MODE',
      "this is a rank of a job already: spawn mode is for a process alone; here the job's other ranks can serve, with flotilla run --pool (mode 'futures')",
    );
  }
  return orModeError(() => chooseSite(mpi));
}

/** The workers of this process, which it starts when they are first needed. */
export async function findWorkers(site: Launchable, count: number, options: PoolOptions): Promise<Place> {
  const { threadsPerWorker: threads } = options;
  started ??= { count, threads, place: start(site, count, threads) };
  if (count > started.count || threads !== started.threads) {
    throw new PoolError(
      'ERR_MODE',
      `this process has started ${kind(started)}, and MPI starts once in a process: a pool can have at most these, not ${kind({ count, threads })}`,
    );
  }
  return started.place;
}

async function start(site: Launchable, count: number, threads: number | undefined): Promise<Place> {
  const { SpawnedPlace } = await import('./place.ts');
  const names = threads === undefined ? [] : THREAD_VARIABLES;
  const env = Object.fromEntries(names.map((name) => [name, String(threads)]));
  try {
    return new SpawnedPlace(await spawnJob(site, count, env));
  } catch (error) {
    // What failed before MPI was started may be tried again.
    started = undefined;
    throw new PoolError('ERR_MODE', `the workers could not be started: ${text(error)}`, { cause: error });
  }
}

const kind = ({ count, threads }: Pick<Workers, 'count' | 'threads'>) =>
  `${count} worker${count === 1 ? '' : 's'}${threads === undefined ? '' : ` of ${threads} threads`}`;

function orModeError<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof MpiUnavailable)) throw error;
    throw new PoolError('ERR_MODE', `mode 'spawn' needs MPI: ${error.message}`);
  }
}

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
