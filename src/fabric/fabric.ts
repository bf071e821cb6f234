import type { FileCarrier, FileMode } from './file.ts';
import type { Irregular, Layout, TypedArray } from './memory.ts';
import type { Decode, Incoming, Outgoing } from './message.ts';
import type { WindowCarrier } from './window.ts';

/** What arrived: ranks are of the communicator, `bytes` of the whole message. */
export interface Envelope {
  source: number;
  tag: number;
  bytes: number;
  cancelled: boolean;
}

/** A communication under way (MPI 4.1 §3.7.1). `done` and `error` change only inside calls of the fabric. */
export interface Operation {
  readonly done: boolean;
  readonly error: Error | undefined;
  readonly envelope: Envelope;
  /** The message of a finished irecvMessage. */
  readonly incoming: Incoming | undefined;
  /** Called once when `done` becomes true: how an awaited request learns of it. */
  onDone: (() => void) | undefined;
}

/** A communication in several steps: each yields the operations that must be done before the next one. */
export type Steps = Generator<readonly Operation[], void, void>;

/** A reduction as the fabrics see it (MPI 4.1 §6.9). */
export interface Reduction {
  readonly name: string;
  /**
   * Its place in the table of operations of native/mpi.c; −1 where `fold` is all there is; −2 and −3 for REPLACE and NO_OP, which MPI has in
   * windows only.
   */
  readonly code: number;
  readonly commutative: boolean;
  /** Elements that belong together: an array is combined in pieces of whole units. */
  readonly unit: number;
  /** `left[i] = left[i] op right[i]`; `left` is of the lower rank. Both of one type; `right` may be longer. */
  fold(left: TypedArray, right: TypedArray): void;
}

/**
 * Collectives on memory (MPI 4.1 §6): `R` is void where a call blocks, Operation where it begins (§6.12). In these a `null` send (scatter:
 * receive) array is IN_PLACE, a `null` on the other side is "not significant here".
 */
export interface MemoryCollectives<R> {
  barrier(): R;
  bcast(array: TypedArray, root: number): R;
  scatter(send: TypedArray | null, recv: TypedArray | null, root: number): R;
  scatterv(send: Irregular | null, recv: TypedArray | null, root: number): R;
  gather(send: TypedArray | null, recv: TypedArray | null, root: number): R;
  gatherv(send: TypedArray | null, recv: Irregular | null, root: number): R;
  allgather(send: TypedArray | null, recv: Layout): R;
  alltoall(send: Layout | null, recv: Layout): R;
  /** An array of its own for and from each rank, of any type; the two for the own rank are of one type and length. */
  alltoallw(send: readonly TypedArray[], recv: readonly TypedArray[]): R;
  reduce(send: TypedArray | null, recv: TypedArray | null, op: Reduction, root: number): R;
  allreduce(send: TypedArray | null, recv: TypedArray, op: Reduction): R;
  scan(send: TypedArray | null, recv: TypedArray, op: Reduction): R;
  exscan(send: TypedArray | null, recv: TypedArray, op: Reduction): R;
  /** `counts` elements to each rank; `send` null: the input lies in `recv`. */
  reduceScatter(send: TypedArray | null, recv: TypedArray, counts: readonly number[], op: Reduction): R;
}

/** An operation that brings messages, one from each rank at the most. */
export interface Exchange extends Operation {
  /** By rank; undefined where none was to come, and until done. */
  readonly messages: readonly (Incoming | undefined)[];
}

/** The messages of one collective, in a context of their own: from one rank to another they match in the order in which they began. */
export interface Messages {
  readonly isend: (array: TypedArray, dest: number) => Operation;
  readonly irecv: (array: TypedArray, source: number) => Operation;
  /** `message` belongs to the fabric until the operation is done. */
  readonly isendMessage: (message: Outgoing, dest: number) => Operation;
  readonly irecvMessage: (source: number) => Operation;
}

/** Collectives that begin now and are complete later. They match by their order, as the blocking ones, and never match those. */
export interface Nonblocking extends MemoryCollectives<Operation> {
  /**
   * What collectives on values are made of: `outgoing[r]` goes to rank r, and one message comes from each of `sources`; the own rank is in neither.
   * The messages belong to the fabric until the operation is done. `root` is −1 where there is none.
   */
  exchange(outgoing: readonly (Outgoing | undefined)[], sources: readonly number[], root: number): Exchange;
  /** Any other collective: what this rank does in it, as steps of messages. `root` is −1 where there is none. */
  compose(steps: (messages: Messages) => Steps, root: number): Operation;
}

/** A message that a probe has taken out of the queue: only this can receive it, once (MPI 4.1 §3.8.2). */
export interface Matched {
  irecv(array: TypedArray): Operation;
  irecvMessage(): Operation;
}

/**
 * What carries the messages of one communicator. Arguments have been checked: ranks exist, arrays are typed arrays of the
 * lengths that the call needs. Errors are MpiErrors made with `operation`.
 */
export interface Carrier extends MemoryCollectives<void> {
  readonly fabric: Fabric;
  readonly rank: number;
  readonly size: number;
  /** How many ranks messages go to and come from: `size`, and between two groups that of the other. */
  readonly peers: number;
  /** The call under way as the user wrote it, for errors and reports. */
  operation: string;

  send(array: TypedArray, dest: number, tag: number, synchronous: boolean): void;
  isend(array: TypedArray, dest: number, tag: number, synchronous: boolean): Operation;
  recv(array: TypedArray, source: number, tag: number, envelope: Envelope): void;
  irecv(array: TypedArray, source: number, tag: number): Operation;

  sendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean): void;
  /** `message` belongs to the fabric until the operation is done. */
  isendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean): Operation;
  recvMessage<T>(source: number, tag: number, envelope: Envelope, decode: Decode<T>): T;
  irecvMessage(source: number, tag: number): Operation;

  /** Begins a communication that is made of others, in several steps. It is done when the last one is, and cannot be cancelled. */
  inSteps(steps: Steps): Operation;

  probe(source: number, tag: number, envelope: Envelope): void;
  iprobe(source: number, tag: number, envelope: Envelope): boolean;
  mprobe(source: number, tag: number, envelope: Envelope): Matched;
  improbe(source: number, tag: number, envelope: Envelope): Matched | undefined;

  readonly nonblocking: Nonblocking;

  /** MPI 4.1 §7.4.2; null color is MPI_UNDEFINED. */
  split(color: number | null, key: number): Carrier | null;
  /** MPI 4.1 §7.4.2, MPI_Comm_split_type: the ranks of this rank's node. */
  splitShared(key: number): Carrier;
  /** MPI 4.1 §7.4.2, MPI_Comm_create_group: called by `ranks` alone, who become its ranks 0, 1, … */
  createGroup(ranks: readonly number[], tag: number): Carrier;
  /** `name` tells reports what the duplicate is for. */
  dup(name?: string): Carrier;
  /** MPI 4.1 §19.3.4, MPI_Comm_c2f; absent where no MPI library carries the messages. */
  fortranHandle?(): number;
  free(): void;
  /** Its processes in rank order, by numbers that this rank has for the processes it knows, the same in all communicators. */
  members(): Int32Array;
  /**
   * MPI 4.1 §7.6.2, MPI_Intercomm_create: this group and the one whose leader is `remoteLeader` of `peer`, which counts at `localLeader`
   * alone. `low` is true on one side, whose ranks come first.
   */
  join(localLeader: number, peer: Carrier | null, remoteLeader: number, tag: number, low: boolean): Joined;
  /** MPI 4.1 §11.8.2: starts ranks with a world of their own, joined with this communicator, which is the low group. `program` counts at the root. */
  spawn(program: Program | null, root: number): Joined;
  /** As free, and waits for what is under way: afterwards nothing connects the ranks by it (MPI 4.1 §11.10.4). */
  disconnect(): void;

  /** Collective: a window of `lengths[r]` zeroed elements on each rank r; `shared`: rank after rank in memory that all see (§12.2). */
  window(kind: number, lengths: readonly number[], shared: boolean): WindowCarrier;
  /** Collective: a window of what each rank has in shared memory already, `lengths[r]` elements on rank r (§12.2.1). */
  windowOver(array: TypedArray, lengths: readonly number[]): WindowCarrier;
  /** Collective: opens a file that each rank has just been able to open (§14.2.1). */
  openFile(path: string, mode: FileMode): FileCarrier;
}

/** What to start: a script and its arguments in so many new ranks (MPI 4.1 §11.8.1). */
export interface Program {
  /** Absolute path. */
  readonly script: string;
  readonly args: readonly string[];
  readonly ranks: number;
  /** The environment of who spawns. */
  readonly env: Readonly<Record<string, string>>;
  /** What is to be otherwise in that of the new ranks; null: not there. */
  readonly changes: Readonly<Record<string, string | null>>;
  /** Absolute path; undefined: the working folder of who spawns. */
  readonly cwd: string | undefined;
  /** Where they may run; undefined: the fabric decides. */
  readonly hosts: readonly string[] | undefined;
}

/** Two groups that can talk (MPI 4.1 §7.6), as one of their ranks sees them. */
export interface Joined {
  /** Messages only: from each group to the ranks of the other. `rank` and `size` are of the own group. */
  readonly across: Carrier;
  /** The ranks of both, the low group first. */
  readonly union: Carrier;
  readonly low: boolean;
}

/** One rank's way to the others. */
export interface Fabric {
  readonly name: 'solo' | 'threads' | 'mpi';
  readonly world: Carrier;
  readonly self: Carrier;
  /** Of a spawned rank: its world and those who spawned it. */
  readonly parent: Joined | undefined;
  /** MPI_TAG_UB, MPI 4.1 §9.1.2. */
  readonly tagUpperBound: number;
  readonly processorName: string;
  readonly libraryVersion: string;

  /** Blocks until all of the operations are done, or until one of them is; progresses everything else meanwhile. */
  wait(operations: readonly Operation[], need: 'all' | 'any'): void;
  /** Moves everything under way as far as it goes without blocking. */
  progress(): void;
  /** Withdraws a receive that has not been matched (MPI 4.1 §3.8.4). Without effect on anything else. */
  cancel(operation: Operation): void;
  /** Lets go of an operation: it completes by itself and nobody asks for it again. */
  release(operation: Operation): void;
  /** Blocks for so many milliseconds, or until `progress` may have something to do. */
  nap(longest: number): void;
  /** Resolves when `progress` may again have something to do, as far as that is worth after `waited` milliseconds. Does not keep the event loop alive. */
  activity(waited: number): Promise<void>;
  /** As `wait` for any, for the event loop that has nothing else to do: may take its time, must not burn a core. */
  park(operations: readonly Operation[]): void;

  /** Hears at the end what this rank has left behind, a line each; where a launcher tells of all ranks it is not called. */
  onLeftovers: ((lines: readonly string[]) => void) | undefined;

  /** Ends every rank of the job with this exit code. */
  abort(code: number): never;
  /**
   * At the end of this rank: what MPI_Finalize does. Gives what the job ends with, where ranks can tell each other; undefined if the others have
   * not come to their end after `longest` milliseconds, and then nothing is finished.
   */
  finish(mine: Ending, longest: number): Ending | undefined;
}

/** How a rank ends. */
export interface Ending {
  readonly code: number;
  /** Whether the launcher is told the code. */
  readonly told: boolean;
}
