import type { Operation } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import type { Outgoing } from '../fabric/message.ts';
import type { Blocks } from './base.ts';
import { move, moveAndFold, moveAndScatter, requestValues, type Side } from './between.ts';
import type { Reduced } from './collectives.ts';
import { PROC_NULL, ROOT } from './constants.ts';
import { InterCollectives } from './intercollectives.ts';
import { equalParts } from './neighbor-exchange.ts';
import type { Op } from './ops.ts';
import { stage, type Pieces } from './pieces.ts';
import { Request } from './request.ts';
import { whenFinished } from './when-finished.ts';

type AnyOp = Op<never>;

/**
 * Collectives between two groups that begin now (MPI 4.1 §6.12 with §6.2.3), each as the call of the same name without the i; and those with blocks
 * of different sizes, which wait for such a one. Counts have an entry for each rank of the other group, those of ReduceScatter one for each of
 * the own. All ranks of both groups begin these in the same order.
 */
export class InterNonblocking extends InterCollectives {
  /** Begins barrier (§6.12.1). */
  ibarrier(): Request<void> {
    this.begin('ibarrier');
    return this.#request(this.joined.union.nonblocking.barrier());
  }

  /** Begins bcast (§6.12.2). */
  ibcast<T>(value: T | undefined, root: number): Request<T | undefined> {
    this.begin('ibcast', root);
    if (root === ROOT) return this.#values(this.#toAll(this.encode(value, true)), [], () => value);
    return this.#values<T, T | undefined>([], this.#only(root), ([got]) => got);
  }

  /** Begins gather (§6.12.3). */
  igather<T>(value: T | undefined, root: number): Request<T[] | undefined> {
    this.begin('igather', root);
    return this.#gathered<T, T[]>(value, root, (all) => all);
  }

  /** Begins scatter (§6.12.4). */
  iscatter<T>(values: readonly T[] | undefined, root: number): Request<T | undefined> {
    this.begin('iscatter', root);
    if (root !== ROOT) return this.#values<T, T | undefined>([], this.#only(root), ([got]) => got);
    return this.#values(this.#each(values), [], () => undefined);
  }

  /** Begins allgather (§6.12.5). */
  iallgather<T>(value: T): Request<T[]> {
    this.begin('iallgather');
    return this.#values<T, T[]>(this.#toAll(this.encode(value, true)), this.#others(), (all) => all);
  }

  /** Begins alltoall (§6.12.6). */
  ialltoall<T>(values: readonly T[]): Request<T[]> {
    this.begin('ialltoall');
    return this.#values<T, T[]>(this.#each(values), this.#others(), (all) => all);
  }

  /** Begins reduce (§6.12.7). */
  ireduce<const V>(value: V, op: Op<V>, root: number): Request<Reduced<V> | undefined> {
    this.begin('ireduce', root);
    return this.#gathered<V, Reduced<V>>(value, root, (all) => this.local.combined('ireduce', all, op));
  }

