import type { Operation } from '../fabric/fabric.ts';
import { bytesOf, type TypedArray } from '../fabric/memory.ts';
import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import { both, PointToPoint } from './point-to-point.ts';
import { Request } from './request.ts';
import { giveBack } from './staging.ts';
import { Status } from './status.ts';
import { isView, type Memory } from './view.ts';
import { whenFinished } from './when-finished.ts';

const scratch = new Status();
const nothing = () => undefined;

/**
 * Messages of typed arrays and views of them, without serialization (MPI 4.1 §3). Shared memory is fine. The receiver's memory must have room
 * (ERR_TRUNCATE) and may have more: what comes fills its first elements.
 */
export class PointToPointMemory extends PointToPoint {
  /** Sends elements. Returns when they may change again (§3.4). */
  Send(memory: Memory, dest: number, tag = 0): void {
    const carrier = this.enter('Send');
    const array = this.outgoing(memory, 'the array to send');
    if (!this.checkPeer(dest, tag)) carrier.send(array, dest, tag, false);
    if (array !== memory) giveBack(array);
  }

  /** Synchronous send: returns when the receive has begun (§3.4). */
  Ssend(memory: Memory, dest: number, tag = 0): void {
    const carrier = this.enter('Ssend');
    const array = this.outgoing(memory, 'the array to send');
    if (!this.checkPeer(dest, tag)) carrier.send(array, dest, tag, true);
    if (array !== memory) giveBack(array);
  }

  /** Receives into the first elements; `status.count(array.BYTES_PER_ELEMENT)` says how many came (§3.2.4). */
  Recv(memory: Memory, source: number = ANY_SOURCE, tag: number = ANY_TAG, status?: Status): void {
    const carrier = this.enter('Recv');
    const landing = this.landing(memory, 'the array to receive');
    if (this.checkSource(source, tag)) {
      status?.set(new Status());
      return;
    }
    const envelope = status ?? scratch;
    carrier.recv(landing, source, tag, envelope);
    if (landing !== memory) this.land(memory, landing, envelope.bytes);
  }

  /** Starts a send; leave the elements alone until the request is complete (§3.7.2). */
  Isend(memory: Memory, dest: number, tag = 0): Request<void> {
    return this.#isend('Isend', memory, dest, tag, false);
  }

  /** Starts a synchronous send (§3.7.2). */
  Issend(memory: Memory, dest: number, tag = 0): Request<void> {
    return this.#isend('Issend', memory, dest, tag, true);
  }

  /** Starts a receive; leave the elements alone until the request is complete (§3.7.2). */
  Irecv(memory: Memory, source: number = ANY_SOURCE, tag: number = ANY_TAG): Request<void> {
    this.enter('Irecv');
    this.checkMemory(memory, 'the array to receive');
    if (this.checkSource(source, tag)) return new Request<void>(undefined, nothing);
    return this.#request(this.beginReceive(memory, source, tag));
  }

  /** Sends elements and receives others, whatever order the peers work in (§3.11). Views of one array may alternate, not overlap. */
  Sendrecv(
    sendMemory: Memory,
    dest: number,
    sendTag: number,
    recvMemory: Memory,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
    status?: Status,
  ): void {
    this.enter('Sendrecv');
    const sendArray = this.outgoing(sendMemory, 'the array to send');
    const landing = this.landing(recvMemory, 'the array to receive');
    this.checkApart(sendArray, landing);
    this.#exchange(sendArray, dest, sendTag, recvMemory, landing, source, recvTag, status);
  }

  /** As Sendrecv with one piece of memory: what comes replaces what went (§3.11). */
  SendrecvReplace(
    memory: Memory,
    dest: number,
    sendTag: number,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
    status?: Status,
  ): void {
    this.enter('SendrecvReplace');
    const landing = this.landing(memory, 'the array to send and receive');
    const copy = isView(memory) ? memory.pack() : bytesOf(memory).slice();
    this.#exchange(copy, dest, sendTag, memory, landing, source, recvTag, status);
  }

