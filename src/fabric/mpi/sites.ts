import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { ask } from '../../internal/index.ts';
import type { Family } from './environment.ts';

/** An MPI installation: its compiler wrapper and its launcher. */
export interface Site {
  readonly family: Family;
  /** As the library says it, without the family's name: '4.1.4'. */
  readonly version: string;
  /** Path of mpicc; undefined when only the launcher is there. */
  readonly mpicc: string | undefined;
  /** Path of mpirun; undefined when only the compiler is there. */
  readonly mpirun: string | undefined;
}

/** Names that Debian and others give where families are side by side, then the plain ones. */
const NAMES = ['.openmpi', '.mpich', ''];

/** The MPI installations in PATH, those with a compiler first, in the order found. */
export function findSites(env: NodeJS.ProcessEnv = process.env): Site[] {
  const sites: Site[] = [];
  for (const suffix of NAMES) {
    const mpirun = which(`mpirun${suffix}`, env) ?? which(`mpiexec${suffix}`, env);
    const mpicc = which(`mpicc${suffix}`, env);
    const launcher = mpirun === undefined ? undefined : identifyLauncher(mpirun);
    const compiler = mpicc === undefined ? undefined : identifyCompiler(mpicc);
    if (launcher && compiler && launcher.family !== compiler.family) {
      add(sites, { ...launcher, mpirun, mpicc: undefined });
      add(sites, { ...compiler, mpirun: undefined, mpicc });
      continue;
    }
    const identity = launcher ?? compiler;
    if (identity) add(sites, { ...identity, mpirun, mpicc });
  }
  return sites;
}

/** Variables on which the answers of launchers and compiler wrappers may depend. */
const TOLD = ['FLOTILLA_MPI', 'LD_LIBRARY_PATH', 'OPAL_PREFIX', 'LOADEDMODULES', 'OMPI_CC', 'MPICH_CC'];

/** All that `findSites` depends on, without running any of the commands that it would ask. */
export function signOfSites(env: NodeJS.ProcessEnv = process.env): string[] {
  const commands = NAMES.flatMap((suffix) => ['mpirun', 'mpiexec', 'mpicc'].map((name) => name + suffix));
  const found = [...commands.map((name) => which(name, env)), env.FLOTILLA_MPI].map((path) => {
    const stats = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? '' : `${path} ${stats.ino} ${stats.size} ${stats.mtimeMs}`;
  });
  return [...found, ...TOLD.map((name) => env[name] ?? '')];
}

/** One entry a family: the plain names are mostly links to one with a suffix. */
function add(sites: Site[], site: Site): void {
  const at = sites.findIndex(({ family }) => family === site.family);
  if (at < 0) sites.push(site);
  else sites[at] = { ...site, ...definedOf(sites[at]!) };
}

const definedOf = (site: Site): Partial<Site> =>
  Object.fromEntries(Object.entries(site).filter(([, value]) => value !== undefined));

/** The installation that a path of an mpirun or mpicc belongs to. */
export function siteAt(path: string): Site | undefined {
  const full = resolve(path);
  const suffix = /\.(openmpi|mpich)$/.exec(full)?.[0] ?? '';
  const beside = (name: string) => executable(join(dirname(full), name + suffix));
  if (/^(mpicc|.*cc)/.test(basename(full))) {
    const found = identifyCompiler(full);
    return found && { ...found, mpicc: full, mpirun: beside('mpirun') ?? beside('mpiexec') };
  }
  const found = identifyLauncher(full);
  return found && { ...found, mpirun: full, mpicc: beside('mpicc') };
}

type Identity = Pick<Site, 'family' | 'version'>;

function identifyLauncher(mpirun: string): Identity | undefined {
  const said = ask(mpirun, '--version');
  const version = /(\d+\.\d+[\w.]*)/.exec(said)?.[1] ?? 'of unknown version';
  if (/Open ?MPI|OpenRTE|PRTE/i.test(said)) return { family: 'openmpi', version };
  return /HYDRA|MPICH|Intel/i.test(said)
    ? { family: 'mpich', version: /Version:\s+(\S+)/.exec(said)?.[1] ?? version }
    : undefined;
}

function identifyCompiler(mpicc: string): Identity | undefined {
  const open = ask(mpicc, '--showme:version');
  if (open.includes('Open MPI')) {
    return { family: 'openmpi', version: /Open MPI (\S+)/.exec(open)?.[1] ?? 'of unknown version' };
  }
  const said = ask(mpicc, '-v');
  const version = /(?:MPICH|MPI).*?(\d+\.\d+[\w.]*)/i.exec(said)?.[1];
  return /MPICH|MPI\(R\)/i.test(said)
    ? { family: 'mpich', version: version ?? 'of unknown version' }
    : undefined;
}

/** Where a command is in PATH. */
export function which(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const found = folder === '' ? undefined : executable(join(realFolder(folder), name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where /bin is a link to /usr/bin: Open MPI takes the folder above its mpirun's for its own, and no installation is in `/`. */
function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // there is no such folder
  }
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    realpathSync(path);
    return path;
  } catch {
    return undefined;
  }
}
