import type { Operation, Reduction } from '../fabric.ts';
import { byteLengthOf, kindOf, viewOf, type TypedArray } from '../memory.ts';
import { loadSmall, storeSmall } from '../small.ts';
import type { Flush, Place, WindowCarrier } from '../window.ts';
import type { MpiCarrier } from './carrier.ts';
import { SHORT_INTEGERS } from './faults.ts';
import { Double, F, incoming, outgoing, R, Word } from './registers.ts';
import { allOf } from './scheduled.ts';

/** As in native/mpi.c. */
const Sync = {
  FENCE: 0,
  LOCK_SHARED: 1,
  LOCK_EXCLUSIVE: 2,
  UNLOCK: 3,
  LOCK_ALL: 4,
  UNLOCK_ALL: 5,
  FLUSH: 6,
  FLUSH_ALL: 7,
  FLUSH_LOCAL: 8,
  FLUSH_LOCAL_ALL: 9,
  SYNC: 10,
} as const;

/** The place of SUM among the operations of native/mpi.c. */
const SUM_CODE = 0;

/** Where the operand of compareAndSwap lies on the stage, behind the one it is compared with. */
const SECOND = 8;

/** A window of MPI. */
export class MpiWindow implements WindowCarrier {
  readonly #carrier: MpiCarrier;
  readonly #handle: number;
  readonly #buffer: ArrayBufferLike;
  readonly #starts: readonly number[] | undefined;
  /** Elements that one access may sum: from 16 bytes on, Open MPI uses instructions that saturate (faults.ts). */
  readonly #mostSummed: number;
  /** Arrays that MPI may still read or write, by target: they must not be collected before a synchronization. */
  readonly #held = new Map<number, TypedArray[]>();

  /** The user's own memory; MPI allocates none then. */
  readonly #own: TypedArray | undefined;

  /** Collective. */
  constructor(
    carrier: MpiCarrier,
    kind: number,
    lengths: readonly number[],
    shared: boolean,
    array?: TypedArray,
  ) {
    this.#carrier = carrier;
    this.#own = array;
    const elementBytes = viewOf(kind, new ArrayBuffer(0)).BYTES_PER_ELEMENT;
    const saturates = carrier.fabric.faults.has('sum-saturates') && SHORT_INTEGERS.includes(kind);
    this.#mostSummed = saturates ? 16 / elementBytes - 1 : Infinity;
    if (array !== undefined) {
      R[Word.COMM] = carrier.handle;
      R[Word.KIND] = kind;
      F[Double.COUNT] = byteLengthOf(array);
      carrier.fabric.binding.windowCreate(array);
      carrier.fabric.check(carrier);
      this.#handle = R[Word.COMM]!;
      this.#buffer = array.buffer;
      return;
    }
    const own = lengths[carrier.rank]! * elementBytes;
    let end = 0;
    const starts = lengths.map((length) => (end += length * elementBytes) - length * elementBytes);
    R[Word.COMM] = carrier.handle;
    R[Word.KIND] = kind;
    R[Word.MODE] = shared ? 1 : 0;
    F[Double.COUNT] = own;
    F[Double.BYTES] = shared ? end : own;
    const buffer = carrier.fabric.binding.windowAllocate();
    carrier.fabric.check(carrier);
    carrier.fabric.lent.add(buffer);
    this.#handle = R[Word.COMM]!;
    this.#buffer = buffer;
    this.#starts = shared ? starts : undefined;
    // MPI does not say what is in it. Nobody may write before all have cleared their part.
    new Uint8Array(buffer, this.place(carrier.rank).byteOffset, own).fill(0);
    carrier.barrier();
  }