  /**
   * Starts Sendrecv (§3.11, MPI_ISENDRECV): complete when both halves are; its status is that of the receive. Leave the elements alone until then.
   */
  Isendrecv(
    sendMemory: Memory,
    dest: number,
    sendTag: number,
    recvMemory: Memory,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
  ): Request<void> {
    this.enter('Isendrecv');
    this.checkMemory(sendMemory, 'the array to send');
    this.checkMemory(recvMemory, 'the array to receive');
    const [from, into] = [denseOf(sendMemory), denseOf(recvMemory)];
    if (from && into) this.checkApart(from, into);
    return this.#begin(sendMemory, dest, sendTag, recvMemory, source, recvTag);
  }

  /** Starts SendrecvReplace (§3.11, MPI_ISENDRECV_REPLACE). What is sent is copied at once. */
  IsendrecvReplace(
    memory: Memory,
    dest: number,
    sendTag: number,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
  ): Request<void> {
    this.enter('IsendrecvReplace');
    this.checkMemory(memory, 'the array to send and receive');
    const copy = isView(memory) ? memory.pack() : memory.slice();
    return this.#begin(copy, dest, sendTag, memory, source, recvTag);
  }

  #begin(
    sendMemory: Memory,
    dest: number,
    sendTag: number,
    recvMemory: Memory,
    source: number,
    recvTag: number,
  ): Request<void> {
    const sendNothing = this.checkPeer(dest, sendTag);
    const recvNothing = this.checkSource(source, recvTag);
    const receiving = recvNothing ? undefined : this.beginReceive(recvMemory, source, recvTag);
    const sending = sendNothing ? undefined : this.beginSend(sendMemory, dest, sendTag, false);
    return new Request<void>(both(this.carrier, receiving, sending), nothing);
  }

  #exchange(
    sendArray: TypedArray,
    dest: number,
    sendTag: number,
    recvMemory: Memory,
    landing: TypedArray,
    source: number,
    recvTag: number,
    status: Status = scratch,
  ): void {
    const { carrier } = this;
    const sendNothing = this.checkPeer(dest, sendTag);
    const recvNothing = this.checkSource(source, recvTag);
    const receiving = recvNothing ? undefined : carrier.irecv(landing, source, recvTag);
    const sending = sendNothing ? undefined : carrier.isend(sendArray, dest, sendTag, false);
    if (receiving) this.#request(receiving).wait(status);
    else status.set(new Status());
    if (sending) this.#request(sending).wait();
    giveBack(sendArray);
    if (receiving) this.land(recvMemory, landing, status.bytes);
  }

  #isend(operation: string, memory: Memory, dest: number, tag: number, synchronous: boolean): Request<void> {
    this.enter(operation);
    this.checkMemory(memory, 'the array to send');
    if (this.checkPeer(dest, tag)) return new Request<void>(undefined, nothing);
    return this.#request(this.beginSend(memory, dest, tag, synchronous));
  }

  /** Begins to send memory that has been checked, with the elements that it has now. */
  protected beginSend(memory: Memory, dest: number, tag: number, synchronous: boolean): Operation {
    const array = this.outgoing(memory, 'the array to send');
    const operation = this.carrier.isend(array, dest, tag, synchronous);
    if (array !== memory) whenFinished(operation, () => giveBack(array));
    return operation;
  }

  /** Begins to receive into memory that has been checked. */
  protected beginReceive(memory: Memory, source: number, tag: number): Operation {
    const landing = this.landing(memory, 'the array to receive');
    const operation = this.carrier.irecv(landing, source, tag);
    this.landWhenFinished(operation, memory, landing, () => operation.envelope.bytes);
    return operation;
  }

  protected landWhenFinished(
    operation: Operation,
    memory: Memory,
    landing: TypedArray,
    bytes: () => number,
  ): void {
    if (landing === memory) return;
    whenFinished(operation, () => {
      if (operation.error === undefined && !operation.envelope.cancelled) this.land(memory, landing, bytes());
    });
  }

  #request(operation: Operation): Request<void> {
    return new Request<void>({ fabric: this.carrier.fabric, operation }, nothing);
  }
}

/** The elements where they are, if they lie together. */
const denseOf = (memory: Memory) => (isView(memory) ? memory.contiguous() : memory);
