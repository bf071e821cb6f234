import type { Carrier, Operation } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import type { Outgoing } from '../fabric/message.ts';
import type { Blocks } from './base.ts';
import { decode } from './codec/decode.ts';
import { Communicator } from './communicator.ts';
import { PROC_NULL } from './constants.ts';
import { giveBack } from './staging.ts';
import type { Memory } from './view.ts';

type Pieces = readonly (Memory | null)[];

/**
 * A communicator whose ranks have neighbors, and the collectives among those (MPI 4.1 §8.6): each rank sends one block to each of its
 * `destinations` and receives one from each of its `sources`, in their order. Every rank of the communicator calls the same one.
 *
 * A block for or from PROC_NULL is part of the sequence, but is neither sent nor changed.
 */
export abstract class NeighborCommunicator extends Communicator {
  /** Ranks that this one receives from, PROC_NULL where there is none. */
  readonly sources: readonly number[];
  /** Ranks that this one sends to, PROC_NULL where there is none. */
  readonly destinations: readonly number[];
  /** Carries the messages of these collectives, apart from those of users; made when first needed. */
  #context: Carrier | undefined;

  /** @internal */
  constructor(carrier: Carrier, name: string, sources: readonly number[], destinations: readonly number[]) {
    super(carrier, name);
    this.sources = sources;
    this.destinations = destinations;
  }

  /** Tells messages between the same two ranks apart: block i to `destinations[i]` carries this tag, and … */
  protected abstract sendTag(i: number): number;

  /** … the block from `sources[i]` this one. */
  protected abstract receiveTag(i: number): number;

  /** One value to all destinations; gives those of the sources, null for PROC_NULL (§8.6.1). */
  neighborAllgather<T>(value: T): (T | null)[] {
    this.enterNeighbors('neighborAllgather');
    const message = this.encode(value, true);
    return this.#exchangeMessages<T>(this.destinations.map(() => message));
  }

  /** Value i to `destinations[i]`; gives those of the sources, null for PROC_NULL (§8.6.2). */
  neighborAlltoall<T>(values: readonly T[]): (T | null)[] {
    this.enterNeighbors('neighborAlltoall');
    const wanted = this.destinations.length;
    if (!Array.isArray(values))
      throw this.refuse('ERR_TYPE', 'a list with one value for each destination is needed');
    if (values.length !== wanted)
      throw this.refuse('ERR_COUNT', `the list has ${values.length} values for ${wanted} destinations`);
    return this.#exchangeMessages<T>(values.map((value) => this.encode(value, true)));
  }

