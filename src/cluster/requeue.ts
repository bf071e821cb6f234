import { spawnSync } from 'node:child_process';
import { EXIT_AGAIN } from './job.ts';

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
 */
export function requeue(before: () => void, env: NodeJS.ProcessEnv = process.env): Requeued {
  if (env.SLURM_JOB_ID !== undefined) return requeueSlurm(env.SLURM_JOB_ID, before);
  const inGridEngine = env.PE_HOSTFILE !== undefined || env.SGE_TASK_ID !== undefined;
  if (inGridEngine || env.LSB_JOBID !== undefined) {
    before();
    // In LSF by the job's own -Q 75.
    return { code: inGridEngine ? GRID_ENGINE_AGAIN : EXIT_AGAIN };
  }
  const where =
    env.PBS_JOBID === undefined ? 'this is no job of a scheduler' : 'PBS takes no running job back';
  return { code: EXIT_AGAIN, reason: `${where}: submit it again` };
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
