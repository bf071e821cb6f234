import { Kind } from '../memory.ts';
import type { Family } from './environment.ts';

/** Faults that change what a call of ours does; the others are mended by the environment alone. */
export type FaultName =
  | 'sum-saturates'
  | 'unsigned-order'
  | 'file-read-sieving'
  | 'file-write-sieving'
  | 'in-place-alltoall'
  | 'self-truncation'
  | 'write-past-receive'
  | 'osc-rdma'
  | 'atomic-mode'
  | 'lone-window'
  | 'huge-blocks';

/** A fault of an MPI library in calls that we pass on, and what Flotilla does about it. */
export interface Fault {
  readonly name: FaultName;
  readonly library: Family;
  /** The first release that has it; undefined: all older ones that we know do. */
  readonly since?: string;
  /** The first release without it; undefined: none yet. */
  readonly fixedIn?: string;
  /** Calls of Flotilla that it concerns. */
  readonly calls: string;
  /** What goes wrong. */
  readonly fault: string;
  /** What Flotilla does instead. */
  readonly instead: string;
  /** Nothing is done about it, and `instead` says why. */
  readonly unmended?: true;
  /** The report, or the commit that mends it, at the library's own repository. */
  readonly upstream: string;
  /** Settings that keep the library from it, read by the library when it starts. The user's own win. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Known faults of MPI libraries. The code that works around one asks for it by name (`Faults.has`); `flotilla doctor` prints this table and
 * docs/known-faults.md repeats it.
 */
export const FAULTS: readonly Fault[] = [
  {
    name: 'sum-saturates',
    library: 'openmpi',
    since: '4.1.0',
    calls: 'reductions and accumulate with SUM of Int8, Uint8, Int16, Uint16 arrays of 16 bytes and more',
    fault: 'sums saturate instead of wrapping around: the AVX and SSE code uses instructions that saturate',
    instead:
      'reductions: our own operation; windows: pieces of less than 16 bytes, which the library adds one by one',
    upstream: 'open-mpi/ompi ompi/mca/op/avx/op_avx_functions.c (adds), unchanged in 5.0',
  },
  {
    name: 'unsigned-order',
    library: 'mpich',
    since: '4.0',
    fixedIn: '4.0.3',
    calls: 'reductions and accumulate with MAX, MIN of Uint8, Uint16, Uint32 and BigUint64 arrays',
    fault: 'elements are compared as signed ones by the datatype engine (yaksa)',
    instead: "reductions by MPICH's own loops, which are as fast",
    upstream: 'pmodels/mpich commit 405d50908e',
    settings: { MPIR_CVAR_ENABLE_YAKSA_REDUCTION: '0' },
  },
  {
    name: 'file-read-sieving',
    library: 'openmpi',
    since: '4.1.0',
    fixedIn: '4.1.5',
    calls: 'readAtAll where the views of ranks overlap',
    fault: 'wrong elements: data sieving takes the last piece for the one that ends last',
    instead: 'each rank reads for itself',
    upstream: 'open-mpi/ompi issue 10546, commit c9c83fea4c',
  },
  {
    name: 'file-write-sieving',
    library: 'openmpi',
    since: '4.1.0',
    fixedIn: '4.1.7',
    calls: 'writeAtAll with views that leave gaps',
    fault: 'gaps are read and written back without a lock: what another rank writes there meanwhile is lost',
    instead: 'writes without data sieving',
    upstream: 'open-mpi/ompi issue 12718, commit 6973c4701a',
    settings: { OMPI_MCA_fbtl_posix_write_datasieving: '0' },
  },
  {
    name: 'in-place-alltoall',
    library: 'openmpi',
    since: '4.0.0',
    fixedIn: '5.0.0',
    calls: 'Ialltoallv with IN_PLACE, and every non-blocking collective after it',
    fault: 'a rank with nothing to send or receive does not count the call: later ones never match',
    instead: 'the elements are copied and sent from the copy',
    upstream: 'open-mpi/ompi commit 77eaa5c8b8',
  },
  {
    name: 'self-truncation',
    library: 'openmpi',
    since: '4.0.0',
    calls: 'Irecv from the own rank',
    fault: 'a short message that does not fit is no error, a long one is written past the end of the array',
    instead:
      'messages to oneself are sent in synchronous mode, short ones from a copy, and without direct access to memory',
    upstream: 'open-mpi/ompi ompi/mca/pml/ob1/pml_ob1_recvfrag.c (num_segments-1), unchanged in 5.0',
    settings: { OMPI_MCA_btl_self_flags: '1' },
  },
  {
    name: 'write-past-receive',
    library: 'openmpi',
    since: '4.0.0',
    calls: 'Irecv of a message from another rank that is over 4 KiB and too long for the array',
    fault: 'ERR_TRUNCATE is told, but the memory behind the array has been overwritten',
    unmended: true,
    instead:
      'nothing: every long message would have to be copied twice. Treat ERR_TRUNCATE as the end of the program',
    upstream: 'open-mpi/ompi ompi/mca/pml/ob1/pml_ob1_recvreq.c (progress_rget), unchanged in 5.0',
  },
  {
    name: 'osc-rdma',
    library: 'openmpi',
    since: '4.0.0',
    fixedIn: '5.0.0',
    calls: 'compareAndSwap of 8 bytes in the own memory',
    fault: 'the library crashes in osc/rdma, its first choice for windows on one node',
    instead: 'windows on one node lie in plain shared memory (osc/sm)',
    upstream: 'open-mpi/ompi commits 58ac9692d3, 0512c135a7',
    settings: { OMPI_MCA_osc_rdma_priority: '90' },
  },
  {
    name: 'atomic-mode',
    library: 'openmpi',
    since: '4.1.0',
    calls: 'setAtomicity of files',
    fault: 'the mode is noted, and accesses are not atomic: nothing locks the file',
    instead: 'each access locks the file (F_OFD_SETLKW)',
    upstream: 'open-mpi/ompi ompi/mca/io/ompio/io_ompio_file_open.c (set_atomicity)',
  },
  {
    name: 'lone-window',
    library: 'openmpi',
    since: '4.1.0',
    fixedIn: '5.0.0',
    calls: 'Window.create',
    fault:
      'MPI_Win_create is MPI_ERR_WIN on one process, and on several of one node when osc/rdma and osc/ucx are both there',
    instead: 'one process: accesses to the memory without MPI; several: windows without osc/rdma',
    upstream: 'open-mpi/ompi ompi/mca/osc (component selection); seen in 4.1.4, 5.0 has other components',
    settings: { OMPI_MCA_osc: '^rdma' },
  },
  {
    name: 'huge-blocks',
    library: 'mpich',
    since: '4.0',
    fixedIn: '4.1',
    calls: 'Scatter, Gather and their non-blocking forms of more than 2^31 - 1 bytes together',
    fault: 'bytes are counted in an int: the library crashes',
    instead: 'pieces of 1 GiB, with every library: so go Bcast, Allgather, Alltoall and reductions too',
    upstream: 'pmodels/mpich src/mpi/coll/scatter/scatter_intra_binomial.c (nbytes, tmp_buf_size)',
  },
  {
    name: 'huge-blocks',
    library: 'openmpi',
    since: '4.1.0',
    fixedIn: '4.1.5',
    calls: 'Alltoall with IN_PLACE of more than 2^31 - 1 elements together',
    fault: 'places are counted in an int',
    instead: 'pieces of 1 GiB',
    upstream: 'open-mpi/ompi commit 13849d48b6',
  },
];

/** Elements that `sum-saturates` concerns. */
export const SHORT_INTEGERS: readonly number[] = [Kind.Int8, Kind.Uint8, Kind.Int16, Kind.Uint16];

/** What a library says of itself (MPI_Get_library_version), as family and release; undefined for one that is not told apart. */
export function identify(libraryVersion: string): { library: Family; release: string } | undefined {
  const openmpi = /Open MPI v(\d+(?:\.\d+)*)/.exec(libraryVersion);
  if (openmpi) return { library: 'openmpi', release: openmpi[1]! };
  const mpich = /MPICH Version:\s*(\d+(?:\.\d+)*)/.exec(libraryVersion);
  return mpich ? { library: 'mpich', release: mpich[1]! } : undefined;
}

/** The known faults of a release. */
export function faultsOf(library: Family, release: string): Fault[] {
  return FAULTS.filter(
    (fault) =>
      fault.library === library &&
      (fault.since === undefined || compare(release, fault.since) >= 0) &&
      (fault.fixedIn === undefined || compare(release, fault.fixedIn) < 0),
  );
}

/** The known faults of the library in use. */
export class Faults {
  readonly #names: ReadonlySet<FaultName>;
  readonly #faults: readonly Fault[];

  constructor(libraryVersion: string) {
    const identity = identify(libraryVersion);
    this.#faults = identity === undefined ? [] : faultsOf(identity.library, identity.release);
    this.#names = new Set(this.#faults.map(({ name }) => name));
  }

  has(name: FaultName): boolean {
    return this.#names.has(name);
  }

  /** Puts the settings into the environment: before the library starts. */
  applySettings(env: NodeJS.ProcessEnv): void {
    for (const { settings } of this.#faults)
      for (const [name, value] of Object.entries(settings ?? {})) env[name] ??= value;
  }
}

/** Orders releases: 4.0.10 comes after 4.0.9, and 4.1 is 4.1.0. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((release) => release.split('.').map(Number));
  for (let i = 0; i < Math.max(left!.length, right!.length); i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
