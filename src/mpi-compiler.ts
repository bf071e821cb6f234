/** The MPI of this process, for rooms that compile files against it. */
import { isAbsolute } from 'node:path';
import { siteFor } from './fabric/mpi/binding.ts';
import { launchedBy, launchVariable, type Family } from './fabric/mpi/environment.ts';

export { FAMILY_NAMES } from './fabric/mpi/binding.ts';
export type { Family } from './fabric/mpi/environment.ts';

/** The compiler of an MPI family: that of the job if the launcher has named it. Throws MpiUnavailable. */
export function mpiCompiler(family: Family): string | undefined {
  const named = launchVariable('FLOTILLA_MPI');
  if (named !== undefined && isAbsolute(named) && launchedBy() === family) return named;
  return siteFor(family, { ...process.env, FLOTILLA_MPI: named ?? family }).mpicc;
}

/** The family of the MPI that the user has chosen for programs to come. */
export const chosenMpi = (): string | undefined => launchVariable('FLOTILLA_MPI');
