import type { Carrier, Joined } from '../fabric/fabric.ts';
import { allocate, type TypedArray } from '../fabric/memory.ts';
import type { Reduced } from './collectives.ts';
import { CollectivesMemory } from './collectives-memory.ts';
import { PROC_NULL, ROOT } from './constants.ts';
import type { Op } from './ops.ts';
import { PointToPointMemory } from './point-to-point-memory.ts';

/** A communicator below another's calls: errors and reports name the call that the user made. */
class Inner extends CollectivesMemory {
  call = '';

  protected override enter(operation: string): Carrier {
    return super.enter(this.call || operation);
  }

  /** What came from the ranks of the other group, combined in rank order. */
  combined<V>(operation: string, values: readonly V[], op: Op<V>): Reduced<V> {
    return this.combine(operation, values, op);
  }
}

/**
 * Collectives between two groups (MPI 4.1 §6.2.3): every rank of both calls the same one. Where there is a root it gives ROOT, the rest of
 * its group PROC_NULL, and the other group the root's rank there; data goes between the root and the other group. Without a
 * root each group gets what the other gives.
 *
 * Each is made of collectives of the own group and messages between the root, or the two ranks 0, in a context of their own.
 */
export class InterCollectives extends PointToPointMemory {
  /** Number of ranks in the other group (§7.6.1). */
  readonly remoteSize: number;
  /** The own group. */
  protected readonly local: Inner;
  /** Both groups; its messages are the collectives' own. */
  protected readonly union: Inner;
  /** Where the other group begins in the union. @internal */
  protected readonly far: number;

  /** What carries messages between the groups and in both. @internal */
  protected readonly joined: Joined;

  /** @internal `local` is for this communicator alone. */
  constructor(joined: Joined, local: Carrier, name: string) {
    super(joined.across, name);
    this.joined = joined;
    this.remoteSize = joined.across.peers;
    this.local = new Inner(local, name);
    this.union = new Inner(joined.union, name);
    this.far = joined.low ? this.size : 0;
  }

  /** Returns when all ranks of both groups have called it (§6.3). */
  barrier(): void {
    this.begin('barrier');
    this.union.barrier();
  }

  /** The root's value, on every rank of the other group; undefined for PROC_NULL (§6.4). */
  bcast<T>(value: T | undefined, root: number): T | undefined {
    this.begin('bcast', root);
    if (root === PROC_NULL) return undefined;
    if (root !== ROOT) return this.#fromRoot<T>(root);
    this.union.send(value, this.far);
    return value;
  }

  /** The other group's values in rank order at the root, undefined elsewhere (§6.5). */
  gather<T>(value: T | undefined, root: number): T[] | undefined {
    this.begin('gather', root);
    if (root === PROC_NULL) return undefined;
    if (root === ROOT) return this.union.recv<T[]>(this.far);
    const all = this.local.gather(value);
    if (all) this.union.send(all, this.far + root);
    return undefined;
  }

  /** Element i of the root's list to rank i of the other group; undefined in the root's (§6.6). */
  scatter<T>(values: readonly T[] | undefined, root: number): T | undefined {
    this.begin('scatter', root);
    if (root === PROC_NULL) return undefined;
    if (root === ROOT) {
      this.checkList(values);
      this.union.send(values, this.far);
      return undefined;
    }
    return this.local.scatter(this.rank === 0 ? this.union.recv<T[]>(this.far + root) : undefined);
  }

  /** The other group's values in rank order, on every rank (§6.7). */
  allgather<T>(value: T): T[] {
    this.begin('allgather');
    return this.#exchange<T[]>(this.local.gather(value));
  }

  /** Element j goes to rank j of the other group; element i of the result came from its rank i (§6.8). */
  alltoall<T>(values: readonly T[]): T[] {
    this.begin('alltoall');
    this.checkList(values);
    const all = new Array<T | undefined>(this.union.size).fill(undefined);
    values.forEach((value, rank) => (all[this.far + rank] = value));
    return this.union.alltoall(all).slice(this.far, this.far + this.remoteSize) as T[];
  }

  /** The other group's values combined in rank order, at the root; undefined elsewhere (§6.9.1). */
  reduce<const V>(value: V, op: Op<V>, root: number): Reduced<V> | undefined {
    this.begin('reduce', root);
    if (root === PROC_NULL) return undefined;
    if (root === ROOT) return this.union.recv<Reduced<V>>(this.far);
    const total = this.local.reduce(value, op);
    if (this.rank === 0) this.union.send(total, this.far + root);
    return undefined;
  }

  /** The other group's values combined in rank order, on every rank (§6.9.6). */
  allreduce<const V>(value: V, op: Op<V>): Reduced<V> {
    this.begin('allreduce');
    return this.#exchange<Reduced<V>>(this.local.reduce(value, op));
  }

  /** The root's elements to the other group (§6.4). Not touched for PROC_NULL. */
  Bcast(array: TypedArray, root: number): void {
    this.begin('Bcast', root);
    this.checkArray(array, 'the array');
    if (root === PROC_NULL) return;
    if (root === ROOT) return this.union.Send(array, this.far);
    if (this.rank === 0) this.union.Recv(array, this.far + root);
    this.local.Bcast(array);
  }

  /** The other group's elements in rank order at the root (§6.5). `send` counts in that group, `recv` at the root. */
  Gather(send: TypedArray | null, recv: TypedArray | null, root: number): void {
    this.begin('Gather', root);
    if (root === PROC_NULL) return;
    if (root === ROOT) return this.#fromAll(recv);
    this.checkArray(send, 'the array to send');
    const all = this.rank === 0 ? allocate(send, this.size * send.length) : null;
    this.local.Gather(send, all);
    if (all) this.union.Send(all, this.far + root);
  }

