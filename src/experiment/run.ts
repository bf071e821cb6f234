import { distributed, ExperimentError, sequential, type Conduit, type Pool } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { show } from '../internal/index.ts';
import { world } from '../world.ts';
import { Drive } from './drive.ts';
import { checkUntil, Experiment, type Until } from './experiment.ts';
import { openFolder, type Folder } from './folder.ts';
import { watch } from './progress.ts';

export interface RunOptions {
  /** Who evaluates. Default: `sequential()` alone, `distributed()` when there are more ranks. */
  readonly conduit?: Conduit;
  /** Where the record of the run goes; each experiment gets a folder of its name in it. Default: nothing is written. */
  readonly dir?: string;
  /** Go on with the run whose record is in `dir`; begin it if there is none. Without it, a folder in use is refused. */
  readonly resume?: boolean;
  /** On the engine's rank (0): stops every experiment after the generation under way, recorded and ready to be continued. */
  readonly signal?: AbortSignal;
  /** Shows a line with generation, best, evaluations, teams at work and time left, at the engine's rank. */
  readonly progress?: boolean;
  /** Limits that replace those of the experiments. */
  readonly until?: Until;
}

type Results<E extends readonly Experiment<unknown>[]> = {
  readonly [I in keyof E]: E[I] extends Experiment<infer R> ? R : never;
};

/**
 * Runs an experiment, or several that share the teams, to the end. Collective over the ranks of the conduit: all make the same
 * experiments in the same order, and all get the same results. Run again, an experiment goes on where it stands.
 *
 * Throws ExperimentError on every rank: ERR_OPTION, ERR_TEAMS, ERR_CHECKPOINT before anything is evaluated; ERR_MODEL with the sample's
 * parameters and the model's stack.
 */
export function run<R>(experiment: Experiment<R>, options?: RunOptions): Promise<R>;
export function run<const E extends readonly Experiment<unknown>[]>(
  experiments: E,
  options?: RunOptions,
): Promise<Results<E>>;
export async function run(
  given: Experiment<unknown> | readonly Experiment<unknown>[],
  options: RunOptions = {},
): Promise<unknown> {
  check.names('run', options, ['conduit', 'dir', 'resume', 'signal', 'progress', 'until']);
  checkTypes(options);
  const experiments = given instanceof Experiment ? [given] : given;
  if (!Array.isArray(experiments) || !experiments.every((each) => each instanceof Experiment))
    throw new ExperimentError(
      'ERR_OPTION',
      'run needs experiments: what optimize, infer and the others return',
    );
  const names = new Set(experiments.map(({ name }) => name));
  if (names.size < experiments.length)
    throw new ExperimentError('ERR_OPTION', 'experiments that run together need different names');
  const until = checkUntil('run', options.until ?? {});
  const conduit = options.conduit ?? (world().size === 1 ? sequential() : distributed());
  const works = experiments.map(({ name, seed, plan }) => ({
    name,
    seed,
    model: plan.model,
    tolerant: plan.onError !== 'abort',
  }));
  const results = await conduit.open(works, (pool) => advance(experiments, pool, conduit, until, options));
  return given instanceof Experiment ? results[0] : results;
}

/** What the types promise: a JavaScript program may pass anything. */
function checkTypes({ conduit, dir, signal }: RunOptions): void {
  const wrong = (name: string, needed: string, value: unknown) =>
    new ExperimentError('ERR_OPTION', `run: ${name} must be ${needed}, not ${show(value)}`);
  if (conduit !== undefined && typeof (conduit as Partial<Conduit>).open !== 'function')
    throw wrong('conduit', 'a conduit such as distributed()', conduit);
  if (dir !== undefined && typeof dir !== 'string') throw wrong('dir', "a folder's path", dir);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw wrong('signal', 'an AbortSignal', signal);
}

/** On the engine's rank. */
async function advance(
  experiments: readonly Experiment<unknown>[],
  pool: Pool,
  conduit: Conduit,
  until: Until,
  { dir, resume = false, signal, progress = false }: RunOptions,
): Promise<unknown[]> {
  const folders: Folder[] = [];
  // All folders are looked at before any sample is evaluated.
  for (const experiment of experiments)
    if (dir !== undefined) folders.push(openFolder(dir, experiment, conduit.description, resume));
  const drives = experiments.map(
    (experiment, index) => new Drive(experiment, index, pool, until, folders[index]),
  );
  const stop = () => drives.forEach((drive) => drive.stop());
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const watching = progress ? watch(drives, pool) : undefined;
  try {
    return await Promise.all(drives.map((drive) => drive.run()));
  } finally {
    watching?.end();
    signal?.removeEventListener('abort', stop);
    for (const folder of folders) folder.close();
  }
}
