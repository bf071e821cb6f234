import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launcherFamily } from '../fabric/mpi/environment.ts';
import { redirectOutput } from './output.ts';
import type { Prepared } from './prepare.ts';
import type { RankSettings } from './rank-data.ts';
import { mapStacks } from './source-maps.ts';

/** Runs the script as the rank that this process is: of the MPI job around it, or alone. */
export async function runRank(settings: RankSettings, prepare: () => Promise<Prepared>): Promise<void> {
  const { script, args, label } = settings;
  mapStacks();
  process.argv = [process.execPath, script, ...args];
  // Joins first: a launcher and a library of different families must be told before the script does anything.
  const { world } = await import('../world.ts');
  const { rank } = world();
  if (label || launcherFamily(process.env) !== undefined) redirectOutput(rank, label);
  if (process.env.FLOTILLA_POOL === 'futures') {
    const { releaseAtExit, serve } = await import('../pool/ranks/serve.ts');
    if (rank !== 0) {
      serve(world()).catch((error: unknown) => setImmediate(() => raise(error)));
      return;
    }
    releaseAtExit(world());
  }
  const url = prepared() ?? (await prepare()).url;
  // An error of the script is the rank's own and goes the way of all uncaught errors.
  import(url).catch((error: unknown) => setImmediate(() => raise(error)));
}

/** What the launcher has prepared, unless this is another host that does not see it. */
function prepared(): string | undefined {
  const url = process.env.FLOTILLA_PREPARED;
  return url !== undefined && existsSync(fileURLToPath(url)) ? url : undefined;
}

function raise(error: unknown): never {
  throw error;
}
