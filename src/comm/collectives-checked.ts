import type { MemoryCollectives } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import type { Blocks } from './base.ts';
import { Collectives } from './collectives.ts';
import { IN_PLACE, type InPlace } from './constants.ts';
import type { Op } from './ops.ts';

/** Reductions of memory take any operation that can combine elements. */
export type AnyOp = Op<never>;

/**
 * What collectives on memory do, whether they block or not (`calls` knows): they refuse bad arguments on each rank before anything is sent,
 * and find out what counts here.
 */
export class CheckedCollectives extends Collectives {
  protected scatterBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | null,
    recv: TypedArray | InPlace,
    root: number,
  ): R {
    this.checkRoot(root);
    if (this.rank === root) {
      this.checkArray(send, 'the array to scatter');
      if (recv === IN_PLACE) this.#checkDivisible(send);
      else this.#checkAll(send, recv, 'the array to scatter');
    }
    const into = this.#inPlaceAt(root, recv, 'the array to receive');
    return calls.scatter(this.rank === root ? send : null, into, root);
  }

  protected scattervBy<R>(
    calls: MemoryCollectives<R>,
    send: Blocks | null,
    recv: TypedArray | InPlace,
    root: number,
  ): R {
    this.checkRoot(root);
    const into = this.#inPlaceAt(root, recv, 'the array to receive');
    if (this.rank !== root) return calls.scatterv(null, into, root);
    const blocks = this.checkBlocks(this.#given(send, 'blocks to scatter'), 'the blocks');
    if (into) {
      this.checkPair(blocks.data, into);
      this.checkLength(into, blocks.counts[root]!, 'the array to receive');
    }
    return calls.scatterv(blocks, into, root);
  }

  protected gatherBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: TypedArray | null,
    root: number,
  ): R {
    this.checkRoot(root);
    const from = this.#inPlaceAt(root, send, 'the array to send');
    if (this.rank !== root) return calls.gather(from, null, root);
    this.checkArray(recv, 'the array to receive');
    if (from) this.#checkAll(recv, from, 'the array to receive');
    else this.#checkDivisible(recv);
    return calls.gather(from, recv, root);
  }

  protected gathervBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: Blocks | null,
    root: number,
  ): R {
    this.checkRoot(root);
    const from = this.#inPlaceAt(root, send, 'the array to send');
    if (this.rank !== root) return calls.gatherv(from, null, root);
    const blocks = this.checkBlocks(this.#given(recv, 'blocks to receive'), 'the blocks');
    if (from) this.#checkOwn(from, blocks.data, blocks.counts[root]!);
    return calls.gatherv(from, blocks, root);
  }

  protected allgatherBy<R>(calls: MemoryCollectives<R>, send: TypedArray | InPlace, recv: TypedArray): R {
    this.checkArray(recv, 'the array to receive');
    const from = this.#inPlace(send);
    if (from) this.#checkAll(recv, from, 'the array to receive');
    else this.#checkDivisible(recv);
    return calls.allgather(from, recv);
  }

  protected allgathervBy<R>(calls: MemoryCollectives<R>, send: TypedArray | InPlace, recv: Blocks): R {
    const blocks = this.checkBlocks(recv, 'the blocks');
    const from = this.#inPlace(send);
    if (from) this.#checkOwn(from, blocks.data, blocks.counts[this.rank]!);
    return calls.allgather(from, blocks);
  }

  protected alltoallBy<R>(calls: MemoryCollectives<R>, send: TypedArray | InPlace, recv: TypedArray): R {
    this.checkArray(recv, 'the array to receive');
    this.#checkDivisible(recv);
    const from = this.#inPlace(send);
    if (from) {
      this.checkPair(from, recv);
      this.checkLength(from, recv.length, 'the array to send');
    }
    return calls.alltoall(from, recv);
  }

  protected alltoallvBy<R>(calls: MemoryCollectives<R>, send: Blocks | InPlace, recv: Blocks): R {
    const into = this.checkBlocks(recv, 'the blocks to receive');
    if (send === IN_PLACE) return calls.alltoall(null, into);
    const from = this.checkBlocks(send, 'the blocks to send');
    this.checkPair(from.data, into.data);
    return calls.alltoall(from, into);
  }

  protected reduceBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: TypedArray | null,
    op: AnyOp,
    root: number,
  ): R {
    this.checkRoot(root);
    const from = this.#inPlaceAt(root, send, 'the array to send');
    if (from) this.checkOp(op, from);
    if (this.rank !== root) return calls.reduce(from, null, op, root);
    this.checkArray(recv, 'the array to receive');
    this.#checkReduction(from, recv, op);
    return calls.reduce(from, recv, op, root);
  }

  protected allreduceBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: TypedArray,
    op: AnyOp,
  ): R {
    return calls.allreduce(this.#operand(send, recv, op), recv, op);
  }

  protected scanBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: TypedArray,
    op: AnyOp,
  ): R {
    return calls.scan(this.#operand(send, recv, op), recv, op);
  }

  protected exscanBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: TypedArray,
    op: AnyOp,
  ): R {
    return calls.exscan(this.#operand(send, recv, op), recv, op);
  }

  protected reduceScatterBlockBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: TypedArray,
    op: AnyOp,
  ): R {
    this.checkArray(recv, 'the array to receive');
    if (send === IN_PLACE) this.#checkDivisible(recv);
    const each = send === IN_PLACE ? recv.length / this.size : recv.length;
    return this.reduceScatterBy(calls, send, recv, new Array<number>(this.size).fill(each), op);
  }

  protected reduceScatterBy<R>(
    calls: MemoryCollectives<R>,
    send: TypedArray | InPlace,
    recv: TypedArray,
    counts: readonly number[],
    op: AnyOp,
  ): R {
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
    this.checkUnits(op, counts);
    return calls.reduceScatter(from, recv, counts, op);
  }

  #operand(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): TypedArray | null {
    this.checkArray(recv, 'the array to receive');
    const from = this.#inPlace(send);
    this.#checkReduction(from, recv, op);
    return from;
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
