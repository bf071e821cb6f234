import type { Carrier, Operation } from '../fabric/fabric.ts';
import { Kind, kindOf, viewOf, type TypedArray } from '../fabric/memory.ts';
import type { WindowCarrier } from '../fabric/window.ts';
import { CommunicatorBase } from './base.ts';
import type { Communicator } from './communicator.ts';
import { PROC_NULL } from './constants.ts';
import { kindOfType, type AnyMemory, type ElementType } from './element-type.ts';
import { Epochs, type LockType } from './epochs.ts';
import { allNumbers, Handle, refusal } from './handle.ts';
import { SUM, type Op } from './ops.ts';
import { Request } from './request.ts';

export type { LockType } from './epochs.ts';

/** Operations of windows combine elements; those of MPI only (MPI 4.1 §12.3.4). */
type AnyOp = Op<never>;

/**
 * Memory of every rank that the others read and write by themselves, one-sided (MPI 4.1 §12). All elements are of one type; places in the
 * memory of a rank, `displ`, count elements. Accesses are made in epochs: between two fences that all call, or while the memory of a rank is
 * locked; one outside is refused (ERR_RMA_SYNC). `get`, and the array of any access, is complete at the end of the epoch or at a flush, not before;
 * till then the arrays stay untouched. The target PROC_NULL makes an access do nothing.
 */
export class Window<A extends TypedArray> extends Handle {
  /** This rank's memory, zeros at first. Not to be used after `free`. */
  readonly array: A;
  readonly #window: WindowCarrier;
  readonly #type: ElementType<A>;
  readonly #kind: number;
  readonly #lengths: readonly number[];
  readonly #shared: boolean;
  readonly #epochs = new Epochs();

  /** `window` is made before: the stacks that carriers keep of their calls would keep whatever is being constructed, its memory too. */
  private constructor(
    carrier: Carrier,
    type: ElementType<A>,
    lengths: readonly number[],
    window: WindowCarrier,
    shared: boolean,
    own?: A,
  ) {
    super(carrier);
    this.#type = type;
    this.#kind = kindOfType(type);
    this.#lengths = lengths;
    this.#shared = shared;
    this.#window = window;
    this.array = own ?? this.#arrayOf(carrier.rank, lengths[carrier.rank]!);
  }

  /** Collective: `length` elements on this rank; each rank may have its own length, the type is the same on all (§12.2.2). */
  static allocate<A extends TypedArray>(comm: Communicator, type: ElementType<A>, length: number): Window<A> {
    const carrier = CommunicatorBase.begin(comm, 'Window.allocate');
    const lengths = agree(carrier, type, length);
    return new Window(carrier, type, lengths, carrier.window(kindOfType(type), lengths, false), false);
  }

  /**
   * Collective: a window of what each rank has already, an array in a SharedArrayBuffer (§12.2.1). The window begins with what is in it; `free` leaves it to
   * the rank. Lengths may differ, the type is the same on all ranks; a rank without elements gives an empty array. As long as the window is there, an
   * array is in one window only.
   *
   * @throws MpiError ERR_TYPE on every rank, for what is no typed array and for types that differ, ERR_BASE for one outside shared memory: other
   *     threads could not reach it.
   * @example
   * const field = new Float64Array(new SharedArrayBuffer(8 * 1000));
   * const window = Window.create(comm, field);
   */
  static create<A extends TypedArray>(comm: Communicator, array: A): Window<AnyMemory<A>> {
    const carrier = CommunicatorBase.begin(comm, 'Window.create');
    const kind = kindOf(array);
    // Its accesses take arrays in other memory, too.
    const own: unknown = array;
    const isOurs = kind >= 0 && (array.length === 0 || array.buffer instanceof SharedArrayBuffer);
    const lengths = agreeOn(carrier, kind, kind < 0 ? 0 : array.length, Number(isOurs));
    return new Window(
      carrier,
      viewOf(kind, new ArrayBuffer(0)).constructor as ElementType<AnyMemory<A>>,
      lengths,
      carrier.windowOver(array, lengths),
      false,
      own as AnyMemory<A>,
    );
  }

  /**
   * Collective, for ranks of one node: the memory of all lies side by side, rank after rank, and every rank sees all of it, see `shared`
   * (§12.2.3).
   */
  static allocateShared<A extends TypedArray>(
    comm: Communicator,
    type: ElementType<A>,
    length: number,
  ): Window<A> {
    const carrier = CommunicatorBase.begin(comm, 'Window.allocateShared');
    const lengths = agree(carrier, type, length);
    return new Window(carrier, type, lengths, carrier.window(kindOfType(type), lengths, true), true);
  }