  /** The same elements to all destinations; block i of `recv` from `sources[i]` (§8.6.1). */
  NeighborAllgather(send: Memory, recv: TypedArray): void {
    this.enterNeighbors('NeighborAllgather');
    const from = this.outgoing(send, 'the array to send');
    this.checkArray(recv, 'the array to receive');
    this.checkPair(from, recv);
    this.checkLength(recv, from.length * this.sources.length, 'the array to receive');
    this.#exchange(
      this.destinations.map(() => from),
      equalParts(recv, this.sources.length),
    );
    if (from !== send) giveBack(from);
  }

  /** As NeighborAllgather, with blocks of different sizes (§8.6.1); what lies between the blocks stays. */
  NeighborAllgatherv(send: Memory, recv: Blocks): void {
    this.enterNeighbors('NeighborAllgatherv');
    const from = this.outgoing(send, 'the array to send');
    const into = this.#parts(recv, this.sources.length, 'the blocks to receive');
    this.checkPair(from, recv.data);
    this.#exchange(
      this.destinations.map(() => from),
      into,
    );
    if (from !== send) giveBack(from);
  }

  /** Block i of `send` to `destinations[i]`, block i of `recv` from `sources[i]`; all of one size (§8.6.2). */
  NeighborAlltoall(send: TypedArray, recv: TypedArray): void {
    this.enterNeighbors('NeighborAlltoall');
    this.checkArray(send, 'the array to send');
    this.checkArray(recv, 'the array to receive');
    this.checkPair(send, recv);
    this.#checkParts(send, this.destinations.length, 'the array to send');
    this.#checkParts(recv, this.sources.length, 'the array to receive');
    const from = equalParts(send, this.destinations.length);
    const into = equalParts(recv, this.sources.length);
    if (from.length > 0 && into.length > 0)
      this.checkLength(into[0]!, from[0]!.length, 'each block to receive');
    this.#exchange(from, into);
  }

  /** As NeighborAlltoall, with blocks of different sizes (§8.6.2); what lies between the blocks stays. */
  NeighborAlltoallv(send: Blocks, recv: Blocks): void {
    this.enterNeighbors('NeighborAlltoallv');
    const from = this.#parts(send, this.destinations.length, 'the blocks to send');
    const into = this.#parts(recv, this.sources.length, 'the blocks to receive');
    this.checkPair(send.data, recv.data);
    this.#exchange(from, into);
  }

  /**
   * As NeighborAlltoall, with a piece of memory of its own for each neighbor (§8.6.3): the exchange of halos. Views of one field may be given on
   * both sides as long as no element is both sent and received; `null` stands for no elements.
   */
  NeighborAlltoallw(send: Pieces, recv: Pieces): void {
    this.enterNeighbors('NeighborAlltoallw');
    this.#checkPieces(send, this.destinations.length, 'to send');
    this.#checkPieces(recv, this.sources.length, 'to receive');
    const from = send.map((memory) => memory && this.outgoing(memory, 'each piece to send'));
    const into = recv.map((memory) => memory && this.landing(memory, 'each piece to receive'));
    this.#exchange(from, into);
    for (const array of from) if (array) giveBack(array);
    recv.forEach((memory, i) => {
      if (memory !== null && this.sources[i] !== PROC_NULL) this.land(memory, into[i]!, into[i]!.byteLength);
    });
  }

  override free(): void {
    super.free();
    if (this.#context === undefined) return;
    this.#context.operation = 'free';
    this.#context.free();
  }

  /** Begins a neighbor collective. */
  protected enterNeighbors(operation: string): void {
    this.enter(operation);
  }

  #begin(): Carrier {
    const { carrier } = this;
    this.#context ??= carrier.dup();
    this.#context.operation = carrier.operation;
    return this.#context;
  }

  #exchange(from: readonly (TypedArray | null)[], into: readonly (TypedArray | null)[]): void {
    const context = this.#begin();
    const receives: (Operation | undefined)[] = this.sources.map((source, i) =>
      source === PROC_NULL ? undefined : context.irecv(into[i] ?? nothing, source, this.receiveTag(i)),
    );
    const sends = this.destinations.map((dest, i) =>
      dest === PROC_NULL ? undefined : context.isend(from[i] ?? nothing, dest, this.sendTag(i), false),
    );
    this.#complete(context, receives, sends);
    receives.forEach((receive, i) => {
      if (receive) this.#checkWhole(receive, into[i]?.byteLength ?? 0, i);
    });
  }

  #exchangeMessages<T>(messages: readonly Outgoing[]): (T | null)[] {
    const context = this.#begin();
    const receives = this.sources.map((source, i) =>
      source === PROC_NULL ? undefined : context.irecvMessage(source, this.receiveTag(i)),
    );
    const sends = this.destinations.map((dest, i) =>
      dest === PROC_NULL ? undefined : context.isendMessage(messages[i]!, dest, this.sendTag(i), false),
    );
    this.#complete(context, receives, sends);
    return receives.map((receive) => (receive ? decode<T>(receive.incoming!) : null));
  }

  #complete(context: Carrier, ...lists: (Operation | undefined)[][]): void {
    const operations = lists.flat().filter((operation) => operation !== undefined);
    context.fabric.wait(operations, 'all');
    for (const { error } of operations) if (error !== undefined) throw error;
  }

  /** MPI asks that both sides of an edge give the same number of elements. */
  #checkWhole({ envelope }: Operation, bytes: number, i: number): void {
    if (envelope.bytes === bytes) return;
    const message = `${envelope.bytes} bytes came from rank ${envelope.source} for block ${i}, which takes ${bytes}`;
    throw this.refuse('ERR_COUNT', message, { peer: envelope.source });
  }

  #parts(blocks: Blocks, n: number, what: string): TypedArray[] {
    const { data, counts, displs } = this.checkBlocks(blocks, what, n, 'neighbor');
    return counts.map((count, i) => data.subarray(displs[i], displs[i]! + count));
  }

  #checkParts(array: TypedArray, n: number, what: string): void {
    if (n === 0 ? array.length === 0 : array.length % n === 0) return;
    throw this.refuse('ERR_COUNT', `${what} has ${array.length} elements for ${n} equal blocks`);
  }

  #checkPieces(pieces: Pieces, n: number, what: string): void {
    if (!Array.isArray(pieces)) throw this.refuse('ERR_TYPE', `a list of the memory ${what} is needed`);
    if (pieces.length === n) return;
    throw this.refuse('ERR_COUNT', `${pieces.length} pieces ${what} for ${n} neighbors`);
  }
}

const nothing = new Uint8Array(0);

function equalParts(array: TypedArray, n: number): TypedArray[] {
  const count = array.length / n;
  return Array.from({ length: n }, (_, i) => array.subarray(i * count, (i + 1) * count));
}
