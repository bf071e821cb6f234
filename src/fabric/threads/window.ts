import { copyBytes } from '../copy.ts';
import { MpiError } from '../error.ts';
import type { Reduction } from '../fabric.ts';
import { byteLengthOf, bytesOf, viewOf, type TypedArray } from '../memory.ts';
import type { Place, WindowCarrier } from '../window.ts';
import type { ThreadsCarrier } from './carrier.ts';
import { ThreadOperation } from './operation.ts';
import { freed, reclaim } from './reclaim.ts';
import { shareAll, shareMemory } from './share.ts';
import { WindowLocks } from './window-locks.ts';

/** Parts that nobody asked to lie side by side start on cache lines of their own. */
const LINE_BYTES = 64;

/**
 * A window over threads: locks, then the parts of all ranks, in one SharedArrayBuffer. Accesses happen in the call; synchronization is left with
 * making them visible.
 */
export class ThreadsWindow implements WindowCarrier {
  readonly #carrier: ThreadsCarrier;
  readonly #user: ThreadsCarrier;
  readonly #locks: WindowLocks;
  readonly #parts: TypedArray[];
  readonly #bytes: Uint8Array[];
  /** Memory made for this window. */
  readonly #size: number;

  /**
   * Collective. `user` is the communicator the window is made on, `carrier` the window's own. `own`: the memory that this rank has for it already; it
   * is shared.
   */
  constructor(
    user: ThreadsCarrier,
    carrier: ThreadsCarrier,
    kind: number,
    lengths: readonly number[],
    contiguous: boolean,
    own?: TypedArray,
  ) {
    const { size, rank, group } = carrier;
    const { engine } = carrier.fabric;
    const elementBytes = viewOf(kind, new ArrayBuffer(0)).BYTES_PER_ELEMENT;
    let end = Math.ceil(WindowLocks.bytes(size) / LINE_BYTES) * LINE_BYTES;
    const starts = lengths.map((length) => {
      const start = end;
      if (own === undefined) end += length * elementBytes;
      if (own === undefined && !contiguous) end = Math.ceil(end / LINE_BYTES) * LINE_BYTES;
      return start;
    });
    reclaim();
    const memory = shareMemory(carrier, () => new SharedArrayBuffer(end));
    if (memory === undefined) {
      carrier.free();
      const message = `there is no memory for a window of ${end} bytes`;
      throw new MpiError('ERR_NO_MEM', message, { operation: user.operation, rank: user.rank });
    }
    this.#size = end;
    this.#user = user;
    this.#carrier = carrier;
    this.#locks = new WindowLocks(memory, size, rank, (other) => engine.bell.ring(group.members[other]!));
    const places =
      own === undefined
        ? starts.map((byteOffset) => ({ buffer: memory, byteOffset }))
        : placesOf(carrier, own);
    this.#parts = places.map(({ buffer, byteOffset }, r) => viewOf(kind, buffer, byteOffset, lengths[r]));
    this.#bytes = this.#parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
  }

  place(rank: number): Place {
    return this.#parts[rank]!;
  }

  put(origin: TypedArray, target: number, displ: number): undefined {
    const to = displ * origin.BYTES_PER_ELEMENT;
    copyBytes(this.#bytes[target]!, to, bytesOf(origin), 0, byteLengthOf(origin));
  }

  get(result: TypedArray, target: number, displ: number): undefined {
    const from = displ * result.BYTES_PER_ELEMENT;
    copyBytes(bytesOf(result), 0, this.#bytes[target]!, from, byteLengthOf(result));
  }

  accumulate(origin: TypedArray, target: number, displ: number, op: Reduction): undefined {
    const part = this.#parts[target]!.subarray(displ, displ + origin.length);
    this.#locks.alone(target, () => op.fold(part, origin));
  }

  getAccumulate(
    origin: TypedArray,
    result: TypedArray,
    target: number,
    displ: number,
    op: Reduction,
  ): undefined {
    const part = this.#parts[target]!.subarray(displ, displ + origin.length);
    this.#locks.alone(target, () => {
      result.set(part as never);
      op.fold(part, origin);
    });
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
    const part = this.#parts[target]!;
    this.#locks.alone(target, () => {
      result[0] = part[displ]!;
      if (result[0] === expected[0]) part[displ] = origin[0]!;
    });
  }

  fence(): void {
    this.#carrier.operation = this.#user.operation;
    this.#carrier.barrier();
  }

  lock(target: number, exclusive: boolean): void {
    if (this.#locks.ask(target, exclusive)) return;
    const { fabric, group } = this.#carrier;
    const call = `${this.#user.operation}(${target}, ${exclusive ? 'exclusive' : 'shared'})`;
    const waiting = new ThreadOperation('with', 2 * group.id + 1, group, -1, -1, call);
    // A watch: whether it is granted is looked at once more when this rank can be rung, before it sleeps.
    fabric.engine.watch(waiting, () => this.#locks.granted());
  }

  unlock(target: number, exclusive: boolean): void {
    this.#locks.release(target, exclusive);
  }

  lockAll(): void {
    for (let target = 0; target < this.#carrier.size; target++) this.lock(target, false);
  }

  unlockAll(): void {
    for (let target = 0; target < this.#carrier.size; target++) this.unlock(target, false);
  }

  complete(): void {
    this.#locks.fence();
  }

  sync(): void {
    this.#locks.fence();
  }

  free(): void {
    this.#carrier.operation = this.#user.operation;
    this.#carrier.free();
    freed(this.#size);
  }
}

/** Where every rank has what it brings. */
function placesOf(carrier: ThreadsCarrier, own: TypedArray): Place[] {
  const offsets = new Float64Array(carrier.size);
  carrier.allgather(Float64Array.of(own.byteOffset), offsets);
  // An array without elements may lie anywhere.
  const memory = own.buffer instanceof SharedArrayBuffer ? own.buffer : new SharedArrayBuffer(own.byteOffset);
  return shareAll(carrier, memory).map((buffer, rank) => ({ buffer, byteOffset: offsets[rank]! }));
}