  place(rank: number): Place {
    return { buffer: this.#buffer, byteOffset: this.#starts?.[rank] ?? this.#own?.byteOffset ?? 0 };
  }

  put(origin: TypedArray, target: number, displ: number, request: boolean): Operation | undefined {
    const { binding } = this.#carrier.fabric;
    return this.#access(origin, undefined, target, displ, request, () => binding.windowPut(origin));
  }

  get(result: TypedArray, target: number, displ: number, request: boolean): Operation | undefined {
    const { binding } = this.#carrier.fabric;
    return this.#access(result, undefined, target, displ, request, () => binding.windowGet(result));
  }

  accumulate(
    origin: TypedArray,
    target: number,
    displ: number,
    op: Reduction,
    request: boolean,
  ): Operation | undefined {
    const { binding } = this.#carrier.fabric;
    if (op.code === SUM_CODE && origin.length > this.#mostSummed) {
      return this.#inPieces(origin.length, request, (at, end) =>
        this.accumulate(origin.subarray(at, end), target, displ + at, op, request),
      );
    }
    return this.#access(origin, undefined, target, displ, request, () => {
      R[Word.OP] = op.code;
      binding.windowAccumulate(origin, null);
    });
  }

  getAccumulate(
    origin: TypedArray,
    result: TypedArray,
    target: number,
    displ: number,
    op: Reduction,
    request: boolean,
  ): Operation | undefined {
    const { binding } = this.#carrier.fabric;
    if (op.code === SUM_CODE && origin.length > this.#mostSummed) {
      return this.#inPieces(origin.length, request, (at, end) => {
        const [from, was] = [origin.subarray(at, end), result.subarray(at, end)];
        return this.getAccumulate(from, was, target, displ + at, op, request);
      });
    }
    return this.#access(origin, result, target, displ, request, () => {
      R[Word.OP] = op.code;
      binding.windowAccumulate(origin, result);
    });
  }

  fetchAndOp(origin: TypedArray, result: TypedArray, target: number, displ: number, op: Reduction): void {
    storeSmall(outgoing, 0, origin);
    this.#address(origin, target, displ, 0);
    R[Word.OP] = op.code;
    this.#carrier.fabric.binding.windowFetchAndOp();
    this.#arrive(result, target);
  }

  compareAndSwap(
    expected: TypedArray,
    origin: TypedArray,
    result: TypedArray,
    target: number,
    displ: number,
  ): void {
    storeSmall(outgoing, 0, expected);
    storeSmall(outgoing, SECOND, origin);
    this.#address(origin, target, displ, 0);
    this.#carrier.fabric.binding.windowCompareAndSwap();
    this.#arrive(result, target);
  }

  fence(): void {
    this.#synchronize(Sync.FENCE, 0);
    this.#held.clear();
  }

  lock(target: number, exclusive: boolean): void {
    this.#synchronize(exclusive ? Sync.LOCK_EXCLUSIVE : Sync.LOCK_SHARED, target);
  }

  unlock(target: number): void {
    this.#synchronize(Sync.UNLOCK, target);
    this.#held.delete(target);
  }

  lockAll(): void {
    this.#synchronize(Sync.LOCK_ALL, 0);
  }

  unlockAll(): void {
    this.#synchronize(Sync.UNLOCK_ALL, 0);
    this.#held.clear();
  }

  complete(how: Flush, target: number | 'all'): void {
    if (target === 'all') {
      this.#synchronize(how === 'flush' ? Sync.FLUSH_ALL : Sync.FLUSH_LOCAL_ALL, 0);
      this.#held.clear();
    } else {
      this.#synchronize(how === 'flush' ? Sync.FLUSH : Sync.FLUSH_LOCAL, target);
      this.#held.delete(target);
    }
  }

  sync(): void {
    this.#synchronize(Sync.SYNC, 0);
  }

  free(): void {
    R[Word.COMM] = this.#handle;
    if (this.#own === undefined && this.#buffer instanceof ArrayBuffer) {
      this.#carrier.fabric.binding.detach(this.#buffer);
      this.#carrier.fabric.lent.delete(this.#buffer);
      // What it detaches through is in the registers, too.
      R[Word.COMM] = this.#handle;
    }
    this.#carrier.fabric.binding.windowFree();
    this.#carrier.fabric.check(this.#carrier);
  }

  #address(array: TypedArray, target: number, displ: number, mode: number): void {
    R[Word.COMM] = this.#handle;
    R[Word.PEER] = target;
    R[Word.KIND] = kindOf(array);
    R[Word.MODE] = mode;
    F[Double.COUNT] = array.length;
    F[Double.ADDRESS] = displ;
  }

  #access(
    array: TypedArray,
    second: TypedArray | undefined,
    target: number,
    displ: number,
    request: boolean,
    call: () => void,
  ): Operation | undefined {
    const { fabric } = this.#carrier;
    this.#address(array, target, displ, request ? 1 : 0);
    if (request) return fabric.begin(this.#carrier, 'send', 0, [array, second], call);
    call();
    fabric.check(this.#carrier, target);
    let held = this.#held.get(target);
    if (held === undefined) this.#held.set(target, (held = []));
    held.push(array);
    if (second !== undefined) held.push(second);
    return undefined;
  }

  /** Accesses the elements in pieces that the library sums one by one. */
  #inPieces(
    length: number,
    request: boolean,
    access: (at: number, end: number) => Operation | undefined,
  ): Operation | undefined {
    const operations: Operation[] = [];
    for (let at = 0; at < length; at += this.#mostSummed) {
      const operation = access(at, Math.min(at + this.#mostSummed, length));
      if (operation !== undefined) operations.push(operation);
    }
    return request ? allOf(operations) : undefined;
  }

  /** Waits for the result of a call on the stage. */
  #arrive(result: TypedArray, target: number): void {
    this.#carrier.fabric.check(this.#carrier, target);
    this.#synchronize(Sync.FLUSH, target);
    this.#held.delete(target);
    loadSmall(incoming, 0, result, byteLengthOf(result));
  }

  #synchronize(what: number, target: number): void {
    R[Word.COMM] = this.#handle;
    R[Word.PEER] = target;
    R[Word.MODE] = what;
    this.#carrier.fabric.binding.windowSynchronize();
    this.#carrier.fabric.check(this.#carrier);
  }
}
