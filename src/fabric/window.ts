import type { Operation, Reduction } from './fabric.ts';
import type { TypedArray } from './memory.ts';

/** Where a rank's part of a window lies in this process. */
export interface Place {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
}

/** Ways to complete accesses without ending an epoch (MPI 4.1 §12.5.4). */
export type Flush = 'flush' | 'flushLocal';

/**
 * What carries the one-sided accesses of one window (MPI 4.1 §12). Arguments have been checked: the target exists, the elements lie in its
 * memory, arrays are of the window's type, an epoch is open. Displacements count elements. Calls with `request` return an operation, or undefined
 * when the access is over at once. What an access reads and writes here stays as it is until a synchronization completes the access.
 */
export interface WindowCarrier {
  /** The part of a rank: the own one, and in a shared window that of any rank. */
  place(rank: number): Place;

  put(origin: TypedArray, target: number, displ: number, request: boolean): Operation | undefined;
  get(result: TypedArray, target: number, displ: number, request: boolean): Operation | undefined;
  /** Atomic for each element with regard to all accumulating accesses, those of this and of the next three calls. */
  accumulate(
    origin: TypedArray,
    target: number,
    displ: number,
    op: Reduction,
    request: boolean,
  ): Operation | undefined;
  getAccumulate(
    origin: TypedArray,
    result: TypedArray,
    target: number,
    displ: number,
    op: Reduction,
    request: boolean,
  ): Operation | undefined;
  /** Arrays of one element; `result` is there on return. */
  fetchAndOp(origin: TypedArray, result: TypedArray, target: number, displ: number, op: Reduction): void;
  compareAndSwap(
    expected: TypedArray,
    origin: TypedArray,
    result: TypedArray,
    target: number,
    displ: number,
  ): void;

  fence(): void;
  lock(target: number, exclusive: boolean): void;
  unlock(target: number, exclusive: boolean): void;
  lockAll(): void;
  unlockAll(): void;
  /** Of accesses to one target, or to all. */
  complete(how: Flush, target: number | 'all'): void;
  /** Makes what other ranks have written visible here, and the reverse (MPI_Win_sync). */
  sync(): void;
  free(): void;
}
