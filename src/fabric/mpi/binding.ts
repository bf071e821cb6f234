import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '../../internal/index.ts';
import { buildNative, NativeBuildError, rememberNative } from '../../internal/native-build.ts';
import type { TypedArray } from '../memory.ts';
import type { Family } from './environment.ts';
import { findSites, signOfSites, siteAt, type Site } from './sites.ts';

/** The functions of native/mpi.c; arguments that are not arrays go through the registers. */
export interface Binding {
  initialize(memory: ArrayBuffer): ArrayBuffer;
  finalize(): void;
  abort(): void;
  libraryVersion(): string;
  processorName(): string;
  lastError(): string;
  readonly classes: Readonly<Record<string, number>>;
  progress(): void;
  waitOne(): void;
  waitAny(ids: Int32Array): void;
  cancel(): void;
  sendStage(): void;
  recvStage(): void;
  sendArray(array: TypedArray): void;
  recvArray(array: TypedArray): void;
  isendArray(array: TypedArray): void;
  irecvArray(array: TypedArray): void;
  probe(): void;
  sendPieces(head: Uint8Array, parts: readonly Uint8Array[]): void;
  isendPieces(head: Uint8Array, parts: readonly Uint8Array[]): void;
  recvValue(): void;
  sendNote(note: Uint8Array): void;
  recvNote(into: Uint8Array): void;
  mrecvArray(into: Uint8Array): void;
  irecvValue(): void;
  turnTo(): void;
  copyOut(into: Uint8Array): void;
  leave(): void;
  barrier(): void;
  bcast(array: TypedArray): void;
  regular(send: TypedArray | null, recv: TypedArray | null): void;
  irregular(send: TypedArray | null, recv: TypedArray | null, counts: Int32Array): void;
  alltoallw(send: readonly TypedArray[], recv: readonly TypedArray[]): void;
  reduceArray(send: TypedArray | null, recv: TypedArray | null): void;
  reduceStage(): void;
  reduceScatter(send: TypedArray | null, recv: TypedArray, counts: Int32Array): void;
  mendSum(): void;
  commSplit(): void;
  commSplitShared(): void;
  commCreateGroup(ranks: Int32Array): void;
  commMembers(into: Int32Array): void;
  commDisconnect(): void;
  intercommCreate(): void;
  intercommMerge(): void;
  commSpawn(command: readonly string[], hints: readonly string[]): void;
  commParent(): void;
  commC2f(): void;
  commDup(): void;
  commFree(): void;
  windowAllocate(): ArrayBuffer;
  windowCreate(array: TypedArray): void;
  detach(memory: ArrayBuffer): void;
  windowFree(): void;
  windowPut(origin: TypedArray): void;
  windowGet(result: TypedArray): void;
  windowAccumulate(origin: TypedArray, result: TypedArray | null): void;
  windowFetchAndOp(): void;
  windowCompareAndSwap(): void;
  windowSynchronize(): void;
  fileOpen(path: string, hints: readonly string[]): void;
  fileHints(): string[];
  fileSetHints(hints: readonly string[]): void;
  fileSetAtomicity(): void;
  fileLock(): void;
  fileClose(): void;
  fileSetView(tile: Float64Array): void;
  fileRead(array: TypedArray): void;
  fileWrite(array: TypedArray): void;
  fileSize(): void;
  fileResize(): void;
  fileSync(): void;
  commIdup(): void;
  commCame(): void;
  ibarrier(): void;
  ibcast(array: TypedArray): void;
  iregular(send: TypedArray | null, recv: TypedArray | null): void;
  iirregular(send: TypedArray | null, recv: TypedArray | null, counts: Int32Array): void;
  ialltoallw(send: readonly TypedArray[], recv: readonly TypedArray[]): void;
  ireduceArray(send: TypedArray | null, recv: TypedArray | null): void;
  ireduceScatter(send: TypedArray | null, recv: TypedArray, counts: Int32Array): void;
  mprobe(): void;
  imrecvArray(array: TypedArray): void;
  imrecvValue(): void;
}

const SOURCE = fileURLToPath(new URL('../../../native/mpi.c', import.meta.url));

export const FAMILY_NAMES: Readonly<Record<Family, string>> = { openmpi: 'Open MPI', mpich: 'MPICH' };
const PACKAGES: Readonly<Record<Family, string>> = {
  openmpi: 'openmpi-bin libopenmpi-dev',
  mpich: 'mpich libmpich-dev',
};
const WITHOUT = 'Without MPI, "flotilla run -n N" runs the same program over threads.';

