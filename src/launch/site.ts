import { existsSync } from 'node:fs';
import { buildBinding, MpiUnavailable, siteFor } from '../fabric/mpi/binding.ts';
import { siteAt, type Site } from '../fabric/mpi/sites.ts';

/** An installation that can start ranks. */
export type Launchable = Site & { readonly mpirun: string };

/**
 * The installation that a user names: a family or the path of an mpirun; without a name that of FLOTILLA_MPI, or the first one found.
 * Throws MpiUnavailable with what is missing.
 */
export function chooseSite(name: string | undefined): Launchable {
  const site = knownSite(name);
  if (site.mpirun === undefined)
    throw new MpiUnavailable(`there is a compiler of ${site.family}, but no mpirun in PATH`);
  return { ...site, mpirun: site.mpirun };
}

/** The same, where something else than its mpirun may start the ranks. */
export function knownSite(name: string | undefined): Site {
  if (name === undefined) return siteFor(undefined);
  if (name === 'openmpi' || name === 'mpich') return siteFor(name, { ...process.env, FLOTILLA_MPI: name });
  const site = existsSync(name) ? siteAt(name) : undefined;
  if (site === undefined)
    throw new MpiUnavailable(`${name} is neither openmpi nor mpich nor the path of an mpirun`);
  return site;
}

/**
 * What ranks must be told of their installation; builds the binding if need be.
 *
 * @param folder - of the job: the binding is there, or is put there
 */
export function siteVariables(
  site: Site,
  folder?: string,
): { FLOTILLA_MPI: string; FLOTILLA_BINDING: string } {
  return {
    FLOTILLA_MPI: site.mpicc ?? site.family,
    FLOTILLA_BINDING: buildBinding(site, process.env, folder),
  };
}

/** Open MPI refuses to run as root unless told twice; on one machine there is no harm. */
export function rootEnvironment(site: Site): Record<string, string> {
  if (site.family !== 'openmpi' || process.getuid?.() !== 0) return {};
  return { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
}
