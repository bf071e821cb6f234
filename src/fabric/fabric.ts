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

/** A reduction as the fabrics see it (MPI 4.1 §6.9). */
export interface Reduction {
  readonly name: string;
  /**
   * Its place in the table of operations of native/mpi.c; −1 where `fold` is all there is; −2 and −3 for REPLACE and NO_OP, which MPI has in
   * windows only.
   */
  readonly code: number;
  readonly commutative: boolean;
  /** `left[i] = left[i] op right[i]`; `left` is of the lower rank. Both of one type; `right` may be longer. */
  fold(left: TypedArray, right: TypedArray): void;
}

/**
 * What carries the messages of one communicator. Arguments have been checked: ranks exist, arrays are typed arrays of the
 * lengths that the call needs. In collectives a `null` send (scatter: receive) array is IN_PLACE, a `null` on the other side
 * is "not significant here". Errors are MpiErrors made with `operation`.
 */
export interface Carrier {
  readonly fabric: Fabric;
  readonly rank: number;
  readonly size: number;
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

  probe(source: number, tag: number, envelope: Envelope): void;
  iprobe(source: number, tag: number, envelope: Envelope): boolean;

  barrier(): void;
  bcast(array: TypedArray, root: number): void;
  scatter(send: TypedArray | null, recv: TypedArray | null, root: number): void;
  scatterv(send: Irregular | null, recv: TypedArray | null, root: number): void;
  gather(send: TypedArray | null, recv: TypedArray | null, root: number): void;
  gatherv(send: TypedArray | null, recv: Irregular | null, root: number): void;
  allgather(send: TypedArray | null, recv: Layout): void;
  alltoall(send: Layout | null, recv: Layout): void;
  reduce(send: TypedArray | null, recv: TypedArray | null, op: Reduction, root: number): void;
  allreduce(send: TypedArray | null, recv: TypedArray, op: Reduction): void;
  scan(send: TypedArray | null, recv: TypedArray, op: Reduction): void;
  exscan(send: TypedArray | null, recv: TypedArray, op: Reduction): void;
  /** `counts` elements to each rank; `send` null: the input lies in `recv`. */
  reduceScatter(send: TypedArray | null, recv: TypedArray, counts: readonly number[], op: Reduction): void;

  /** MPI 4.1 §7.4.2; null color is MPI_UNDEFINED. */
  split(color: number | null, key: number): Carrier | null;
  dup(): Carrier;
  free(): void;

  /** Collective: a window of `lengths[r]` zeroed elements on each rank r; `shared`: rank after rank in memory that all see (§12.2). */
  window(kind: number, lengths: readonly number[], shared: boolean): WindowCarrier;
  /** Collective: opens a file that each rank has just been able to open (§14.2.1). */
  openFile(path: string, mode: FileMode): FileCarrier;
}

/** One rank's way to the others. */
export interface Fabric {
  readonly name: 'solo' | 'threads' | 'mpi';
  readonly world: Carrier;
  readonly self: Carrier;
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
  /** Resolves when `progress` may again have something to do. Does not keep the event loop alive. */
  activity(): Promise<void>;
  /** As `wait` for any, for the event loop that has nothing else to do: may take its time, must not burn a core. */
  park(operations: readonly Operation[]): void;

  /** Ends every rank of the job with this exit code. */
  abort(code: number): never;
  /** At the end of this rank: what MPI_Finalize does. */
  finish(): void;
}
