/** What spawn mode needs: an MPI job whose rank 0 is this process, though no launcher has started it. */
import { launchedBy } from './fabric/mpi/environment.ts';
import type { Launchable } from './launch/site.ts';
import type { SpawnedJob } from './launch/spawned/job.ts';

export { MpiUnavailable } from './fabric/mpi/binding.ts';
export { chooseSite, type Launchable } from './launch/site.ts';
export type { SpawnedJob } from './launch/spawned/job.ts';

/** Whether an MPI launcher has started this process. */
export function underLauncher(): boolean {
  return launchedBy() !== undefined;
}

/** Starts one with so many workers, which have these variables; once in a process. */
export async function spawnJob(
  site: Launchable,
  workers: number,
  env: Readonly<Record<string, string>>,
): Promise<SpawnedJob> {
  const { SpawnedJob } = await import('./launch/spawned/job.ts');
  return SpawnedJob.start(site, workers, env);
}
