import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Family } from '../../mpi-compiler.ts';
import type { Scalar } from '../scalar.ts';

/** An installation of SLEPc and its PETSc, as their files tell without being loaded. */
export interface SlepcInstallation {
  /** Version of SLEPc. */
  readonly version: string;
  readonly scalar: Scalar;
  /** Width of PetscInt. */
  readonly integerBits: 32 | 64;
  readonly mumps: boolean;
  /** The MPI that PETSc was built with; undefined for one that is not known. */
  readonly mpi: Family | undefined;
  /** Where it was found. */
  readonly folder: string;
  readonly compilerFlags: readonly string[];
  readonly libraries: readonly string[];
}

/** Where Debian has SLEPc and PETSc; below, a folder a version and a scalar type. */
const DEBIAN = '/usr/lib';

/**
 * The installations that there are, in the order in which they are tried: SLEPC_DIR, PETSC_DIR and
 * PETSC_ARCH, Debian's folders, newest first, and pkg-config, which sees one scalar type alone.
 */
export function findSlepc(env: NodeJS.ProcessEnv = process.env): SlepcInstallation[] {
  const found: SlepcInstallation[] = [];
  for (const [slepc, petsc] of [...named(env), ...debian(), ...configured(env)]) {
    const installation = read(slepc, petsc);
    // pkg-config may lead to one of Debian's again.
    const same = ({ libraries }: SlepcInstallation) => libraries.join() === installation?.libraries.join();
    if (installation && !found.some(same)) found.push(installation);
  }
  return found;
}

/** Files of pkg-config for SLEPc and its PETSc. */
type Pair = readonly [slepc: string, petsc: string];

function named({ SLEPC_DIR, PETSC_DIR, PETSC_ARCH = '' }: NodeJS.ProcessEnv): Pair[] {
  if (SLEPC_DIR === undefined) return [];
  const within = (folder: string, name: string) =>
    [join(folder, PETSC_ARCH), folder]
      .map((base) => join(base, 'lib/pkgconfig', `${name}.pc`))
      .find((path) => existsSync(path));
  const [slepc, petsc] = [within(SLEPC_DIR, 'slepc'), within(PETSC_DIR ?? SLEPC_DIR, 'petsc')];
  return slepc !== undefined && petsc !== undefined ? [[slepc, petsc]] : [];
}

function debian(): Pair[] {
  const root = join(DEBIAN, 'slepcdir');
  const versions = list(root).filter((name) => /\d/.test(name));
  const newest = versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newest.flatMap((version) =>
    list(join(root, version))
      .filter((build) => /-(real|complex)$/.test(build))
      .map((build): Pair => [
        join(root, version, build, 'lib/pkgconfig/slepc.pc'),
        join(DEBIAN, 'petscdir', version.replace('slepc', 'petsc'), build, 'lib/pkgconfig/petsc.pc'),
      ]),
  );
}

function configured(env: NodeJS.ProcessEnv): Pair[] {
  const [slepc, petsc] = ['slepc', 'petsc'].map((name) => {
    try {
      const folder = execFileSync('pkg-config', ['--variable=pcfiledir', name], { env, stdio: 'pipe' });
      return join(folder.toString().trim(), `${name}.pc`);
    } catch {
      return undefined; // no pkg-config, or it does not know it
    }
  });
  return slepc !== undefined && petsc !== undefined ? [[slepc, petsc]] : [];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(slepcFile: string, petscFile: string): SlepcInstallation | undefined {
  if (!existsSync(slepcFile) || !existsSync(petscFile)) return undefined;
  const [slepc, petsc] = [readPackage(slepcFile), readPackage(petscFile)];
  const flags = [...slepc.flags, ...petsc.flags].filter((flag) => flag.startsWith('-I'));
  const header = flags.map((flag) => join(flag.slice(2), 'petscconf.h')).find((path) => existsSync(path));
  if (header === undefined) return undefined; // libraries without what it takes to compile
  const defined = new Set(
    Array.from(readFileSync(header, 'utf8').matchAll(/^#define (\w+)/gm), ([, name]) => name!),
  );
  const has = (pattern: RegExp) => [...defined].some((name) => pattern.test(name));
  const libraries = [...slepc.libraries, ...petsc.libraries];
  const folders = libraries.filter((flag) => flag.startsWith('-L')).map((flag) => flag.slice(2));
  return {
    version: slepc.version,
    scalar: defined.has('PETSC_USE_COMPLEX') ? 'complex' : 'real',
    integerBits: defined.has('PETSC_USE_64BIT_INDICES') ? 64 : 32,
    mumps: defined.has('PETSC_HAVE_MUMPS'),
    mpi: has(/^PETSC_HAVE_(OMPI_MAJOR|OPENMPI)/)
      ? 'openmpi'
      : has(/^PETSC_HAVE_(MPICH|I_MPI|MVAPICH)/)
        ? 'mpich'
        : undefined,
    folder: dirname(dirname(dirname(slepcFile))),
    compilerFlags: flags,
    libraries: [...libraries, ...folders.map((folder) => `-Wl,-rpath,${folder}`)],
  };
}

/** A file of pkg-config, with its variables put in. */
function readPackage(path: string): {
  readonly version: string;
  readonly flags: readonly string[];
  readonly libraries: readonly string[];
} {
  const variables = new Map<string, string>();
  const fields = new Map<string, string>();
  const fill = (text: string): string =>
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name) ?? '');
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, name, sign, value = ''] = /^([\w.]+)\s*([=:])\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) (sign === '=' ? variables : fields).set(name, fill(value.trim()));
  }
  const words = (field: string) => (fields.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
  return { version: fields.get('Version') ?? 'unknown', flags: words('Cflags'), libraries: words('Libs') };
}
