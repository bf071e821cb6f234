import type { TypedArray } from '../fabric/memory.ts';
import type { Blocks } from './base.ts';
import { Collectives } from './collectives.ts';
import { IN_PLACE, type InPlace } from './constants.ts';
import type { Op } from './ops.ts';
import type { Memory } from './view.ts';

/** Reductions of memory take any operation that can combine elements. */
type AnyOp = Op<never>;

/**
 * Collectives on typed arrays (MPI 4.1 §6). Lengths are checked on each rank; that they agree between ranks is the caller's
 * promise, as in MPI. IN_PLACE stands for the send array (Scatter: the receive array at the root) when the data lies where the result goes.
 */
export class CollectivesMemory extends Collectives {
  /** The root's elements to all (§6.4). Ranks may lay them out differently: an array here, a view of a larger one there. */
  Bcast(memory: Memory, root = 0): void {
    const carrier = this.enter('Bcast');
    this.checkRoot(root);
    const atRoot = this.rank === root;
    const array = atRoot ? this.outgoing(memory, 'the array') : this.landing(memory, 'the array');
    carrier.bcast(array, root);
    if (!atRoot) this.land(memory, array, array.byteLength);
  }

  /** Equal pieces of the root's array, in rank order (§6.6). `send` counts at the root only. */
  Scatter(send: TypedArray | null, recv: TypedArray | InPlace, root = 0): void {
    const carrier = this.enter('Scatter');
    this.checkRoot(root);
    if (this.rank === root) {
      this.checkArray(send, 'the array to scatter');
      if (recv === IN_PLACE) this.#checkDivisible(send);
      else this.#checkAll(send, recv, 'the array to scatter');
    }
    const into = this.#inPlaceAt(root, recv, 'the array to receive');
    carrier.scatter(this.rank === root ? send : null, into, root);
  }