/** What keeps MPI from being used, in words for the user. */
export class MpiUnavailable extends FlotillaError<'ERR_NO_MPI'> {
  override readonly name = 'MpiUnavailable';

  constructor(message: string, cause?: unknown) {
    super('ERR_NO_MPI', message, { operation: 'mpi', cause });
  }
}

/** The installation to use: FLOTILLA_MPI (a family or the path of an mpicc), else the one of this family. */
export function siteFor(family: Family | undefined, env: NodeJS.ProcessEnv = process.env): Site {
  const wanted = env.FLOTILLA_MPI;
  if (wanted !== undefined && wanted !== 'openmpi' && wanted !== 'mpich') {
    const site = siteAt(wanted);
    if (site === undefined)
      throw new MpiUnavailable(`FLOTILLA_MPI=${wanted} is neither a family nor an MPI compiler. ${WITHOUT}`);
    return site;
  }
  const sites = findSites(env);
  const choice = wanted ?? family;
  const site = choice === undefined ? sites[0] : sites.find((candidate) => candidate.family === choice);
  if (site !== undefined) return site;
  const name = choice === undefined ? 'no MPI is' : `${FAMILY_NAMES[choice]} is not`;
  const install = choice === undefined ? `${PACKAGES.openmpi} (or ${PACKAGES.mpich})` : PACKAGES[choice];
  throw new MpiUnavailable(
    `${name} installed, or its mpirun and mpicc are not in PATH. On Debian: apt-get install ${install}; on a cluster: module load. ${WITHOUT}`,
  );
}

/**
 * The path of the binding for an installation, compiled if this is the first time (about a second).
 *
 * @param folder - where it is to be, other than with all that were built
 */
export function buildBinding(site: Site, env: NodeJS.ProcessEnv = process.env, folder?: string): string {
  const name = FAMILY_NAMES[site.family];
  try {
    return buildNative({
      name: `mpi-${site.family}`,
      source: SOURCE,
      compiler: site.mpicc,
      key: [site.family, site.version],
      env,
      folder,
    });
  } catch (error) {
    if (!(error instanceof NativeBuildError)) throw error;
    const packages = PACKAGES[site.family];
    if (site.mpicc === undefined) {
      throw new MpiUnavailable(
        `the binding to ${name} must be compiled once, and its compiler mpicc is missing. ` +
          `On Debian: apt-get install ${packages} gcc. ${WITHOUT}`,
        error,
      );
    }
    if (error.code === 'ERR_CACHE') throw new MpiUnavailable(`${error.message}. ${WITHOUT}`, error);
    throw new MpiUnavailable(
      `the binding to ${name} could not be compiled with ${site.mpicc}:\n${error.said.replaceAll(/^/gm, '  ')}\n` +
        `A C compiler is needed (on Debian: apt-get install gcc libc6-dev ${packages}). ${WITHOUT}`,
      error,
    );
  }
}

/**
 * The binding for ranks that a launcher has started without `flotilla run`: which installation is theirs, is asked once and not by
 * each of them.
 *
 * @param find - asks
 */
export function rememberBinding(
  launcher: Family | undefined,
  find: () => string,
  env: NodeJS.ProcessEnv,
): string {
  const { size, mtimeMs } = statSync(SOURCE);
  const { arch, versions } = process;
  const own = [SOURCE, String(size), String(mtimeMs), arch, versions.modules, launcher ?? ''];
  try {
    return rememberNative([...own, ...signOfSites(env)], find, env);
  } catch (error) {
    if (!(error instanceof NativeBuildError)) throw error;
    throw new MpiUnavailable(`${error.message}. ${WITHOUT}`, error);
  }
}

/** Loads it. Open MPI's plugins look for its symbols among the global ones. */
export function loadBinding(file: string): Binding {
  const module = { exports: {} as Binding };
  try {
    process.dlopen(module, file, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  } catch (error) {
    throw new MpiUnavailable(`the binding ${file} cannot be loaded: ${String(error)}. ${WITHOUT}`);
  }
  // An object filled by native code is a hash table to V8; what stands as a prototype is made quick, and its functions known to the compiler.
  return Object.create(module.exports) as Binding;
}
