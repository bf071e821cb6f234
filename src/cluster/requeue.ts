import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { JobFolder } from './folder.ts';
import { EXIT_AGAIN } from './job.ts';
import { withoutAllocation } from './strip.ts';

/** Exit code by which Grid Engine puts a job back. */
const GRID_ENGINE_AGAIN = 99;

/** What became of putting a job back. */
export interface Requeued {
  /** With which code the job's script must end for it. */
  readonly code: number;
  /** Why it cannot be put back, and what to do instead. */
  readonly reason?: string;
}

/**
 * Puts the job around this process back into the queue of its scheduler.
 *
 * @param before - called when the scheduler is about to be told: Slurm then kills this process at once
 * @param folder - that of the job
 */
export function requeue(
  before: () => void,
  folder: JobFolder | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Requeued {
  if (env.SLURM_JOB_ID !== undefined) return requeueSlurm(env.SLURM_JOB_ID, before);
  const inGridEngine = env.PE_HOSTFILE !== undefined || env.SGE_TASK_ID !== undefined;
  if (inGridEngine || env.LSB_JOBID !== undefined) {
    before();
    // In LSF by the job's own -Q 75.
    return { code: inGridEngine ? GRID_ENGINE_AGAIN : EXIT_AGAIN };
  }
  if (env.PBS_JOBID === undefined)
    return { code: EXIT_AGAIN, reason: 'this is no job of a scheduler: submit it again' };
  const reason = submitAnew(env, before, folder);
  return { code: EXIT_AGAIN, ...(reason !== undefined && { reason }) };
}

/** PBS takes no running job back: what comes after it is a job of its own. Returns why there is none. */
function submitAnew(
  env: NodeJS.ProcessEnv,
  before: () => void,
  folder: JobFolder | undefined,
): string | undefined {
  const single = env.PBS_ARRAY_INDEX === undefined && env.PBS_ARRAYID === undefined;
  if (folder === undefined || !single || !existsSync(folder.script))
    return `PBS takes no running job ${single ? '' : 'of an array '}back: submit it again`;
  const args = ['-W', `depend=afterany:${env.PBS_JOBID}`, folder.script];
  const { error, status, stdout, stderr } = spawnSync('qsub', args, {
    encoding: 'utf8',
    env: withoutAllocation(env),
  });
  const id = /^\s*(\d+\S*)/m.exec(stdout)?.[1];
  if (status !== 0 || id === undefined)
    return `PBS takes no running job back, and qsub says: ${error?.message ?? `${stdout}${stderr}`.trim()}`;
  folder.addId(id);
  before();
  return undefined;
}

function requeueSlurm(id: string, before: () => void): Requeued {
  const run = (command: string, ...args: string[]) =>
    spawnSync('sh', ['-c', 'exec "$0" "$@"', command, ...args], { encoding: 'utf8' });
  // A job that was cancelled would wake again.
  const state = run('squeue', '--noheader', '--format=%T', `--jobs=${id}`).stdout.trim();
  if (state !== 'RUNNING') return { code: EXIT_AGAIN, reason: `Slurm says that it is ${state || 'unknown'}` };
  before();
  const { status, stderr } = run('scontrol', 'requeue', id);
  return { code: EXIT_AGAIN, ...(status !== 0 && { reason: stderr.trim() }) };
}
