import { spawnSync } from 'node:child_process';
import { ClusterError } from './error.ts';
import type { Job, SchedulerName } from './job-options.ts';
import { environmentLines } from './script/write.ts';

/** What asks a scheduler whether it would take a script, without submitting it. PBS and LSF have nothing of the kind. */
const DRY_RUNS: Partial<Readonly<Record<SchedulerName, readonly [command: string, ...args: string[]]>>> = {
  slurm: ['sbatch', '--test-only'],
  sge: ['qsub', '-w', 'v'],
};

/**
 * Tries a script as far as this host can: the lines of its environment are run by its shell, and the scheduler is asked.
 *
 * @returns what was not tried, in words; undefined if everything was
 * @throws {ClusterError} ERR_OPTION with the shell's complaint, ERR_SCHEDULER with the scheduler's
 */
export function checkScript(job: Job, scheduler: SchedulerName, script: string): string | undefined {
  tryEnvironment(job);
  const dryRun = DRY_RUNS[scheduler];
  if (dryRun === undefined) return `${scheduler} cannot check a script before it is submitted`;
  const [command, ...args] = dryRun;
  const { error, status, stdout, stderr } = spawnSync(command, args, { input: script, encoding: 'utf8' });
  if (error !== undefined)
    throw new ClusterError('ERR_SCHEDULER', `${command} is not here: ${error.message}`);
  const said = `${stdout}${stderr}`.trim();
  // Grid Engine says by words alone that no host would do.
  if (status !== 0 || said.includes('no suitable queues'))
    throw new ClusterError('ERR_SCHEDULER', `the scheduler refused the job: ${said}`);
  return undefined;
}

function tryEnvironment(job: Job): void {
  const lines = environmentLines(job);
  if (lines.length === 0) return;
  const { error, status, stdout, stderr } = spawnSync(job.shell, ['-e'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  });
  if (error !== undefined)
    throw new ClusterError('ERR_OPTION', `the shell cannot be started: ${error.message}`);
  const said = `${stdout}${stderr}`.trim();
  const noModules = /module: (?:command )?not found/i.test(said);
  if (status === 0 && !noModules) return;
  const init = job.shell.endsWith('csh') ? 'csh' : 'bash';
  const remedy = noModules ? `: add --init "source /usr/share/modules/init/${init}"` : '';
  throw new ClusterError('ERR_OPTION', `the environment fails in ${job.shell}: ${said}${remedy}`);
}
