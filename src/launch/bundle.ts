import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, PACKAGE } from './prepare.ts';
import { specifierOf } from './own-modules.ts';

/** Name of the file of a job, in the folder of the job. */
export const JOB_FILE = 'rank.mjs';

/**
 * Makes one file of the start of a rank, a script and its modules, so that a rank on a shared file system opens one file
 * instead of some hundred. `node FILE --told= ARGS…` is a rank; a thread of `flotilla run` can begin with it too. The
 * modules have the `import.meta` of the files that they come from.
 *
 * @param script - path of the script
 * @param folder - an existing folder that all hosts of the job see
 * @returns the path of the file
 * @throws {UsageError} for a script that cannot be compiled
 */
export async function bundle(script: string, folder: string): Promise<string> {
  const start = fileURLToPath(new URL('dist/launch/job-file.js', PACKAGE));
  const run = `() => import(${JSON.stringify(specifierOf(script))})`;
  await compile(script, {
    begin: `import { beRank } from ${JSON.stringify(start)}; await beRank(${JSON.stringify(script)}, ${run});`,
    outfile: join(folder, JOB_FILE),
    ownInside: true,
  });
  return join(folder, JOB_FILE);
}