  /** As Scatter, with pieces of different sizes (§6.6). */
  Scatterv(send: Blocks | null, recv: TypedArray | InPlace, root = 0): void {
    const carrier = this.enter('Scatterv');
    this.checkRoot(root);
    const into = this.#inPlaceAt(root, recv, 'the array to receive');
    if (this.rank !== root) return carrier.scatterv(null, into, root);
    const blocks = this.checkBlocks(this.#given(send, 'blocks to scatter'), 'the blocks');
    if (into) {
      this.checkPair(blocks.data, into);
      this.checkLength(into, blocks.counts[root]!, 'the array to receive');
    }
    carrier.scatterv(blocks, into, root);
  }

  /** Everyone's elements in rank order at the root (§6.5). `recv` counts at the root only. */
  Gather(send: TypedArray | InPlace, recv: TypedArray | null, root = 0): void {
    const carrier = this.enter('Gather');
    this.checkRoot(root);
    const from = this.#inPlaceAt(root, send, 'the array to send');
    if (this.rank !== root) return carrier.gather(from, null, root);
    this.checkArray(recv, 'the array to receive');
    if (from) this.#checkAll(recv, from, 'the array to receive');
    else this.#checkDivisible(recv);
    carrier.gather(from, recv, root);
  }

  /** As Gather, with pieces of different sizes (§6.5); what lies between the blocks stays. */
  Gatherv(send: TypedArray | InPlace, recv: Blocks | null, root = 0): void {
    const carrier = this.enter('Gatherv');
    this.checkRoot(root);
    const from = this.#inPlaceAt(root, send, 'the array to send');
    if (this.rank !== root) return carrier.gatherv(from, null, root);
    const blocks = this.checkBlocks(this.#given(recv, 'blocks to receive'), 'the blocks');
    if (from) this.#checkOwn(from, blocks.data, blocks.counts[root]!);
    carrier.gatherv(from, blocks, root);
  }

  /** Everyone's elements in rank order, on every rank (§6.7). */
  Allgather(send: TypedArray | InPlace, recv: TypedArray): void {
    const carrier = this.enter('Allgather');
    this.checkArray(recv, 'the array to receive');
    const from = this.#inPlace(send);
    if (from) this.#checkAll(recv, from, 'the array to receive');
    else this.#checkDivisible(recv);
    carrier.allgather(from, recv);
  }

  /** As Allgather, with pieces of different sizes (§6.7). */
  Allgatherv(send: TypedArray | InPlace, recv: Blocks): void {
    const carrier = this.enter('Allgatherv');
    const blocks = this.checkBlocks(recv, 'the blocks');
    const from = this.#inPlace(send);
    if (from) this.#checkOwn(from, blocks.data, blocks.counts[this.rank]!);
    carrier.allgather(from, blocks);
  }

  /** Piece j of `send` to rank j, piece i of `recv` from rank i (§6.8). */
  Alltoall(send: TypedArray | InPlace, recv: TypedArray): void {
    const carrier = this.enter('Alltoall');
    this.checkArray(recv, 'the array to receive');
    this.#checkDivisible(recv);
    const from = this.#inPlace(send);
    if (from) {
      this.checkPair(from, recv);
      this.checkLength(from, recv.length, 'the array to send');
    }
    carrier.alltoall(from, recv);
  }

  /** As Alltoall, with pieces of different sizes (§6.8). */
  Alltoallv(send: Blocks | InPlace, recv: Blocks): void {
    const carrier = this.enter('Alltoallv');
    const into = this.checkBlocks(recv, 'the blocks to receive');
    if (send === IN_PLACE) return carrier.alltoall(null, into);
    const from = this.checkBlocks(send, 'the blocks to send');
    this.checkPair(from.data, into.data);
    carrier.alltoall(from, into);
  }

  /** Elements combined over the ranks, at the root (§6.9.1). `recv` counts at the root only. */
  Reduce(send: TypedArray | InPlace, recv: TypedArray | null, op: AnyOp, root = 0): void {
    const carrier = this.enter('Reduce');
    this.checkRoot(root);
    const from = this.#inPlaceAt(root, send, 'the array to send');
    if (from) this.checkOp(op, from);
    if (this.rank !== root) return carrier.reduce(from, null, op, root);
    this.checkArray(recv, 'the array to receive');
    this.#checkReduction(from, recv, op);
    carrier.reduce(from, recv, op, root);
  }

  /** Elements combined over the ranks, on every rank (§6.9.6). */
  Allreduce(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    const carrier = this.enter('Allreduce');
    this.checkArray(recv, 'the array to receive');
    const from = this.#inPlace(send);
    this.#checkReduction(from, recv, op);
    carrier.allreduce(from, recv, op);
  }

  /** Combines over the ranks and gives each rank its `counts[rank]` elements (§6.10.2). IN_PLACE: the input lies in `recv`. */
  ReduceScatter(send: TypedArray | InPlace, recv: TypedArray, counts: readonly number[], op: AnyOp): void {
    this.enter('ReduceScatter');
    this.#reduceScatter(send, recv, counts, op);
  }

  /** As ReduceScatter with the same number of elements for each rank (§6.10.1). */
  ReduceScatterBlock(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    this.enter('ReduceScatterBlock');
    this.checkArray(recv, 'the array to receive');
    if (send === IN_PLACE) this.#checkDivisible(recv);
    const each = send === IN_PLACE ? recv.length / this.size : recv.length;
    this.#reduceScatter(send, recv, new Array<number>(this.size).fill(each), op);
  }

  /** Elements combined over ranks 0 to this one (§6.11.1). */
  Scan(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    const carrier = this.enter('Scan');
    this.checkArray(recv, 'the array to receive');
    const from = this.#inPlace(send);
    this.#checkReduction(from, recv, op);
    carrier.scan(from, recv, op);
  }

  /** Elements combined over the ranks below this one; rank 0's array stays as it was (§6.11.2). */
  Exscan(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    const carrier = this.enter('Exscan');
    this.checkArray(recv, 'the array to receive');
    const from = this.#inPlace(send);
    this.#checkReduction(from, recv, op);
    carrier.exscan(from, recv, op);
  }

  #reduceScatter(send: TypedArray | InPlace, recv: TypedArray, counts: readonly number[], op: AnyOp): void {
    this.checkArray(recv, 'the array to receive');
    const from = this.#inPlace(send);
    this.checkBlocks({ data: from ?? recv, counts }, 'the input');
    const total = counts.reduce((sum, count) => sum + count, 0);
    this.checkLength(from ?? recv, total, 'the input');
    if (from) {
      this.checkPair(from, recv);
      this.checkLength(recv, counts[this.rank]!, 'the array to receive');
    }
    this.checkOp(op, from ?? recv);
    this.carrier.reduceScatter(from, recv, counts, op);
  }

  #inPlace(send: TypedArray | InPlace): TypedArray | null {
    if (send === IN_PLACE) return null;
    this.checkArray(send, 'the array to send');
    return send;
  }

  /** IN_PLACE where only the root may say so. */
  #inPlaceAt(root: number, array: TypedArray | InPlace, what: string): TypedArray | null {
    if (array === IN_PLACE) {
      if (this.rank === root) return null;
      throw this.refuse('ERR_BUFFER', 'IN_PLACE is for the root only in this call');
    }
    this.checkArray(array, what);
    return array;
  }

  #given(blocks: Blocks | null, what: string): Blocks {
    if (blocks !== null && typeof blocks === 'object') return blocks;
    throw this.refuse('ERR_BUFFER', `the root needs ${what}: { data, counts, displs? }`);
  }

  /** `all` has room for `one` of each rank. */
  #checkAll(all: TypedArray, one: unknown, what: string): void {
    this.checkArray(one, 'the array of one rank');
    this.checkPair(all, one);
    this.checkLength(all, one.length * this.size, what);
  }

  #checkOwn(send: TypedArray, data: TypedArray, count: number): void {
    this.checkPair(send, data);
    this.checkLength(send, count, 'the array to send');
  }

  #checkDivisible(array: TypedArray): void {
    if (array.length % this.size === 0) return;
    throw this.refuse('ERR_COUNT', `${array.length} elements cannot be cut into ${this.size} equal pieces`);
  }

  #checkReduction(send: TypedArray | null, recv: TypedArray, op: AnyOp): void {
    if (send) {
      this.checkPair(send, recv);
      this.checkLength(recv, send.length, 'the array to receive');
    }
    this.checkOp(op, recv);
  }
}
