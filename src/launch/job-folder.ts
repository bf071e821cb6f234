import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MpiUnavailable } from '../fabric/mpi/binding.ts';
import { temporaryFolder } from '../internal/index.ts';
import { bundle, JOB_FILE } from './bundle.ts';
import type { Prepared } from './prepare.ts';
import { knownSite, siteVariables } from './site.ts';
import { UsageError } from './usage-error.ts';

/**
 * Fills the folder of a job: the file that its ranks run, and the binding to the MPI that is found here. Where there is none yet, the
 * binding is built when the job begins.
 *
 * @param script - path of the script
 * @param folder - made where it is missing; all hosts of the job see it
 * @param mpi - the MPI by name, `openmpi`, `mpich` or the path of an mpirun; default: the one found first
 */
export async function fillJobFolder(script: string, folder: string, mpi?: string): Promise<void> {
  // What is loaded from it is for its owner alone to write.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await bundle(script, folder);
  try {
    siteVariables(knownSite(mpi), folder);
  } catch (error) {
    if (!(error instanceof MpiUnavailable)) throw error;
  }
}

/** What `fillJobFolder` has put into a folder. */
export function preparedIn(folder: string): Prepared {
  const file = join(resolve(folder), JOB_FILE);
  if (!existsSync(file))
    throw new UsageError(`${folder} is not the folder of a job: there is no ${JOB_FILE}`);
  return { ...ofFile(file), dispose: () => undefined };
}

/** A folder of that kind for as long as ranks run, within one that all hosts see. */
export async function prepareForHosts(script: string, within: string): Promise<Prepared> {
  const { path, remove } = temporaryFolder(within);
  const dispose = () => {
    remove();
    try {
      rmdirSync(within); // if nobody else has something there
    } catch {
      // Somebody has.
    }
  };
  try {
    return { ...ofFile(await bundle(script, path)), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

const ofFile = (file: string) => ({ url: pathToFileURL(file).href, starts: true, file });

/** The folder of a job's file, for its binding. */
export const folderOf = ({ file }: Prepared): string | undefined =>
  file === undefined ? undefined : dirname(file);
