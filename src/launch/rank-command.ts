import { fileURLToPath } from 'node:url';
import { TOLD } from './job-file.ts';

const CLI = fileURLToPath(new URL('cli.js', import.meta.url));

/** How a rank begins. */
export interface RankStart {
  readonly script: string;
  /** The file of the job (bundle.ts); without one the command line finds what there is. */
  readonly file?: string | undefined;
  /** A host that does not see that file may run the script as it stands there. */
  readonly otherwise?: boolean;
  /** A file with variables, for launchers that hand on none. */
  readonly told?: string | undefined;
}

/** The command of a rank; the arguments of the script follow. */
export function rankCommand({ script, file, otherwise = false, told }: RankStart): string[] {
  const cli = [CLI, ...(told === undefined ? [] : ['--told', told]), script];
  if (file === undefined) return [process.execPath, ...cli];
  return [process.execPath, '-e', starter(otherwise ? cli : undefined), file, `${TOLD}${told ?? ''}`];
}

/**
 * A program in one line: Node's own message about a file that is missing on one of the hosts would not say why. Then it takes
 * `instead`, if that is given. It looks only once the file could not be imported: each look is a request to the file system for each
 * folder above.
 */
function starter(instead: readonly string[] | undefined): string {
  // Each launcher has its own way to say which rank is the first one on a host.
  const local = ['OMPI_COMM_WORLD_LOCAL_RANK', 'MPI_LOCALRANKID', 'SLURM_LOCALID'];
  const first = local.map((name) => `!+(process.env.${name}||0)`).join('&&');
  const missing =
    instead === undefined
      ? `process.exitCode=2;if(${first})console.error('flotilla: '+f+' is not seen on host '+require('os').hostname()+` +
        "': the folder of a job must be on a file system that all its hosts share')"
      : `process.argv.splice(1,2,...${JSON.stringify(instead)});return import(u(process.argv[1]))`;
  return (
    "const f=process.argv[1],{pathToFileURL:u}=require('url');process.execArgv.length=0;" +
    `import(u(f)).catch(e=>{if(e?.code!=='ERR_MODULE_NOT_FOUND'||require('fs').existsSync(f))throw e;${missing}})`
  );
}
