import type { Operation } from '../fabric/fabric.ts';
import { bytesOf, type TypedArray } from '../fabric/memory.ts';
import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import { PointToPoint } from './point-to-point.ts';
import { Request } from './request.ts';
import { Status } from './status.ts';

const scratch = new Status();
const nothing = () => undefined;

/**
 * Messages of typed arrays, without serialization (MPI 4.1 §3). Views and shared memory are fine; the receiver's array must be long enough
 * (ERR_TRUNCATE) and may be longer.
 */
export class PointToPointMemory extends PointToPoint {
  /** Sends the elements of an array. Returns when it may change again (§3.4). */
  Send(array: TypedArray, dest: number, tag = 0): void {
    const carrier = this.enter('Send');
    this.checkArray(array, 'the array to send');
    if (this.checkPeer(dest, tag)) return;
    carrier.send(array, dest, tag, false);
  }

  /** Synchronous send: returns when the receive has begun (§3.4). */
  Ssend(array: TypedArray, dest: number, tag = 0): void {
    const carrier = this.enter('Ssend');
    this.checkArray(array, 'the array to send');
    if (this.checkPeer(dest, tag)) return;
    carrier.send(array, dest, tag, true);
  }

  /** Receives into the front of an array; `status.count(array.BYTES_PER_ELEMENT)` says how much came (§3.2.4). */
  Recv(array: TypedArray, source: number = ANY_SOURCE, tag: number = ANY_TAG, status?: Status): void {
    const carrier = this.enter('Recv');
    this.checkArray(array, 'the array to receive');
    if (this.checkSource(source, tag)) status?.set(new Status());
    else carrier.recv(array, source, tag, status ?? scratch);
  }

  /** Starts a send; leave the array alone until the request is complete (§3.7.2). */
  Isend(array: TypedArray, dest: number, tag = 0): Request<void> {
    return this.#isend('Isend', array, dest, tag, false);
  }

  /** Starts a synchronous send. */
  Issend(array: TypedArray, dest: number, tag = 0): Request<void> {
    return this.#isend('Issend', array, dest, tag, true);
  }

  /** Starts a receive; leave the array alone until the request is complete (§3.7.2). */
  Irecv(array: TypedArray, source: number = ANY_SOURCE, tag: number = ANY_TAG): Request<void> {
    const carrier = this.enter('Irecv');
    this.checkArray(array, 'the array to receive');
    if (this.checkSource(source, tag)) return new Request<void>(undefined, nothing);
    return this.#request(carrier.irecv(array, source, tag));
  }

  /** Sends one array and receives into another, whatever order the peers work in (§3.11). */
  Sendrecv(
    sendArray: TypedArray,
    dest: number,
    sendTag: number,
    recvArray: TypedArray,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
    status?: Status,
  ): void {
    this.enter('Sendrecv');
    this.checkArray(sendArray, 'the array to send');
    this.checkArray(recvArray, 'the array to receive');
    this.checkApart(sendArray, recvArray);
    this.#exchange(sendArray, dest, sendTag, recvArray, source, recvTag, status);
  }

  /** As Sendrecv with one array: what comes replaces what went (§3.11). */
  SendrecvReplace(
    array: TypedArray,
    dest: number,
    sendTag: number,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
    status?: Status,
  ): void {
    this.enter('SendrecvReplace');
    this.checkArray(array, 'the array to send and receive');
    this.#exchange(bytesOf(array).slice(), dest, sendTag, array, source, recvTag, status);
  }

  #exchange(
    sendArray: TypedArray,
    dest: number,
    sendTag: number,
    recvArray: TypedArray,
    source: number,
    recvTag: number,
    status?: Status,
  ): void {
    const { carrier } = this;
    const sendNothing = this.checkPeer(dest, sendTag);
    const recvNothing = this.checkSource(source, recvTag);
    const receiving = recvNothing ? undefined : carrier.irecv(recvArray, source, recvTag);
    const sending = sendNothing ? undefined : carrier.isend(sendArray, dest, sendTag, false);
    if (receiving) this.#request(receiving).wait(status);
    else status?.set(new Status());
    if (sending) this.#request(sending).wait();
  }

  #isend(
    operation: string,
    array: TypedArray,
    dest: number,
    tag: number,
    synchronous: boolean,
  ): Request<void> {
    const carrier = this.enter(operation);
    this.checkArray(array, 'the array to send');
    if (this.checkPeer(dest, tag)) return new Request<void>(undefined, nothing);
    return this.#request(carrier.isend(array, dest, tag, synchronous));
  }

  #request(operation: Operation): Request<void> {
    return new Request<void>({ fabric: this.carrier.fabric, operation }, nothing);
  }
}
