import { writeFileSync } from 'node:fs';

/**
 * Takes signals that a scheduler sends to the ranks themselves for requests to stop: all ranks of the job then find it asked for. A rank
 * of a job that may be put back survives SIGTERM: Slurm sends it when the grace time of a preemption begins, and a job whose ranks end of
 * it has failed and is not put back. SIGUSR1 would start Node's inspector.
 */
export function hearStopRequests(env: NodeJS.ProcessEnv = process.env): void {
  const { FLOTILLA_STOP: file } = env;
  if (file === undefined) return;
  const signals: NodeJS.Signals[] = ['SIGUSR2'];
  if (env.FLOTILLA_REQUEUE !== undefined) signals.push('SIGTERM');
  if (env.SGE_TASK_ID !== undefined) signals.push('SIGUSR1');
  for (const signal of signals)
    process.on(signal, () => {
      try {
        writeFileSync(file, signal, { flag: 'wx' });
      } catch {
        // Another rank has, or the job is over.
      }
    });
}