  /** Elements in the memory of a rank. */
  length(rank: number): number {
    this.enter('length');
    this.#checkRank(rank);
    return this.#lengths[rank]!;
  }

  /**
   * The memory of a rank of a shared window, to be read and written as one's own; without a rank, that of all ranks, rank after rank
   * (§12.2.3). Who reads what another rank has written synchronizes first: `sync`, a message or barrier, `sync`; or a fence.
   */
  shared(rank?: number): A {
    this.enter('shared');
    if (!this.#shared) {
      throw this.refuse('ERR_RMA_FLAVOR', 'other ranks are seen in windows of Window.allocateShared only');
    }
    if (rank === undefined)
      return this.#arrayOf(
        0,
        this.#lengths.reduce((sum, length) => sum + length, 0),
      );
    this.#checkRank(rank);
    return this.#arrayOf(rank, this.#lengths[rank]!);
  }

  /** Writes an array to the memory of a rank (§12.3.1). */
  put(origin: A, rank: number, displ = 0): void {
    if (this.#access('put', rank, displ, [origin])) this.#window.put(origin, rank, displ, false);
  }

  /** Reads the memory of a rank to an array; the elements are there when the epoch ends, or after a flush (§12.3.2). */
  get(result: A, rank: number, displ = 0): void {
    if (this.#access('get', rank, displ, [result])) this.#window.get(result, rank, displ, false);
  }

  /**
   * Combines the memory of a rank with an array, `memory[i] = memory[i] op origin[i]`, atomic for each element with regard to all accumulating
   * calls (§12.3.4). Takes the predefined operations without MAXLOC and MINLOC, and REPLACE.
   */
  accumulate(origin: A, rank: number, displ = 0, op: AnyOp = SUM): void {
    if (!this.#access('accumulate', rank, displ, [origin])) return;
    this.#checkOp(op, origin);
    this.#window.accumulate(origin, rank, displ, op, false);
  }

  /** As `accumulate`, and `result` gets what was there before, as by `get` (§12.3.4). NO_OP reads only. */
  getAccumulate(origin: A, result: A, rank: number, displ = 0, op: AnyOp = SUM): void {
    if (!this.#access('getAccumulate', rank, displ, [origin, result])) return;
    this.#checkOp(op, origin);
    this.#window.getAccumulate(origin, result, rank, displ, op, false);
  }

  /**
   * As `accumulate`, of one element, and returns at once what was there before (§12.3.4 with a flush, so in epochs of locks only). For
   * PROC_NULL it returns `value`.
   */
  fetchAndOp(value: A[number], rank: number, displ = 0, op: AnyOp = SUM): A[number] {
    const origin = this.#element('fetchAndOp', value);
    const result = this.#zero();
    if (!this.#access('fetchAndOp', rank, displ, [origin, result], true)) return value;
    this.#checkOp(op, origin);
    this.#window.fetchAndOp(origin, result, rank, displ, op);
    return result[0]!;
  }

  /**
   * Writes `value` where `expected` is found and returns what was there, as Atomics.compareExchange does (§12.3.4 with a flush, so in epochs of
   * locks only). Integers only. For PROC_NULL it returns `expected`.
   */
  compareAndSwap(expected: A[number], value: A[number], rank: number, displ = 0): A[number] {
    const before = this.#element('compareAndSwap', expected);
    const after = this.#element('compareAndSwap', value);
    const result = this.#zero();
    if (!this.#access('compareAndSwap', rank, displ, [before, after, result], true)) return expected;
    if (this.#kind === Kind.Float32 || this.#kind === Kind.Float64) {
      throw this.refuse('ERR_TYPE', `elements of a ${this.#type.name} cannot be compared and swapped`);
    }
    this.#window.compareAndSwap(before, after, result, rank, displ);
    return result[0]!;
  }

  /** As `put`, with a request that is complete when `origin` may change (§12.3.5). In epochs of locks only, as all of its kind. */
  rput(origin: A, rank: number, displ = 0): Request<void> {
    const go = this.#access('rput', rank, displ, [origin], true);
    return this.#request(go ? this.#window.put(origin, rank, displ, true) : undefined);
  }

  /** As `get`, with a request that is complete when the elements are there (§12.3.5). */
  rget(result: A, rank: number, displ = 0): Request<void> {
    const go = this.#access('rget', rank, displ, [result], true);
    return this.#request(go ? this.#window.get(result, rank, displ, true) : undefined);
  }

  /** As `accumulate`, with a request that is complete when `origin` may change (§12.3.5). */
  raccumulate(origin: A, rank: number, displ = 0, op: AnyOp = SUM): Request<void> {
    if (!this.#access('raccumulate', rank, displ, [origin], true)) return this.#request(undefined);
    this.#checkOp(op, origin);
    return this.#request(this.#window.accumulate(origin, rank, displ, op, true));
  }

  /** As `getAccumulate`, with a request that is complete when `result` is there (§12.3.5). */
  rgetAccumulate(origin: A, result: A, rank: number, displ = 0, op: AnyOp = SUM): Request<void> {
    const go = this.#access('rgetAccumulate', rank, displ, [origin, result], true);
    if (!go) return this.#request(undefined);
    this.#checkOp(op, origin);
    return this.#request(this.#window.getAccumulate(origin, result, rank, displ, op, true));
  }

  /** Collective: completes all accesses since the last fence, and opens the next epoch for all ranks (§12.5.1). */
  fence(): void {
    this.enter('fence');
    this.#allow(this.#epochs.fence());
    this.#window.fence();
  }

  /** Waits for the memory of a rank, for this rank alone or together with other sharers (§12.5.3). */
  lock(rank: number, type: LockType = 'exclusive'): void {
    this.enter('lock');
    if (!['shared', 'exclusive'].includes(type)) {
      throw this.refuse('ERR_LOCKTYPE', `a lock is 'shared' or 'exclusive', not ${type}`);
    }
    if (this.#nobody(rank)) return;
    this.#allow(this.#epochs.lock(rank, type));
    this.#window.lock(rank, type === 'exclusive');
  }

  /** Completes all accesses to the memory of a rank and gives the lock back (§12.5.3). */
  unlock(rank: number): void {
    this.enter('unlock');
    if (this.#nobody(rank)) return;
    const type = this.#epochs.held(rank);
    this.#allow(this.#epochs.unlock(rank));
    this.#window.unlock(rank, type === 'exclusive');
  }

  /** Locks the memory of all ranks, shared with others (§12.5.3). Not collective. */
  lockAll(): void {
    this.enter('lockAll');
    this.#allow(this.#epochs.lockAll());
    this.#window.lockAll();
  }

  /** The end of `lockAll` (§12.5.3). */
  unlockAll(): void {
    this.enter('unlockAll');
    this.#allow(this.#epochs.unlockAll());
    this.#window.unlockAll();
  }

  /** Completes the accesses to a locked rank, here and there, without giving up the lock (§12.5.4). */
  flush(rank: number): void {
    this.enter('flush');
    if (this.#nobody(rank)) return;
    this.#allow(this.#epochs.access(rank, true));
    this.#window.complete('flush', rank);
  }

  /** As `flush`, for all locked ranks (§12.5.4). */
  flushAll(): void {
    this.enter('flushAll');
    this.#allow(this.#epochs.flushAll());
    this.#window.complete('flush', 'all');
  }

  /** Completes accesses here: arrays may be used again, results are there (§12.5.4). */
  flushLocal(rank: number): void {
    this.enter('flushLocal');
    if (this.#nobody(rank)) return;
    this.#allow(this.#epochs.access(rank, true));
    this.#window.complete('flushLocal', rank);
  }

  /** As `flushLocal`, for all locked ranks (§12.5.4). */
  flushLocalAll(): void {
    this.enter('flushLocalAll');
    this.#allow(this.#epochs.flushAll());
    this.#window.complete('flushLocal', 'all');
  }

  /** Puts in order what this rank and others do to the same memory without accesses: see `shared` (§12.5.4). Within locks. */
  sync(): void {
    this.enter('sync');
    this.#window.sync();
  }

  /** Collective: gives the memory back, when no epoch is open any more (§12.2.5). */
  free(): void {
    this.enter('free');
    this.#allow(this.#epochs.free());
    this.#window.free();
    this.endWith('the window has been freed');
  }

  #arrayOf(rank: number, length: number): A {
    const { buffer, byteOffset } = this.#window.place(rank);
    return new this.#type(buffer, byteOffset, length);
  }

  /** Checks an access to as many elements as each of the arrays has; false where there is nothing to do. */
  #access(operation: string, rank: number, displ: number, arrays: readonly A[], passive = false): boolean {
    this.enter(operation);
    for (const array of arrays) this.#checkArray(array);
    const count = arrays[0]!.length;
    if (arrays.some((array) => array.length !== count)) {
      throw this.refuse(
        'ERR_COUNT',
        `the arrays have ${arrays.map(({ length }) => length).join(' and ')} elements`,
      );
    }
    if (this.#nobody(rank)) return false;
    const length = this.#lengths[rank]!;
    if (!Number.isSafeInteger(displ) || displ < 0) {
      throw this.refuse(
        'ERR_DISP',
        `${String(displ)} is no displacement: they count elements from 0 on`,
        rank,
      );
    }
    if (displ + count > length) {
      const wanted = `${count} element${count === 1 ? '' : 's'} from ${displ}`;
      throw this.refuse('ERR_RMA_RANGE', `${wanted} do not lie in the ${length} of rank ${rank}`, rank);
    }
    this.#allow(this.#epochs.access(rank, passive), rank);
    return count > 0;
  }

  #checkArray(array: A): void {
    if (kindOf(array) === this.#kind) return;
    const given = ArrayBuffer.isView(array) ? array.constructor.name : typeof array;
    throw this.refuse('ERR_TYPE', `the window holds elements of a ${this.#type.name}, not of ${given}`);
  }

  #checkOp(op: AnyOp, array: A): void {
    if (op.code === -1) {
      throw this.refuse(
        'ERR_OP',
        `${op.name} cannot be used in windows: predefined operations on single elements can`,
      );
    }
    // MPI knows no bytes that saturate.
    if (this.#kind === Kind.Uint8Clamped && op.code >= 0) {
      throw this.refuse('ERR_OP', `${op.name} cannot be used on a window of Uint8ClampedArray`);
    }
    try {
      op.check(array);
    } catch (cause) {
      throw this.refuse('ERR_OP', cause instanceof Error ? cause.message : String(cause));
    }
  }

  /** True for PROC_NULL. */
  #nobody(rank: number): boolean {
    if (rank === PROC_NULL) return true;
    this.#checkRank(rank);
    return false;
  }

  #checkRank(rank: number): void {
    const { size } = this.carrier;
    if (rank >>> 0 === rank && rank < size) return;
    throw this.refuse('ERR_RANK', `the window has the ranks 0 to ${size - 1}, not ${String(rank)}`, rank);
  }

  #allow(reason: string | undefined, rank?: number): void {
    if (reason !== undefined) throw this.refuse('ERR_RMA_SYNC', reason, rank);
  }

  /** One element in memory; what does not fit into its type wraps as in a typed array. */
  #element(operation: string, value: A[number]): A {
    this.enter(operation);
    const element = this.#zero();
    const wanted = typeof element[0];
    if (typeof value !== wanted)
      throw this.refuse('ERR_TYPE', `the window holds ${wanted}s, not ${typeof value}s`);
    element.fill(value as never);
    return element;
  }

  #zero(): A {
    return new this.#type(new ArrayBuffer(this.#type.BYTES_PER_ELEMENT), 0, 1);
  }

  #request(operation: Operation | undefined): Request<void> {
    const { fabric } = this.carrier;
    return new Request<void>(operation && { fabric, operation }, () => undefined);
  }
}

/** All ranks with all lengths, or an error on all of them. */
function agree(carrier: Carrier, type: ElementType<TypedArray>, length: number): number[] {
  const valid = Number.isSafeInteger(length) && length >= 0;
  return agreeOn(carrier, kindOfType(type), valid ? length : -1, 1);
}

function agreeOn(carrier: Carrier, own: number, length: number, isShared: number): number[] {
  const all = allNumbers(carrier, own, length, isShared);
  all.forEach(([kind = -1, itsLength = -1, itIsShared = 0], rank) => {
    const who = rank === carrier.rank ? '' : ` on rank ${rank}`;
    if (kind < 0)
      throw refusal(carrier, 'ERR_TYPE', `the element type${who} is not the constructor of a typed array`);
    if (itsLength < 0) throw refusal(carrier, 'ERR_SIZE', `the length${who} is no whole number from 0 on`);
    if (itIsShared === 0)
      throw refusal(carrier, 'ERR_BASE', `the array${who} does not lie in a SharedArrayBuffer`);
    if (kind === all[0]![0]) return;
    throw refusal(carrier, 'ERR_TYPE', `rank 0 and rank ${rank} give different element types`);
  });
  return all.map(([, itsLength = 0]) => itsLength);
}
