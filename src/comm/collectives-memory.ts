import type { TypedArray } from '../fabric/memory.ts';
import type { Blocks } from './base.ts';
import { CheckedCollectives, type AnyOp } from './collectives-checked.ts';
import type { InPlace } from './constants.ts';
import { alltoallw, type Pieces } from './pieces.ts';
import { giveBack } from './staging.ts';
import type { Memory } from './view.ts';

/**
 * Collectives on typed arrays (MPI 4.1 §6). Lengths are checked on each rank; that they agree between ranks is the caller's
 * promise, as in MPI. IN_PLACE stands for the send array (Scatter: the receive array at the root) when the data lies where the result goes.
 */
export class CollectivesMemory extends CheckedCollectives {
  /** The root's elements to all (§6.4). Ranks may lay them out differently: an array here, a view of a larger one there. */
  Bcast(memory: Memory, root = 0): void {
    const carrier = this.enter('Bcast');
    this.checkRoot(root);
    const atRoot = this.rank === root;
    const array = atRoot ? this.outgoing(memory, 'the array') : this.landing(memory, 'the array');
    carrier.bcast(array, root);
    if (array === memory) return;
    if (atRoot) giveBack(array);
    else this.land(memory, array, array.byteLength);
  }

  /** Equal pieces of the root's array, in rank order (§6.6). `send` counts at the root only. */
  Scatter(send: TypedArray | null, recv: TypedArray | InPlace, root = 0): void {
    this.scatterBy(this.enter('Scatter'), send, recv, root);
  }

  /** As Scatter, with pieces of different sizes (§6.6). */
  Scatterv(send: Blocks | null, recv: TypedArray | InPlace, root = 0): void {
    this.scattervBy(this.enter('Scatterv'), send, recv, root);
  }

  /** Everyone's elements in rank order at the root (§6.5). `recv` counts at the root only. */
  Gather(send: TypedArray | InPlace, recv: TypedArray | null, root = 0): void {
    this.gatherBy(this.enter('Gather'), send, recv, root);
  }

  /** As Gather, with pieces of different sizes (§6.5); what lies between the blocks stays. */
  Gatherv(send: TypedArray | InPlace, recv: Blocks | null, root = 0): void {
    this.gathervBy(this.enter('Gatherv'), send, recv, root);
  }

  /** Everyone's elements in rank order, on every rank (§6.7). */
  Allgather(send: TypedArray | InPlace, recv: TypedArray): void {
    this.allgatherBy(this.enter('Allgather'), send, recv);
  }

  /** As Allgather, with pieces of different sizes (§6.7). */
  Allgatherv(send: TypedArray | InPlace, recv: Blocks): void {
    this.allgathervBy(this.enter('Allgatherv'), send, recv);
  }

  /** Piece j of `send` to rank j, piece i of `recv` from rank i (§6.8). */
  Alltoall(send: TypedArray | InPlace, recv: TypedArray): void {
    this.alltoallBy(this.enter('Alltoall'), send, recv);
  }

  /** As Alltoall, with pieces of different sizes (§6.8). */
  Alltoallv(send: Blocks | InPlace, recv: Blocks): void {
    this.alltoallvBy(this.enter('Alltoallv'), send, recv);
  }

  /**
   * A piece of memory of its own for each rank and from each rank, of any type, as arrays or views (§6.8 MPI_ALLTOALLW); `null` for no elements.
   * Views of one field may be given on both sides as long as no element is both sent and received.
   *
   * @throws MpiError ERR_COUNT for another number of pieces than ranks, ERR_BUFFER for arrays that overlap.
   * @example
   * comm.Alltoallw(rows.map((row) => strided(a, row)), columns.map((column) => strided(b, column)));
   */
  Alltoallw(send: Pieces | InPlace, recv: Pieces): void {
    const carrier = this.enter('Alltoallw');
    alltoallw(carrier, carrier, send, recv).finish();
  }

  /** Elements combined over the ranks, at the root (§6.9.1). `recv` counts at the root only. */
  Reduce(send: TypedArray | InPlace, recv: TypedArray | null, op: AnyOp, root = 0): void {
    this.reduceBy(this.enter('Reduce'), send, recv, op, root);
  }

  /** Elements combined over the ranks, on every rank (§6.9.6). */
  Allreduce(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    this.allreduceBy(this.enter('Allreduce'), send, recv, op);
  }

  /** Combines over the ranks and gives each rank its `counts[rank]` elements (§6.10.2). IN_PLACE: the input lies in `recv`. */
  ReduceScatter(send: TypedArray | InPlace, recv: TypedArray, counts: readonly number[], op: AnyOp): void {
    this.reduceScatterBy(this.enter('ReduceScatter'), send, recv, counts, op);
  }

  /** As ReduceScatter with the same number of elements for each rank (§6.10.1). */
  ReduceScatterBlock(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    this.reduceScatterBlockBy(this.enter('ReduceScatterBlock'), send, recv, op);
  }

  /** Elements combined over ranks 0 to this one (§6.11.1). */
  Scan(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    this.scanBy(this.enter('Scan'), send, recv, op);
  }

  /** Elements combined over the ranks below this one; rank 0's array stays as it was (§6.11.2). */
  Exscan(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): void {
    this.exscanBy(this.enter('Exscan'), send, recv, op);
  }
}