  /** Equal pieces of the root's array to the other group, in rank order (§6.6). `send` counts at the root, `recv` in the other group. */
  Scatter(send: TypedArray | null, recv: TypedArray | null, root: number): void {
    this.begin('Scatter', root);
    if (root === PROC_NULL) return;
    if (root === ROOT) {
      this.checkArray(send, 'the array to scatter');
      this.checkDivisible(send);
      return this.union.Send(send, this.far);
    }
    this.checkArray(recv, 'the array to receive');
    const all = this.rank === 0 ? allocate(recv, this.size * recv.length) : null;
    if (all) this.union.Recv(all, this.far + root);
    this.local.Scatter(all, recv);
  }

  /** The other group's elements in rank order, on every rank (§6.7). */
  Allgather(send: TypedArray, recv: TypedArray): void {
    this.begin('Allgather');
    this.checkArray(recv, 'the array to receive');
    this.checkArray(send, 'the array to send');
    this.checkPair(send, recv);
    this.checkDivisible(recv);
    const all = this.rank === 0 ? allocate(send, this.size * send.length) : null;
    this.local.Gather(send, all);
    this.#swap(all, recv);
  }

  /** Piece j of `send` to rank j of the other group, piece i of `recv` from its rank i (§6.8). */
  Alltoall(send: TypedArray, recv: TypedArray): void {
    this.begin('Alltoall');
    this.checkArray(send, 'the array to send');
    this.checkArray(recv, 'the array to receive');
    this.checkDivisible(send);
    this.checkDivisible(recv);
    this.union.Alltoallv(this.#pieces(send), this.#pieces(recv));
  }

  /** The other group's elements combined, at the root (§6.9.1). `send` counts in that group, `recv` at the root. */
  Reduce(send: TypedArray | null, recv: TypedArray | null, op: Op<never>, root: number): void {
    this.begin('Reduce', root);
    if (root === PROC_NULL) return;
    if (root === ROOT) {
      this.checkArray(recv, 'the array to receive');
      return this.union.Recv(recv, this.far);
    }
    const total = this.#reduce(send, op);
    if (total) this.union.Send(total, this.far + root);
  }

  /** The other group's elements combined, on every rank (§6.9.6). */
  Allreduce(send: TypedArray, recv: TypedArray, op: Op<never>): void {
    this.begin('Allreduce');
    this.checkArray(send, 'the array to send');
    this.checkArray(recv, 'the array to receive');
    this.checkPair(send, recv);
    this.checkLength(recv, send.length, 'the array to receive');
    this.#swap(this.#reduce(send, op), recv);
  }

  /** Begins a call. */
  protected begin(operation: string, root?: number): void {
    this.enter(operation);
    this.local.call = operation;
    this.union.call = operation;
    this.joined.union.operation = operation;
    if (root === undefined || root === ROOT || root === PROC_NULL) return;
    if (root >>> 0 === root && root < this.remoteSize) return;
    const ranks = `ROOT, PROC_NULL, or a rank of the other group from 0 to ${this.remoteSize - 1}`;
    throw this.refuse('ERR_ROOT', `${String(root)} cannot be the root: it is ${ranks}`);
  }

  /** What the root has sent to our rank 0, to all of us. */
  #fromRoot<T>(root: number): T {
    return this.local.bcast<T>(this.rank === 0 ? this.union.recv<T>(this.far + root) : undefined);
  }

  /** Our rank 0's value for that of theirs, to all of us. */
  #exchange<T>(value: unknown): T {
    const { local, union } = this;
    return local.bcast<T>(this.rank === 0 ? union.sendrecv<T>(value, this.far, 0, this.far, 0) : undefined);
  }

  #swap(mine: TypedArray | null, theirs: TypedArray): void {
    if (mine) this.union.Sendrecv(mine, this.far, 0, theirs, this.far, 0);
    this.local.Bcast(theirs);
  }

  #fromAll(recv: TypedArray | null): void {
    this.checkArray(recv, 'the array to receive');
    this.checkDivisible(recv);
    this.union.Recv(recv, this.far);
  }

  /** The own group's elements combined, on its rank 0. */
  #reduce(send: TypedArray | null, op: Op<never>): TypedArray | null {
    this.checkArray(send, 'the array to send');
    const total = this.rank === 0 ? allocate(send, send.length) : null;
    this.local.Reduce(send, total, op);
    return total;
  }

  /** An array cut evenly over the other group, as blocks of the union. */
  #pieces(data: TypedArray): { data: TypedArray; counts: number[]; displs: number[] } {
    const each = data.length / this.remoteSize;
    const counts = new Array<number>(this.union.size).fill(0);
    const displs = counts.slice();
    for (let rank = 0; rank < this.remoteSize; rank++) {
      counts[this.far + rank] = each;
      displs[this.far + rank] = rank * each;
    }
    return { data, counts, displs };
  }

  protected checkDivisible(array: TypedArray): void {
    if (array.length % this.remoteSize === 0) return;
    const message = `${array.length} elements cannot be cut evenly over the ${this.remoteSize} ranks of the other group`;
    throw this.refuse('ERR_COUNT', message);
  }

  protected checkList(values: readonly unknown[] | undefined): void {
    if (!Array.isArray(values))
      throw this.refuse('ERR_TYPE', 'a list with one value for each rank of the other group is needed');
    if (values.length === this.remoteSize) return;
    throw this.refuse(
      'ERR_COUNT',
      `the list has ${values.length} values for ${this.remoteSize} ranks of the other group`,
    );
  }
}
