import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LinalgError } from '../error.ts';
import type { Communicator } from '../../comm/index.ts';
import { buildNative } from '../../internal/native-build.ts';
import { FAMILY_NAMES, mpiCompiler, type Family } from '../../mpi-compiler.ts';
import { libraryVersion } from '../../world.ts';
import type { Scalar } from '../scalar.ts';
import type { SlepcBinding } from './binding.ts';
import { findSlepc, type SlepcInstallation } from './installation.ts';

/** SLEPc of one scalar type in this process. */
export interface Slepc {
  readonly binding: SlepcBinding;
  readonly installation: SlepcInstallation;
}

const SOURCE = fileURLToPath(new URL('../../../native/slepc.c', import.meta.url));
const PACKAGES = 'libslepc-real-dev libslepc-complex-dev';
/** What numeric libraries read when they are loaded: a rank computes on one core. */
const THREADS = ['OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'];

/** What was found, or why nothing can be used. */
type Answer = { readonly slepc: Slepc } | { readonly absence: string };
const answers = new Map<Scalar, Answer>();
let installations: readonly SlepcInstallation[] | undefined;

/** Why this rank cannot use SLEPc, in words for the user; undefined where it can. */
export function slepcAbsence(comm: Communicator, scalar: Scalar): string | undefined {
  const answer = ask(comm, scalar);
  return 'absence' in answer ? answer.absence : undefined;
}

/** SLEPc, once `chooseBackend` has said that all ranks have it. */
export function slepcOf(comm: Communicator, scalar: Scalar): Slepc {
  const answer = ask(comm, scalar);
  if ('absence' in answer) throw new LinalgError('ERR_BACKEND', answer.absence);
  return answer.slepc;
}

function ask(comm: Communicator, scalar: Scalar): Answer {
  if (comm.fortranHandle() === undefined)
    return {
      absence:
        'SLEPc solves on ranks that are MPI processes, and these are not: start them with flotilla run --mpi=openmpi, or mpirun',
    };
  let answer = answers.get(scalar);
  if (answer === undefined) answers.set(scalar, (answer = load(scalar)));
  return answer;
}

function load(scalar: Scalar): Answer {
  const mpi: Family = libraryVersion().includes('Open MPI') ? 'openmpi' : 'mpich';
  installations ??= findSlepc();
  const fitting = installations.filter((found) => found.scalar === scalar);
  // One that was built with another MPI crashes in its constructors when it is loaded here.
  const installation = fitting.find((found) => found.mpi === mpi);
  if (installation === undefined) return { absence: missing(scalar, mpi, fitting[0]) };
  try {
    const version = /\d+\.\d+[\w.]*/.exec(libraryVersion())?.[0] ?? libraryVersion();
    const file = buildSlepc(installation, mpiCompiler(mpi), version);
    const module = { exports: {} as SlepcBinding };
    withOneThread(() => process.dlopen(module, file, constants.dlopen.RTLD_NOW));
    module.exports.initialize();
    return { slepc: { binding: module.exports, installation } };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { absence: `SLEPc ${installation.version} in ${installation.folder} cannot be used: ${text}` };
  }
}

/**
 * The binding to an installation, compiled if this is the first time. Throws NativeBuildError.
 *
 * @param compiler of the MPI that it was built with, of this version.
 */
export function buildSlepc(
  installation: SlepcInstallation,
  compiler: string | undefined,
  mpiVersion: string,
): string {
  const { scalar, version, folder, compilerFlags, libraries } = installation;
  return buildNative({
    name: `slepc-${scalar}`,
    source: SOURCE,
    compiler,
    flags: compilerFlags,
    libraries,
    key: [version, folder, mpiVersion],
  });
}

function missing(scalar: Scalar, mpi: Family, other: SlepcInstallation | undefined): string {
  const name = FAMILY_NAMES[mpi];
  if (other !== undefined) {
    const [theirs, variable] =
      other.mpi === undefined ? ['another MPI', ''] : [FAMILY_NAMES[other.mpi], `FLOTILLA_MPI=${other.mpi}`];
    return (
      `SLEPc ${other.version} in ${other.folder} is built with ${theirs}, and these ranks are of ${name}` +
      (variable === '' ? '' : `: start them with ${variable}`)
    );
  }
  const found = installations!.map(({ folder, scalar: kind }) => `${folder} (${kind})`).join(', ');
  return (
    `no SLEPc for ${scalar} numbers was found: not by SLEPC_DIR and PETSC_DIR, not in /usr/lib/slepcdir, not by pkg-config` +
    (found === '' ? '' : `; there is ${found}`) +
    `. On Debian: apt-get install ${PACKAGES}, which are built with Open MPI (FLOTILLA_MPI=openmpi)`
  );
}

/** Libraries of linear algebra start threads when they are loaded, unless a variable says otherwise. */
function withOneThread(load: () => void): void {
  const before = THREADS.map((name) => [name, process.env[name]] as const);
  for (const [name, value] of before) process.env[name] = value ?? '1';
  try {
    load();
  } finally {
    for (const [name, value] of before) if (value === undefined) Reflect.deleteProperty(process.env, name);
  }
}
