import type { Carrier, Operation } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import type { Outgoing } from '../fabric/message.ts';
import type { Blocks } from './base.ts';
import { decode } from './codec/decode.ts';
import { Communicator } from './communicator.ts';
import { PROC_NULL } from './constants.ts';
import { beginExchange, equalParts, requestValues, type Edges, type Exchanged } from './neighbor-exchange.ts';
import { PersistentRequest } from './persistent-request.ts';
import { stage, type Pieces } from './pieces.ts';
import { Request } from './request.ts';
import { giveBack } from './staging.ts';
import type { Memory } from './view.ts';

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
    return this.#exchangeMessages<T>(this.#encodeFor(values));
  }

  /** The same elements to all destinations; block i of `recv` from `sources[i]` (§8.6.1). */
  NeighborAllgather(send: Memory, recv: TypedArray): void {
    this.enterNeighbors('NeighborAllgather');
    this.#exchange(this.#allgather(send, recv));
  }

  /** As NeighborAllgather, with blocks of different sizes (§8.6.1); what lies between the blocks stays. */
  NeighborAllgatherv(send: Memory, recv: Blocks): void {
    this.enterNeighbors('NeighborAllgatherv');
    this.#exchange(this.#allgatherv(send, recv));
  }

  /** Block i of `send` to `destinations[i]`, block i of `recv` from `sources[i]`; all of one size (§8.6.2). */
  NeighborAlltoall(send: TypedArray, recv: TypedArray): void {
    this.enterNeighbors('NeighborAlltoall');
    this.#exchange(this.#alltoall(send, recv));
  }

  /** As NeighborAlltoall, with blocks of different sizes (§8.6.2); what lies between the blocks stays. */
  NeighborAlltoallv(send: Blocks, recv: Blocks): void {
    this.enterNeighbors('NeighborAlltoallv');
    this.#exchange(this.#alltoallv(send, recv));
  }

  /**
   * As NeighborAlltoall, with a piece of memory of its own for each neighbor (§8.6.3): the exchange of halos. Views of one field may be given on
   * both sides as long as no element is both sent and received; `null` stands for no elements.
   */
  NeighborAlltoallw(send: Pieces, recv: Pieces): void {
    this.enterNeighbors('NeighborAlltoallw');
    this.#exchange(this.#alltoallw(send, recv));
  }

  /** Begins neighborAllgather (§8.7.1). */
  ineighborAllgather<T>(value: T): Request<(T | null)[]> {
    this.enterNeighbors('ineighborAllgather');
    const message = this.encode(value, true);
    return requestValues<T>(
      this.carrier,
      this.#edges,
      this.destinations.map(() => message),
    );
  }

  /** Begins neighborAlltoall (§8.7.2). */
  ineighborAlltoall<T>(values: readonly T[]): Request<(T | null)[]> {
    this.enterNeighbors('ineighborAlltoall');
    return requestValues<T>(this.carrier, this.#edges, this.#encodeFor(values));
  }

  /** Begins NeighborAllgather (§8.7.1). Leave the arrays alone until the request is complete, as with all of these. */
  IneighborAllgather(send: Memory, recv: TypedArray): Request<void> {
    this.enterNeighbors('IneighborAllgather');
    return this.#request(this.#allgather(send, recv));
  }

  /** Begins NeighborAllgatherv (§8.7.1). */
  IneighborAllgatherv(send: Memory, recv: Blocks): Request<void> {
    this.enterNeighbors('IneighborAllgatherv');
    return this.#request(this.#allgatherv(send, recv));
  }

  /** Begins NeighborAlltoall (§8.7.2). */
  IneighborAlltoall(send: TypedArray, recv: TypedArray): Request<void> {
    this.enterNeighbors('IneighborAlltoall');
    return this.#request(this.#alltoall(send, recv));
  }

  /** Begins NeighborAlltoallv (§8.7.2). */
  IneighborAlltoallv(send: Blocks, recv: Blocks): Request<void> {
    this.enterNeighbors('IneighborAlltoallv');
    return this.#request(this.#alltoallv(send, recv));
  }

  /** Begins NeighborAlltoallw (§8.7.3): inner points can be computed while the halos are on their way. */
  IneighborAlltoallw(send: Pieces, recv: Pieces): Request<void> {
    this.enterNeighbors('IneighborAlltoallw');
    return this.#request(this.#alltoallw(send, recv));
  }

  /** Describes NeighborAllgather, to be begun again and again (§8.8.1). */
  NeighborAllgatherInit(send: Memory, recv: TypedArray): PersistentRequest {
    return this.#init('NeighborAllgatherInit', () => this.#allgather(send, recv));
  }

  /** Describes NeighborAllgatherv (§8.8.1). */
  NeighborAllgathervInit(send: Memory, recv: Blocks): PersistentRequest {
    return this.#init('NeighborAllgathervInit', () => this.#allgatherv(send, recv));
  }

  /** Describes NeighborAlltoall (§8.8.2). */
  NeighborAlltoallInit(send: TypedArray, recv: TypedArray): PersistentRequest {
    return this.#init('NeighborAlltoallInit', () => this.#alltoall(send, recv));
  }

  /** Describes NeighborAlltoallv (§8.8.2). */
  NeighborAlltoallvInit(send: Blocks, recv: Blocks): PersistentRequest {
    return this.#init('NeighborAlltoallvInit', () => this.#alltoallv(send, recv));
  }

  /** Describes NeighborAlltoallw (§8.8.3): a halo exchange that is the same in every time step. */
  NeighborAlltoallwInit(send: Pieces, recv: Pieces): PersistentRequest {
    return this.#init('NeighborAlltoallwInit', () => this.#alltoallw(send, recv));
  }

  override free(): void {
    super.free();
    if (this.#context === undefined) return;
    this.#context.operation = 'free';
    this.#context.free();
  }

  override disconnect(): void {
    super.disconnect();
    if (this.#context === undefined) return;
    this.#context.operation = 'disconnect';
    this.#context.disconnect();
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

  get #edges(): Edges {
    const { sources, destinations } = this;
    const sendTag = (i: number) => this.sendTag(i);
    const receiveTag = (i: number) => this.receiveTag(i);
    return { sources, destinations, sendTag, receiveTag };
  }

  #request(exchanged: Exchanged): Request<void> {
    const operation = beginExchange(this.carrier, this.#edges, exchanged);
    return new Request<void>({ fabric: this.carrier.fabric, operation }, () => undefined);
  }

  /** Arguments are looked at now; views are packed at each start. */
  #init(call: string, prepare: () => Exchanged): PersistentRequest {
    this.enterNeighbors(call);
    for (const array of prepare().from) giveBack(array);
    return new PersistentRequest(this.rank, () => {
      this.enterNeighbors(call);
      const { carrier } = this;
      return { fabric: carrier.fabric, operation: beginExchange(carrier, this.#edges, prepare()) };
    });
  }

  #allgather(send: Memory, recv: TypedArray): Exchanged {
    const from = this.outgoing(send, 'the array to send');
    this.checkArray(recv, 'the array to receive');
    this.checkPair(from, recv);
    this.checkLength(recv, from.length * this.sources.length, 'the array to receive');
    return this.#toAll(send, from, equalParts(recv, this.sources.length));
  }

  #allgatherv(send: Memory, recv: Blocks): Exchanged {
    const from = this.outgoing(send, 'the array to send');
    const into = this.#parts(recv, this.sources.length, 'the blocks to receive');
    this.checkPair(from, recv.data);
    return this.#toAll(send, from, into);
  }

  #toAll(send: Memory, from: TypedArray, into: readonly TypedArray[]): Exchanged {
    const finish = () => {
      if (from !== send) giveBack(from);
    };
    return { from: this.destinations.map(() => from), into, finish };
  }

  #alltoall(send: TypedArray, recv: TypedArray): Exchanged {
    this.checkArray(send, 'the array to send');
    this.checkArray(recv, 'the array to receive');
    this.checkPair(send, recv);
    this.#checkParts(send, this.destinations.length, 'the array to send');
    this.#checkParts(recv, this.sources.length, 'the array to receive');
    const from = equalParts(send, this.destinations.length);
    const into = equalParts(recv, this.sources.length);
    if (from.length > 0 && into.length > 0)
      this.checkLength(into[0]!, from[0]!.length, 'each block to receive');
    return { from, into, finish: () => undefined };
  }

  #alltoallv(send: Blocks, recv: Blocks): Exchanged {
    const from = this.#parts(send, this.destinations.length, 'the blocks to send');
    const into = this.#parts(recv, this.sources.length, 'the blocks to receive');
    this.checkPair(send.data, recv.data);
    return { from, into, finish: () => undefined };
  }

  #alltoallw(send: Pieces, recv: Pieces): Exchanged {
    const peers = { sends: this.destinations.length, receives: this.sources.length, name: 'neighbor' };
    const { from, into, finish } = stage(this.carrier, send, recv, peers);
    return { from, into, finish: () => finish((i) => this.sources[i] === PROC_NULL) };
  }

  #exchange({ from, into, finish }: Exchanged): void {
    const context = this.#begin();
    const receives: (Operation | undefined)[] = this.sources.map((source, i) =>
      source === PROC_NULL ? undefined : context.irecv(into[i]!, source, this.receiveTag(i)),
    );
    const sends = this.destinations.map((dest, i) =>
      dest === PROC_NULL ? undefined : context.isend(from[i]!, dest, this.sendTag(i), false),
    );
    this.#complete(context, receives, sends);
    receives.forEach((receive, i) => {
      if (receive) this.#checkWhole(receive, into[i]!.byteLength, i);
    });
    finish();
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

  #encodeFor(values: readonly unknown[]): Outgoing[] {
    const wanted = this.destinations.length;
    if (!Array.isArray(values))
      throw this.refuse('ERR_TYPE', 'a list with one value for each destination is needed');
    if (values.length !== wanted)
      throw this.refuse('ERR_COUNT', `the list has ${values.length} values for ${wanted} destinations`);
    return values.map((value: unknown) => this.encode(value, true));
  }

  #parts(blocks: Blocks, n: number, what: string): TypedArray[] {
    const { data, counts, displs } = this.checkBlocks(blocks, what, n, 'neighbor');
    return counts.map((count, i) => data.subarray(displs[i], displs[i]! + count));
  }

  #checkParts(array: TypedArray, n: number, what: string): void {
    if (n === 0 ? array.length === 0 : array.length % n === 0) return;
    throw this.refuse('ERR_COUNT', `${what} has ${array.length} elements for ${n} equal blocks`);
  }
}
