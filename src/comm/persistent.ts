import type { MemoryCollectives, Operation } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import type { Blocks } from './base.ts';
import type { AnyOp } from './collectives-checked.ts';
import { ANY_SOURCE, ANY_TAG, type InPlace } from './constants.ts';
import { describedBy, type Begin } from './described.ts';
import { MatchedProbes } from './matched-probes.ts';
import { PersistentRequest } from './persistent-request.ts';
import { beginAlltoallw, stage, type Pieces } from './pieces.ts';
import { giveBack } from './staging.ts';
import type { Memory } from './view.ts';

/**
 * Persistent sends, receives (MPI 4.1 §3.9) and collectives (§6.13) of typed arrays and views: with the elements that they have at each `start()`.
 *
 * Arguments of a collective are checked when it is described. Each start begins the non-blocking collective of the same arguments: all ranks start those
 * of a communicator in the same order among its other collectives, and they match no others. They cannot be cancelled.
 */
export class Persistent extends MatchedProbes {
  /** Describes a Send (§3.9). */
  SendInit(memory: Memory, dest: number, tag = 0): PersistentRequest {
    return this.#send('SendInit', memory, dest, tag, false);
  }

  /** Describes an Ssend: complete when the receive has begun (§3.9). */
  SsendInit(memory: Memory, dest: number, tag = 0): PersistentRequest {
    return this.#send('SsendInit', memory, dest, tag, true);
  }

  /** Describes a Recv (§3.9). */
  RecvInit(memory: Memory, source: number = ANY_SOURCE, tag: number = ANY_TAG): PersistentRequest {
    this.enter('RecvInit');
    this.checkMemory(memory, 'the array to receive');
    const nothing = this.checkSource(source, tag);
    return this.#request('RecvInit', nothing, () => this.beginReceive(memory, source, tag));
  }

  /** Describes barrier (§6.13.1). */
  barrierInit(): PersistentRequest {
    return this.#collective('barrierInit', (calls) => calls.barrier());
  }

  /** Describes Bcast (§6.13.2). */
  BcastInit(memory: Memory, root = 0): PersistentRequest {
    this.enter('BcastInit');
    this.checkRoot(root);
    this.checkMemory(memory, 'the array');
    return this.#request('BcastInit', false, () => this.beginBcast(memory, root));
  }

  /** Describes Gather (§6.13.3). */
  GatherInit(send: TypedArray | InPlace, recv: TypedArray | null, root = 0): PersistentRequest {
    return this.#collective('GatherInit', (calls) => this.gatherBy(calls, send, recv, root));
  }

  /** Describes Gatherv (§6.13.3). */
  GathervInit(send: TypedArray | InPlace, recv: Blocks | null, root = 0): PersistentRequest {
    return this.#collective('GathervInit', (calls) => this.gathervBy(calls, send, recv, root));
  }

  /** Describes Scatter (§6.13.4). */
  ScatterInit(send: TypedArray | null, recv: TypedArray | InPlace, root = 0): PersistentRequest {
    return this.#collective('ScatterInit', (calls) => this.scatterBy(calls, send, recv, root));
  }

  /** Describes Scatterv (§6.13.4). */
  ScattervInit(send: Blocks | null, recv: TypedArray | InPlace, root = 0): PersistentRequest {
    return this.#collective('ScattervInit', (calls) => this.scattervBy(calls, send, recv, root));
  }

  /** Describes Allgather (§6.13.5). */
  AllgatherInit(send: TypedArray | InPlace, recv: TypedArray): PersistentRequest {
    return this.#collective('AllgatherInit', (calls) => this.allgatherBy(calls, send, recv));
  }

  /** Describes Allgatherv (§6.13.5). */
  AllgathervInit(send: TypedArray | InPlace, recv: Blocks): PersistentRequest {
    return this.#collective('AllgathervInit', (calls) => this.allgathervBy(calls, send, recv));
  }

  /** Describes Alltoall (§6.13.6). */
  AlltoallInit(send: TypedArray | InPlace, recv: TypedArray): PersistentRequest {
    return this.#collective('AlltoallInit', (calls) => this.alltoallBy(calls, send, recv));
  }

  /** Describes Alltoallv (§6.13.6). */
  AlltoallvInit(send: Blocks | InPlace, recv: Blocks): PersistentRequest {
    return this.#collective('AlltoallvInit', (calls) => this.alltoallvBy(calls, send, recv));
  }

  /** Describes Alltoallw (§6.13.6). */
  AlltoallwInit(send: Pieces | InPlace, recv: Pieces): PersistentRequest {
    const carrier = this.enter('AlltoallwInit');
    const peers = { sends: this.size, receives: this.size, name: 'rank' };
    for (const array of stage(carrier, send, recv, peers).from) giveBack(array);
    return this.#request('AlltoallwInit', false, () => beginAlltoallw(carrier, send, recv));
  }

  /** Describes Reduce (§6.13.7). */
  ReduceInit(send: TypedArray | InPlace, recv: TypedArray | null, op: AnyOp, root = 0): PersistentRequest {
    return this.#collective('ReduceInit', (calls) => this.reduceBy(calls, send, recv, op, root));
  }

  /** Describes Allreduce (§6.13.8). */
  AllreduceInit(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): PersistentRequest {
    return this.#collective('AllreduceInit', (calls) => this.allreduceBy(calls, send, recv, op));
  }

  /** Describes ReduceScatterBlock (§6.13.9). */
  ReduceScatterBlockInit(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): PersistentRequest {
    return this.#collective('ReduceScatterBlockInit', (calls) =>
      this.reduceScatterBlockBy(calls, send, recv, op),
    );
  }

  /** Describes ReduceScatter (§6.13.10). */
  ReduceScatterInit(
    send: TypedArray | InPlace,
    recv: TypedArray,
    counts: readonly number[],
    op: AnyOp,
  ): PersistentRequest {
    return this.#collective('ReduceScatterInit', (calls) =>
      this.reduceScatterBy(calls, send, recv, [...counts], op),
    );
  }

  /** Describes Scan (§6.13.11). */
  ScanInit(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): PersistentRequest {
    return this.#collective('ScanInit', (calls) => this.scanBy(calls, send, recv, op));
  }

  /** Describes Exscan (§6.13.12). */
  ExscanInit(send: TypedArray | InPlace, recv: TypedArray, op: AnyOp): PersistentRequest {
    return this.#collective('ExscanInit', (calls) => this.exscanBy(calls, send, recv, op));
  }

  /** `describe` checks the arguments of a collective and gives what begins it. */
  #collective(call: string, describe: (calls: MemoryCollectives<Begin>) => Begin): PersistentRequest {
    const begin = describe(describedBy(this.enter(call).nonblocking));
    return this.#request(call, false, begin);
  }

  #send(call: string, memory: Memory, dest: number, tag: number, synchronous: boolean): PersistentRequest {
    this.enter(call);
    this.checkMemory(memory, 'the array to send');
    const nothing = this.checkPeer(dest, tag);
    return this.#request(call, nothing, () => this.beginSend(memory, dest, tag, synchronous));
  }

  #request(call: string, nothing: boolean, begin: () => Operation): PersistentRequest {
    return new PersistentRequest(this.rank, () => {
      const { fabric } = this.enter(call);
      return nothing ? undefined : { fabric, operation: begin() };
    });
  }
}
