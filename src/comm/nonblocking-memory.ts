import type { Operation } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import type { Blocks } from './base.ts';
import type { AnyOp } from './collectives-checked.ts';
import type { InPlace } from './constants.ts';
import { NonblockingCollectives } from './nonblocking.ts';
import { beginAlltoallw, type Pieces } from './pieces.ts';
import { Request } from './request.ts';
import type { Memory } from './view.ts';

/**
 * Non-blocking collectives on typed arrays (MPI 4.1 §6.12): each begins what the call of the same name without the I does, and gives a request. All
 * ranks begin the collectives of a communicator, blocking or not, in the same order; they may complete in any. Leave the arrays alone until
 * the request is complete. An operation that MPI does not know costs memory for the operands of all ranks over MPI.
 */
export class NonblockingMemory extends NonblockingCollectives {
  /** Begins Bcast (§6.12). */
  Ibcast(memory: Memory, root = 0): Request<void> {
    this.enter('Ibcast');
    this.checkRoot(root);
    return this.#request(this.beginBcast(memory, root));
  }

  /** Begins Scatter (§6.12). */
  Iscatter(send: TypedArray | null, recv: TypedArray | InPlace, root = 0): Request<void> {
    return this.#request(this.scatterBy(this.enter('Iscatter').nonblocking, send, recv, root));
  }

  /** Begins Scatterv (§6.12). */
  Iscatterv(send: Blocks | null, recv: TypedArray | InPlace, root = 0): Request<void> {
    return this.#request(this.scattervBy(this.enter('Iscatterv').nonblocking, send, recv, root));
  }

  /** Begins Gather (§6.12). */
  Igather(send: TypedArray | InPlace, recv: TypedArray | null, root = 0): Request<void> {
    return this.#request(this.gatherBy(this.enter('Igather').nonblocking, send, recv, root));
  }

  /** Begins Gatherv (§6.12). */
  Igatherv(send: TypedArray | InPlace, recv: Blocks | null, root = 0): Request<void> {
    return this.#request(this.gathervBy(this.enter('Igatherv').nonblocking, send, recv, root));
  }

  /** Begins Allgather (§6.12). */
  Iallgather(send: TypedArray | InPlace, recv: TypedArray): Request<void> {
    return this.#request(this.allgatherBy(this.enter('Iallgather').nonblocking, send, recv));
  }

  /** Begins Allgatherv (§6.12). */
  Iallgatherv(send: TypedArray | InPlace, recv: Blocks): Request<void> {
    return this.#request(this.allgathervBy(this.enter('Iallgatherv').nonblocking, send, recv));
  }

  /** Begins Alltoall (§6.12). */
  Ialltoall(send: TypedArray | InPlace, recv: TypedArray): Request<void> {
    return this.#request(this.alltoallBy(this.enter('Ialltoall').nonblocking, send, recv));
  }

  /** Begins Alltoallv (§6.12). */
  Ialltoallv(send: Blocks | InPlace, recv: Blocks): Request<void> {
    return this.#request(this.alltoallvBy(this.enter('Ialltoallv').nonblocking, send, recv));
  }

  /** Begins Alltoallw (§6.12). Views are packed at once, and unpacked when all has come. */
  Ialltoallw(send: Pieces | InPlace, recv: Pieces): Request<void> {
    return this.#request(beginAlltoallw(this.enter('Ialltoallw'), send, recv));
  }

  /** Begins Reduce (§6.12). */
  Ireduce(send: TypedArray | InPlace, recv: TypedArray | null, op: AnyOp, root = 0): Request<void> {
    return this.#request(this.reduceBy(this.enter('Ireduce').nonblocking, send, recv, op, root));
  }

  /** Begins Allreduce (§6.12). */
  Iallreduce(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): Request<void> {
    return this.#request(this.allreduceBy(this.enter('Iallreduce').nonblocking, send, recv, op));
  }

  /** Begins ReduceScatter (§6.12). */
  IreduceScatter(
    send: TypedArray | InPlace,
    recv: TypedArray,
    counts: readonly number[],
    op: AnyOp,
  ): Request<void> {
    return this.#request(
      this.reduceScatterBy(this.enter('IreduceScatter').nonblocking, send, recv, counts, op),
    );
  }

  /** Begins ReduceScatterBlock (§6.12). */
  IreduceScatterBlock(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): Request<void> {
    return this.#request(
      this.reduceScatterBlockBy(this.enter('IreduceScatterBlock').nonblocking, send, recv, op),
    );
  }

  /** Begins Scan (§6.12). */
  Iscan(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): Request<void> {
    return this.#request(this.scanBy(this.enter('Iscan').nonblocking, send, recv, op));
  }

  /** Begins Exscan (§6.12). */
  Iexscan(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): Request<void> {
    return this.#request(this.exscanBy(this.enter('Iexscan').nonblocking, send, recv, op));
  }

  /** Begins a broadcast, with the elements that the root has now. */
  protected beginBcast(memory: Memory, root: number): Operation {
    const atRoot = this.rank === root;
    const array = atRoot ? this.outgoing(memory, 'the array') : this.landing(memory, 'the array');
    const operation = this.carrier.nonblocking.bcast(array, root);
    if (!atRoot) this.landWhenFinished(operation, memory, array, () => array.byteLength);
    return operation;
  }

  #request(operation: Operation): Request<void> {
    return new Request<void>({ fabric: this.carrier.fabric, operation }, () => undefined);
  }
}
