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
  | 'huge-blocks'
  | 'preallocate-race'
  | 'ucx-memory-hooks';

/** A fault of an MPI library in calls that we pass on, and what Flotilla does about it. */
export interface Fault {
  /** Where code or a setting asks for it; undefined: what is done instead is done with every library. */
  readonly name?: FaultName;
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
    name: 'preallocate-race',
    library: 'openmpi',
    since: '4.1.0',
    calls: 'preallocate of files',
    fault:
      'never returns now and then: each rank asks for the size while rank 0 writes already, and those that see the new one leave out a collective call',
    instead: 'all ranks learn the size first; a file that is too short is set to the new size',
    upstream: 'seen in 4.1.4, where ranks wait in mca_fs_base_file_set_size and in the close after it',
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
      'nothing: receivers learn the length when the data is already on its way, also where it is pushed instead of fetched (btl_vader_flags without get); ' +
      'only without direct access to memory is it safe, and then every long message is copied twice. Treat ERR_TRUNCATE as the end of the program',
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
  {
    library: 'mpich',
    since: '4.0',
    fixedIn: '4.2',
    calls: 'Reduce and Ireduce with IN_PLACE at a root other than rank 0, of long arrays',
    fault: 'the library crashes',
    instead: 'the operands are copied and given as a send array, with every library',
    upstream: 'pmodels/mpich issue 6540, pull request 6543',
  },
  {
    library: 'mpich',
    fixedIn: '4.2',
    calls: 'spawn, where MPICH goes over UCX',
    fault: 'processes cannot be started',
    instead: 'ERR_SPAWN says so; pools start a job of their own by mpirun instead',
    unmended: true,
    upstream: 'pmodels/mpich issue 6797',
  },
  {
    library: 'mpich',
    calls: 'jobs on several hosts over the TCP of UCX',
    fault: 'MPI_Finalize waits for ever for a rank that comes to it late',
    instead: 'before it all ranks send to all others, and then nobody looks at the network for 100 ms',
    upstream: 'seen in MPICH 4.0.2 with UCX 1.13, in C programs too (src/fabric/mpi/parting.ts)',
  },
  {
    library: 'mpich',
    calls: 'all that wait, with more ranks than cores, over UCX',
    fault: 'the library polls without end and takes the core from the rank that it waits for',
    instead: 'the binding lets others run when there was nothing to do (ucp_worker_progress)',
    upstream: 'seen in MPICH 4.0.2 with UCX 1.13',
  },
  {
    library: 'mpich',
    calls: 'receives of a message that is too long',
    fault: 'the status of an Irecv has an old length; a Recv from the own rank reports nothing at all',
    instead: 'Recv looks at the message before it receives it; after an Irecv the error says "more than"',
    upstream: 'seen in MPICH 4.0.2 (native/mpi.c, recv_array)',
  },
  {
    library: 'mpich',
    calls: 'the end of a rank for which messages are left that nobody received, over UCX',
    fault: 'warnings of UCX about its memory',
    instead: 'short ones are taken out and dropped when they are reported',
    upstream: 'seen in MPICH 4.0.2 with UCX 1.13',
  },
  {
    library: 'mpich',
    calls: 'File.open that fails on another rank',
    fault: 'the error code is that of the other rank, which has no text here',
    instead: 'its class is told, and each rank tries to open the file before all open it together',
    upstream: 'seen in MPICH 4.0.2 (native/mpi.c, file_open)',
  },
  {
    library: 'mpich',
    calls: 'abort, and errors that nobody catches',
    fault: "the launcher drops what it has not yet read of a rank's output",
    instead: 'the rank waits until its pipes have been read',
    upstream: 'seen in Hydra 4.0.2 (native/mpi.c, abort_job)',
  },
  {
    library: 'mpich',
    calls: 'standard input of rank 0',
    fault: 'the launcher gives up when a rank reads more slowly than it is written',
    instead: 'flotilla run leads its input to rank 0 itself',
    upstream: 'seen in Hydra 4.0.2 (src/launch/input.ts)',
  },
  {
    name: 'ucx-memory-hooks',
    library: 'mpich',
    calls: 'everything, over UCX',
    fault:
      'it replaces mmap and brk of the running process; with the threads of V8 a rank crashes now and then',
    instead: 'it does not; the price is its cache of registered memory',
    upstream: 'openucx/ucx UCX_MEM_EVENTS',
    settings: { UCX_MEM_EVENTS: 'n' },
  },
  {
    name: 'ucx-memory-hooks',
    library: 'openmpi',
    calls: 'everything, where UCX is used',
    fault: 'the same',
    instead: 'the same',
    upstream: 'openucx/ucx UCX_MEM_EVENTS',
    settings: { UCX_MEM_EVENTS: 'n' },
  },
  {
    library: 'openmpi',
    calls: 'disconnect of a communicator of both groups (Intercommunicator.merge)',
    fault: 'MPI_Comm_disconnect does not return',
    instead: 'a barrier, and MPI_Comm_free: nothing connects the ranks by it afterwards',
    upstream: 'open-mpi/ompi issue 4542',
  },
  {
    library: 'openmpi',
    calls: 'free of a communicator on which non-blocking collectives are under way',
    fault: 'the library crashes',
    instead: 'free waits until they are complete',
    upstream: 'seen in Open MPI 4.1.4',
  },
  {
    library: 'openmpi',
    calls:
      'the first non-blocking collective of values on a communicator (MPI_Comm_idup), and others begun meanwhile',
    fault: 'their messages are mixed up',
    instead: 'the others begin when the new communicator is there',
    upstream: 'seen in Open MPI 4.1.4 (src/fabric/mpi/nonblocking.ts)',
  },
  {
    library: 'openmpi',
    calls: 'collectives on arrays without elements',
    fault: 'no memory, or the same for both arrays, is taken for MPI_IN_PLACE',
    instead: 'each array without elements has an address of its own',
    upstream: 'seen in Open MPI 4.1.4 (native/mpi.c, arrays)',
  },
  {
    library: 'openmpi',
    calls: 'cancel of a receive',
    fault: 'the library may crash',
    instead: 'pools complete their receives by a message to the own rank; cancel is passed on',
    unmended: true,
    upstream: 'seen in Open MPI 4.1.4 (src/pool/ranks/crew.ts)',
  },
  {
    library: 'openmpi',
    calls: 'short messages',
    fault: 'MPI_THREAD_FUNNELED takes the locks that only MPI_THREAD_MULTIPLE needs: a sixth of their time',
    instead: 'MPI_THREAD_SINGLE is asked for: threads of V8 do not call MPI',
    upstream: 'seen in Open MPI 4.1.4 (native/mpi.c, initialize)',
  },
  {
    library: 'openmpi',
    calls: 'reads at the end of a file',
    fault: 'the status counts elements that were not read; MPICH does so too',
    instead: 'the array is cut to what the file can fill',
    upstream: 'seen in Open MPI 4.1.4 and MPICH 4.0.2 (src/comm/file.ts)',
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
    this.#names = new Set(this.#faults.flatMap(({ name }) => name ?? []));
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
