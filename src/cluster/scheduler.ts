import { spawnSync } from 'node:child_process';
import { ClusterError } from './error.ts';
import { SCHEDULERS, type SchedulerName } from './job-options.ts';

/**
 * The scheduler whose commands are in PATH. PBS Pro, Torque and Grid Engine all have a `qsub`, and say by its version which it is.
 *
 * @throws {ClusterError} ERR_SCHEDULER where there is none
 */
export function findScheduler(): SchedulerName {
  // Slurm first: it may come with a qsub of its own.
  if (answers('sbatch', ['--version']) !== undefined) return 'slurm';
  if (answers('bsub', ['-V']) !== undefined) return 'lsf';
  const qsub = `${answers('qsub', ['--version']) ?? ''}${answers('qsub', ['-help']) ?? ''}`;
  if (/pbs_version/i.test(qsub)) return 'pbs';
  if (/^\s*(?:[SU]?GE|OGE|UGE|SGE|AGE)\b/m.test(qsub) || /Grid Engine|qmaster/.test(qsub)) return 'sge';
  if (/Version:\s*\d|Commit:/.test(qsub)) return 'torque';
  throw new ClusterError(
    'ERR_SCHEDULER',
    `there is no scheduler here (sbatch, qsub, bsub): name one with scheduler: ${SCHEDULERS.join(', ')}`,
  );
}

/** What a command prints; undefined for one that is not there. */
function answers(command: string, args: readonly string[]): string | undefined {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  return error === undefined ? stdout + stderr : undefined;
}
