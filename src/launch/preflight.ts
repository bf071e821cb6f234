import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FAMILY_NAMES, MpiUnavailable } from '../fabric/mpi/binding.ts';
import { launcherFamily, launchVariable } from '../fabric/mpi/environment.ts';
import { offeredPmi, PMI } from './launchers.ts';
import { EXIT_USAGE, UsageError } from './usage-error.ts';

/**
 * Refuses to be one of several worlds of one rank: srun starts as many processes as there are tasks, and without a PMI none knows of the
 * others.
 *
 * @throws {UsageError} at the first task; the others end with its exit code and say nothing
 */
export function refuseLoneTasks(env: NodeJS.ProcessEnv = process.env): void {
  const tasks = Number(env.SLURM_STEP_NUM_TASKS ?? 1);
  if (launcherFamily(env) !== undefined || tasks <= 1) return;
  if (env.SLURM_PROCID !== '0') process.exit(EXIT_USAGE);
  const offered = offeredPmi();
  const ways = (['openmpi', 'mpich'] as const)
    .filter((family) => offered.includes(PMI[family]))
    .map((family) => `srun --mpi=${PMI[family]} for ${FAMILY_NAMES[family]}`);
  const offer = ways.join(', ') || 'srun offers neither pmix nor pmi2';
  throw new UsageError(
    `${tasks} ranks were asked for and each is alone: srun gave them no PMI. Use ${offer}, or flotilla run --mpi in the job's script; ` +
      'if worlds of one rank are meant, flotilla --solo',
  );
}

/**
 * Refuses a world of another size than `flotilla run` has asked for, before the script's first line.
 *
 * @throws {UsageError} at one rank; the others end with its exit code and say nothing
 */
export function refuseOtherSize(size: number): void {
  const asked = Number(launchVariable('FLOTILLA_RANKS') ?? size);
  if (asked === size) return;
  if (!firstToSay()) process.exit(EXIT_USAGE);
  const came = size === 1 ? 'this one is alone' : `${size} came`;
  throw new UsageError(
    `${asked} ranks were asked for and ${came}: the launcher starts another number, or it and the MPI library are of different families. Use --launcher mpirun`,
  );
}

/**
 * Makes a job whose MPI is missing, or is another family's than the launcher, a mistake in the command, told once.
 *
 * @throws {UsageError} for MpiUnavailable, and any other error as it is
 */
export function refuseUnavailable(error: unknown): never {
  if (!(error instanceof MpiUnavailable)) throw error;
  if (!firstToSay()) process.exit(EXIT_USAGE);
  throw new UsageError(error.message, error);
}

/** All ranks that are alone find the same fault; the first one to get here says so. */
function firstToSay(): boolean {
  const output = launchVariable('FLOTILLA_OUTPUT');
  if (output === undefined) return true;
  try {
    closeSync(openSync(join(dirname(output), 'refused'), 'wx'));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
}