  /** Begins allreduce (§6.12.8). */
  iallreduce<const V>(value: V, op: Op<V>): Request<Reduced<V>> {
    this.begin('iallreduce');
    return this.#values<V, Reduced<V>>(this.#toAll(this.encode(value, true)), this.#others(), (all) =>
      this.local.combined('iallreduce', all, op),
    );
  }

  /** Begins Bcast (§6.12.2). Leave the arrays of all these calls alone until the request is complete. */
  Ibcast(array: TypedArray, root: number): Request<void> {
    this.begin('Ibcast', root);
    this.checkArray(array, 'the array');
    if (root === ROOT) return this.#request(move(this.#side, this.#toAll(array), []));
    return this.#request(move(this.#side, [], this.#at(root, array)));
  }

  /** Begins Gather (§6.12.3). */
  Igather(send: TypedArray | null, recv: TypedArray | null, root: number): Request<void> {
    this.begin('Igather', root);
    if (root !== ROOT) return this.#request(move(this.#side, this.#given(send, root), []));
    this.checkArray(recv, 'the array to receive');
    this.checkDivisible(recv);
    return this.#request(move(this.#side, [], equalParts(recv, this.remoteSize)));
  }

  /** Begins Gatherv (§6.12.3). */
  Igatherv(send: TypedArray | null, recv: Blocks | null, root: number): Request<void> {
    return this.#request(this.#gatherv('Igatherv', send, recv, root));
  }

  /** The other group's elements at the root, pieces of different sizes; what lies between them stays (§6.5). */
  Gatherv(send: TypedArray | null, recv: Blocks | null, root: number): void {
    this.#request(this.#gatherv('Gatherv', send, recv, root)).wait();
  }

  /** Begins Scatter (§6.12.4). */
  Iscatter(send: TypedArray | null, recv: TypedArray | null, root: number): Request<void> {
    this.begin('Iscatter', root);
    if (root !== ROOT) return this.#request(move(this.#side, [], this.#given(recv, root)));
    this.checkArray(send, 'the array to scatter');
    this.checkDivisible(send);
    return this.#request(move(this.#side, equalParts(send, this.remoteSize), []));
  }

  /** Begins Scatterv (§6.12.4). */
  Iscatterv(send: Blocks | null, recv: TypedArray | null, root: number): Request<void> {
    return this.#request(this.#scatterv('Iscatterv', send, recv, root));
  }

  /** Pieces of different sizes of the root's array to the other group (§6.6). */
  Scatterv(send: Blocks | null, recv: TypedArray | null, root: number): void {
    this.#request(this.#scatterv('Scatterv', send, recv, root)).wait();
  }

  /** Begins Allgather (§6.12.5). */
  Iallgather(send: TypedArray, recv: TypedArray): Request<void> {
    this.begin('Iallgather');
    this.#checkBoth(send, recv);
    this.checkDivisible(recv);
    return this.#request(move(this.#side, this.#toAll(send), equalParts(recv, this.remoteSize)));
  }

  /** Begins Allgatherv (§6.12.5). */
  Iallgatherv(send: TypedArray, recv: Blocks): Request<void> {
    return this.#request(this.#allgatherv('Iallgatherv', send, recv));
  }

  /** The other group's elements on every rank, pieces of different sizes (§6.7). */
  Allgatherv(send: TypedArray, recv: Blocks): void {
    this.#request(this.#allgatherv('Allgatherv', send, recv)).wait();
  }

  /** Begins Alltoall (§6.12.6). */
  Ialltoall(send: TypedArray, recv: TypedArray): Request<void> {
    this.begin('Ialltoall');
    this.#checkBoth(send, recv);
    this.checkDivisible(send);
    this.checkDivisible(recv);
    const { remoteSize } = this;
    return this.#request(move(this.#side, equalParts(send, remoteSize), equalParts(recv, remoteSize)));
  }

  /** Begins Alltoallv (§6.12.6). */
  Ialltoallv(send: Blocks, recv: Blocks): Request<void> {
    return this.#request(this.#alltoallv('Ialltoallv', send, recv));
  }

  /** A block for and from each rank of the other group, of different sizes (§6.8). */
  Alltoallv(send: Blocks, recv: Blocks): void {
    this.#request(this.#alltoallv('Alltoallv', send, recv)).wait();
  }

  /** Begins Alltoallw (§6.12.6). */
  Ialltoallw(send: Pieces, recv: Pieces): Request<void> {
    return this.#request(this.#alltoallw('Ialltoallw', send, recv));
  }

  /** A piece of memory for and from each rank of the other group, of any type and shape (§6.8). */
  Alltoallw(send: Pieces, recv: Pieces): void {
    this.#request(this.#alltoallw('Alltoallw', send, recv)).wait();
  }

  /** Begins Reduce (§6.12.7). */
  Ireduce(send: TypedArray | null, recv: TypedArray | null, op: AnyOp, root: number): Request<void> {
    this.begin('Ireduce', root);
    if (root !== ROOT) {
      if (root !== PROC_NULL && send) this.checkOp(op, send);
      return this.#request(move(this.#side, this.#given(send, root), []));
    }
    this.checkArray(recv, 'the array to receive');
    this.checkOp(op, recv);
    return this.#request(moveAndFold(this.#side, this.#toAll(undefined), recv, op));
  }

  /** Begins Allreduce (§6.12.8). */
  Iallreduce(send: TypedArray, recv: TypedArray, op: AnyOp): Request<void> {
    this.begin('Iallreduce');
    this.#checkBoth(send, recv);
    this.checkLength(recv, send.length, 'the array to receive');
    this.checkOp(op, send);
    return this.#request(moveAndFold(this.#side, this.#toAll(send), recv, op));
  }

  /** Begins ReduceScatterBlock (§6.12.9). */
  IreduceScatterBlock(send: TypedArray, recv: TypedArray, op: AnyOp): Request<void> {
    return this.#request(this.#reduceScatterBlock('IreduceScatterBlock', send, recv, op));
  }

  /** As ReduceScatter with the same number of elements for each rank of the own group (§6.10.1). */
  ReduceScatterBlock(send: TypedArray, recv: TypedArray, op: AnyOp): void {
    this.#request(this.#reduceScatterBlock('ReduceScatterBlock', send, recv, op)).wait();
  }

  /** Begins ReduceScatter (§6.12.10). */
  IreduceScatter(send: TypedArray, recv: TypedArray, counts: readonly number[], op: AnyOp): Request<void> {
    return this.#request(this.#reduceScatter('IreduceScatter', send, recv, counts, op));
  }

  /**
   * The other group's arrays combined, of which each rank of the own group gets its `counts[rank]` elements (§6.10.2). Both groups give arrays of one
   * length, the sum of either's counts.
   */
  ReduceScatter(send: TypedArray, recv: TypedArray, counts: readonly number[], op: AnyOp): void {
    this.#request(this.#reduceScatter('ReduceScatter', send, recv, counts, op)).wait();
  }

  #gatherv(call: string, send: TypedArray | null, recv: Blocks | null, root: number): Operation {
    this.begin(call, root);
    if (root !== ROOT) return move(this.#side, this.#given(send, root), []);
    return move(this.#side, [], this.#parts(recv, 'the blocks to receive'));
  }

  #scatterv(call: string, send: Blocks | null, recv: TypedArray | null, root: number): Operation {
    this.begin(call, root);
    if (root !== ROOT) return move(this.#side, [], this.#given(recv, root));
    return move(this.#side, this.#parts(send, 'the blocks to scatter'), []);
  }

  #allgatherv(call: string, send: TypedArray, recv: Blocks): Operation {
    this.begin(call);
    const into = this.#parts(recv, 'the blocks to receive');
    this.#checkBoth(send, recv.data);
    return move(this.#side, this.#toAll(send), into);
  }

  #alltoallv(call: string, send: Blocks, recv: Blocks): Operation {
    this.begin(call);
    const from = this.#parts(send, 'the blocks to send');
    const into = this.#parts(recv, 'the blocks to receive');
    this.checkPair(send.data, recv.data);
    return move(this.#side, from, into);
  }

  #alltoallw(call: string, send: Pieces, recv: Pieces): Operation {
    this.begin(call);
    const peers = { sends: this.remoteSize, receives: this.remoteSize, name: 'remote rank' };
    const staged = stage(this.carrier, send, recv, peers);
    const operation = move(this.#side, staged.from, staged.into);
    whenFinished(operation, () => {
      if (operation.error === undefined) staged.finish();
    });
    return operation;
  }

  #reduceScatterBlock(call: string, send: TypedArray, recv: TypedArray, op: AnyOp): Operation {
    this.begin(call);
    this.checkArray(recv, 'the array to receive');
    const counts = new Array<number>(this.size).fill(recv.length);
    return this.#reduceScatter(call, send, recv, counts, op);
  }

  #reduceScatter(
    call: string,
    send: TypedArray,
    recv: TypedArray,
    counts: readonly number[],
    op: AnyOp,
  ): Operation {
    this.begin(call);
    this.#checkBoth(send, recv);
    this.checkBlocks({ data: send, counts }, 'the array to send');
    this.checkLength(
      send,
      counts.reduce((sum, count) => sum + count, 0),
      'the array to send',
    );
    this.checkLength(recv, counts[this.rank]!, 'the array to receive');
    this.checkOp(op, send);
    this.checkUnits(op, counts);
    const start = counts.slice(0, this.rank).reduce((sum, count) => sum + count, 0);
    return moveAndScatter(this.#side, this.remoteSize, send, recv, start, op);
  }

  get #side(): Side {
    return { union: this.joined.union, far: this.far };
  }

  #request(operation: Operation): Request<void> {
    return new Request<void>({ fabric: this.carrier.fabric, operation }, () => undefined);
  }

  #values<T, R>(
    messages: readonly (Outgoing | undefined)[],
    sources: readonly number[],
    finish: (values: T[]) => R,
  ): Request<R> {
    return requestValues(this.#side, messages, sources, finish);
  }

  #gathered<T, R>(value: T | undefined, root: number, finish: (all: T[]) => R): Request<R | undefined> {
    if (root === ROOT) return this.#values<T, R>([], this.#others(), finish);
    const outgoing = root === PROC_NULL ? [] : this.#at(root, this.encode(value, true));
    return this.#values(outgoing, [], () => undefined);
  }

  #others(): number[] {
    return Array.from({ length: this.remoteSize }, (_, i) => i);
  }

  /** The root, unless it is of the own group. */
  #only(root: number): number[] {
    return root === PROC_NULL ? [] : [root];
  }

  #toAll<X>(one: X): X[] {
    return new Array<X>(this.remoteSize).fill(one);
  }

  #at<X>(root: number, one: X): (X | undefined)[] {
    return this.#others().map((rank) => (rank === root ? one : undefined));
  }

  #each(values: readonly unknown[] | undefined): Outgoing[] {
    this.checkList(values);
    return (values ?? []).map((value) => this.encode(value, true));
  }

  /** What a rank of the group that is not the root's gives or gets. */
  #given(array: TypedArray | null, root: number): (TypedArray | undefined)[] {
    if (root === PROC_NULL) return [];
    this.checkArray(array, 'the array');
    return this.#at(root, array);
  }

  #parts(blocks: Blocks | null, what: string): TypedArray[] {
    if (blocks === null) throw this.refuse('ERR_BUFFER', `the root needs ${what}: { data, counts, displs? }`);
    const { data, counts, displs } = this.checkBlocks(blocks, what, this.remoteSize, 'remote rank');
    return counts.map((count, i) => data.subarray(displs[i], displs[i]! + count));
  }

  #checkBoth(send: TypedArray, recv: TypedArray): void {
    this.checkArray(send, 'the array to send');
    this.checkArray(recv, 'the array to receive');
    this.checkPair(send, recv);
  }
}
