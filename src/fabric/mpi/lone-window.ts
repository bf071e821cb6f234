import type { Reduction } from '../fabric.ts';
import { copy, type TypedArray } from '../memory.ts';
import type { Place, WindowCarrier } from '../window.ts';

/**
 * A window of one rank's own memory, for that rank alone. Open MPI 4.1 has no component for it: MPI_Win_create on a communicator of one
 * process is MPI_ERR_WIN. Accesses happen in the call; nobody is there to synchronize with.
 */
export class LoneWindow implements WindowCarrier {
  readonly #array: TypedArray;

  constructor(array: TypedArray) {
    this.#array = array;
  }

  place(): Place {
    return this.#array;
  }

  put(origin: TypedArray, _target: number, displ: number): undefined {
    copy(this.#array, origin, displ);
  }

  get(result: TypedArray, _target: number, displ: number): undefined {
    copy(result, this.#part(displ, result.length));
  }

  accumulate(origin: TypedArray, _target: number, displ: number, op: Reduction): undefined {
    op.fold(this.#part(displ, origin.length), origin);
  }

  getAccumulate(
    origin: TypedArray,
    result: TypedArray,
    target: number,
    displ: number,
    op: Reduction,
  ): undefined {
    this.get(result, target, displ);
    this.accumulate(origin, target, displ, op);
  }

  fetchAndOp(origin: TypedArray, result: TypedArray, target: number, displ: number, op: Reduction): void {
    this.getAccumulate(origin, result, target, displ, op);
  }

  compareAndSwap(
    expected: TypedArray,
    origin: TypedArray,
    result: TypedArray,
    target: number,
    displ: number,
  ): void {
    this.get(result, target, displ);
    if (result[0] === expected[0]) this.put(origin, target, displ);
  }

  fence(): void {
    // One rank is in order with itself: this holds for the rest, too.
  }

  lock(): void {
    this.fence();
  }

  unlock(): void {
    this.fence();
  }

  lockAll(): void {
    this.fence();
  }

  unlockAll(): void {
    this.fence();
  }

  complete(): void {
    this.fence();
  }

  sync(): void {
    this.fence();
  }

  free(): void {
    this.fence();
  }

  #part(displ: number, count: number): TypedArray {
    return this.#array.subarray(displ, displ + count);
  }
}
