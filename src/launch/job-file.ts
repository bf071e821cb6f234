/** First module in the file of a job (bundle.ts): makes a rank of this process, or of this thread of `flotilla run`. */
import { readFileSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import { leaveLauncher } from '../fabric/mpi/environment.ts';
import { fail } from './leave.ts';
import { refuseLoneTasks, refuseUnavailable } from './preflight.ts';
import type { WorkerData } from './rank-data.ts';

/**
 * First argument of a rank, the arguments of the script follow: `told=FILE` names what launchers that hand on no variables cannot tell,
 * `solo` makes a world of its own.
 */
export const TOLD = '--told=';
export const SOLO = '--solo';

/**
 * @param script - path of the script as the user knows it
 * @param load - runs the script
 */
export async function beRank(script: string, load: () => Promise<unknown>): Promise<void> {
  if (!isMainThread && (workerData as Partial<WorkerData> | null)?.flotilla !== undefined) {
    await import('./rank-start.ts');
    await load();
    return;
  }
  const [first = '', ...args] = process.argv.slice(2);
  try {
    const told = first.startsWith(TOLD) ? first.slice(TOLD.length) : '';
    if (told !== '') Object.assign(process.env, JSON.parse(readFileSync(told, 'utf8')));
    if (first === SOLO) leaveLauncher();
    else refuseLoneTasks();
    const { runRank } = await import('./rank-process.ts');
    const settings = { script, args, label: process.env.FLOTILLA_LABEL === '1' };
    await runRank(settings, () => Promise.resolve(load)).catch(refuseUnavailable);
  } catch (error) {
    fail(error);
  }
}
