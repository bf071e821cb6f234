import { MpiError, type MpiErrorCode } from '../fabric/error.ts';
import type { Carrier } from '../fabric/fabric.ts';
import { kindOf, type Irregular, type TypedArray } from '../fabric/memory.ts';
import { ANY_SOURCE, ANY_TAG, PROC_NULL } from './constants.ts';
import type { Op } from './ops.ts';
import { borrow, giveBack } from './staging.ts';
import { isView, type Memory } from './view.ts';

/** Blocks of different sizes in one array: `counts` elements for or from each rank, from element `displs` on (default: packed). */
export interface Blocks {
  readonly data: TypedArray;
  readonly counts: readonly number[];
  readonly displs?: readonly number[];
}

/** A communicator keeps no more than so much memory alive by remembering arrays. */
const PAIR_BYTES = 65536;

/** What all calls of a communicator share: who we are, and the refusal of bad arguments before anything is sent. */
export class CommunicatorBase {
  /** This process's rank, 0 … size − 1 (MPI 4.1 §7.4.1). */
  readonly rank: number;
  /** Number of ranks. */
  readonly size: number;
  /** For reports: 'world', 'self', or how it was derived. */
  readonly name: string;
  /** How many ranks messages go to and come from. */
  protected readonly peers: number;
  /** What carries its messages. @internal */
  protected readonly carrier: Carrier;
  #freed = false;
  /** Two short arrays that the last call found fit to go together. */
  #pairSend: TypedArray | undefined;
  #pairRecv: TypedArray | undefined;

  /** @internal */
  constructor(carrier: Carrier, name: string) {
    this.carrier = carrier;
    this.rank = carrier.rank;
    this.size = carrier.size;
    this.peers = carrier.peers;
    this.name = name;
  }

  /** Begins a call: its name goes into errors and reports. */
  protected enter(operation: string): Carrier {
    const { carrier } = this;
    carrier.operation = operation;
    if (this.#freed) throw this.refuse('ERR_COMM', `the communicator '${this.name}' has been freed`);
    return carrier;
  }

  /** @internal The same for calls that make windows and files on a communicator. */
  static begin(comm: CommunicatorBase, operation: string): Carrier {
    return comm.enter(operation);
  }

  /**
   * The handle by which the MPI library itself knows this communicator (MPI 4.1 §19.3.4 MPI_Comm_c2f), for
   * libraries of other languages in this process: they make a communicator of it with `MPI_Comm_f2c`. It is
   * valid until the communicator is freed. Undefined over threads and without a launcher.
   *
   * @throws MpiError ERR_COMM when the communicator has been freed
   */
  fortranHandle(): number | undefined {
    return this.enter('fortranHandle').fortranHandle?.();
  }

  protected markFreed(): void {
    this.#freed = true;
  }

  protected refuse(
    code: MpiErrorCode,
    message: string,
    extra: { peer?: number; tag?: number; cause?: unknown } = {},
  ): MpiError {
    return new MpiError(code, message, { operation: this.carrier.operation, rank: this.rank, ...extra });
  }

  /** True for PROC_NULL: then there is nothing to do. */
  protected checkPeer(dest: number, tag: number): boolean {
    if (tag >>> 0 !== tag || tag > this.carrier.fabric.tagUpperBound) throw this.#badTag(tag);
    if (dest >>> 0 === dest && dest < this.peers) return false;
    if (dest === PROC_NULL) return true;
    throw this.refuse('ERR_RANK', `there is no rank ${String(dest)} to send to: ${this.#ranks(this.peers)}`, {
      peer: dest,
      tag,
    });
  }

  protected checkSource(source: number, tag: number): boolean {
    if (tag !== ANY_TAG && (tag >>> 0 !== tag || tag > this.carrier.fabric.tagUpperBound))
      throw this.#badTag(tag);
    if ((source >>> 0 === source && source < this.peers) || source === ANY_SOURCE) return false;
    if (source === PROC_NULL) return true;
    const message = `there is no rank ${String(source)} to receive from: ${this.#ranks(this.peers)}, or ANY_SOURCE`;
    throw this.refuse('ERR_RANK', message, { peer: source, tag });
  }

  protected checkRoot(root: number): void {
    if (root >>> 0 === root && root < this.size) return;
    throw this.refuse('ERR_ROOT', `rank ${String(root)} cannot be the root: ${this.#ranks(this.size)}`);
  }

  protected checkArray(array: unknown, what: string): asserts array is TypedArray {
    if (!isTypedArray(array)) throw this.#noArray(array, what);
  }

  protected checkMemory(memory: Memory, what: string): void {
    if (!isTypedArray(memory) && !isView(memory)) throw this.#noArray(memory, what);
  }

  /** What to send: a typed array itself, the elements of a view packed (or where they are, when they lie together). `giveBack` it. */
  protected outgoing(memory: Memory, what: string): TypedArray {
    if (isTypedArray(memory)) return memory;
    if (isView(memory)) return memory.contiguous() ?? memory.pack(borrow(memory.array, memory.length));
    throw this.#noArray(memory, what);
  }

  /** Where to receive into: a typed array itself, for a view memory from which `land` brings the elements home. */
  protected landing(memory: Memory, what: string): TypedArray {
    if (isTypedArray(memory)) return memory;
    if (isView(memory)) return memory.contiguous() ?? borrow(memory.array, memory.length);
    throw this.#noArray(memory, what);
  }

  /** Brings home `bytes` that have come into the landing of `memory`. */
  protected land(memory: Memory, landing: TypedArray, bytes: number): void {
    if (landing === memory || !isView(memory) || landing.buffer === memory.array.buffer) return;
    memory.unpack(landing, Math.floor(bytes / landing.BYTES_PER_ELEMENT));
    giveBack(landing);
  }

  /** Both of one element type, and apart. Loops come again with the same arrays, and to ask two for their buffers takes 40 ns. */
  protected checkPair(send: TypedArray, recv: TypedArray): void {
    if (send === this.#pairSend && recv === this.#pairRecv) return;
    if (kindOf(send) !== kindOf(recv)) {
      const types = `${send.constructor.name} to send and ${recv.constructor.name} to receive`;
      throw this.refuse('ERR_TYPE', `the arrays are of different types: ${types}`);
    }
    this.checkApart(send, recv);
    if (send.buffer.byteLength + recv.buffer.byteLength > PAIR_BYTES) return;
    this.#pairSend = send;
    this.#pairRecv = recv;
  }

  /** MPI forbids send and receive buffers that overlap (MPI 4.1 §2.3); implementations differ in what they do then. */
  protected checkApart(send: TypedArray, recv: TypedArray): void {
    if (send.buffer !== recv.buffer) return;
    const before = send.byteOffset + send.byteLength <= recv.byteOffset;
    const behind = recv.byteOffset + recv.byteLength <= send.byteOffset;
    if (before || behind || send.byteLength === 0 || recv.byteLength === 0) return;
    throw this.refuse(
      'ERR_BUFFER',
      'the arrays to send and to receive overlap: use IN_PLACE or another array',
    );
  }

  protected checkLength(array: TypedArray, expected: number, what: string): void {
    if (array.length === expected) return;
    throw this.refuse('ERR_COUNT', `${what} has ${array.length} elements where ${expected} are needed`);
  }

  /** `parts` blocks, each for or from one `peer`. */
  protected checkBlocks(blocks: Blocks, what: string, parts: number = this.size, peer = 'rank'): Irregular {
    this.checkArray(blocks.data, `${what}.data`);
    const { data, counts } = blocks;
    const displs = blocks.displs ?? packed(counts);
    if (counts.length !== parts || displs.length !== parts) {
      const lengths = `${counts.length} counts and ${displs.length} displs`;
      throw this.refuse('ERR_COUNT', `${what} has ${lengths} for ${parts} ${peer}s`);
    }
    counts.forEach((count, i) => {
      const start = displs[i]!;
      const whole = Number.isInteger(count) && Number.isInteger(start) && count >= 0 && start >= 0;
      if (whole && start + count <= data.length) return;
      const block = `the block of ${peer} ${i} (${count} elements from ${start})`;
      throw this.refuse(
        'ERR_COUNT',
        `${block} does not lie within the ${data.length} elements of ${what}.data`,
      );
    });
    return { data, counts, displs };
  }

  protected checkOp(op: Op<never>, array: TypedArray): void {
    try {
      op.check(array);
    } catch (cause) {
      throw this.refuse('ERR_OP', cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  /** Each rank must get whole units of what the operation combines. */
  protected checkUnits(op: Op<never>, counts: readonly number[]): void {
    const rank = counts.findIndex((count) => count % op.unit !== 0);
    if (rank < 0) return;
    const units = `${op.name} combines units of ${op.unit} elements`;
    throw this.refuse('ERR_COUNT', `${units}: rank ${rank} cannot get ${counts[rank]!} of them`);
  }

  #noArray(array: unknown, what: string): MpiError {
    const given = array === null ? 'null' : typeof array === 'object' ? array.constructor.name : typeof array;
    return this.refuse('ERR_TYPE', `${what} must be a typed array, not ${given}`);
  }

  #badTag(tag: number): MpiError {
    const range = `0 to ${this.carrier.fabric.tagUpperBound}`;
    return this.refuse('ERR_TAG', `${String(tag)} is not a tag: tags are whole numbers from ${range}`, {
      tag,
    });
  }

  #ranks(count: number): string {
    return count === 1
      ? `'${this.name}' has rank 0 only`
      : `the ranks of '${this.name}' are 0 to ${count - 1}`;
  }
}

const isTypedArray = (memory: unknown): memory is TypedArray => kindOf(memory) >= 0;

/** Each block right behind the one before. */
function packed(counts: readonly number[]): number[] {
  let end = 0;
  return counts.map((count) => (end += count) - count);
}
