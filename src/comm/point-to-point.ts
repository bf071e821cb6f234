import type { Carrier, Operation, Steps } from '../fabric/fabric.ts';
import type { Outgoing } from '../fabric/message.ts';
import { CommunicatorBase } from './base.ts';
import { decode } from './codec/decode.ts';
import { encode, encodeOwned } from './codec/encode.ts';
import { findRefused } from './codec/refusal.ts';
import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import { Request, type Pending } from './request.ts';
import { Status } from './status.ts';

const scratch = new Status();
const nothing = () => undefined;

/**
 * Messages of any value that structured clone keeps, from one rank to one other (MPI 4.1 §3). What is a communicator's is not another's:
 * messages match by communicator, source and tag, and those of one source and tag arrive in the order sent (§3.5).
 *
 * All throw MpiError: ERR_RANK and ERR_TAG for what is out of range, ERR_TYPE for a value that cannot travel (with the path to what
 * is in the way) and for a message sent by an Uppercase call.
 */
export class PointToPoint extends CommunicatorBase {
  /** Sends a value. Returns when the value may change again, which may be before it is received (§3.4). */
  send(value: unknown, dest: number, tag = 0): void {
    const carrier = this.enter('send');
    if (this.checkPeer(dest, tag)) return;
    carrier.sendMessage(this.encode(value), dest, tag, false);
  }

  /** Synchronous send: returns when the receive has begun (§3.4). */
  ssend(value: unknown, dest: number, tag = 0): void {
    const carrier = this.enter('ssend');
    if (this.checkPeer(dest, tag)) return;
    carrier.sendMessage(this.encode(value), dest, tag, true);
  }

  /** Starts a send (§3.7.2). The value is copied: it may change at once. */
  isend(value: unknown, dest: number, tag = 0): Request<void> {
    return this.#isend('isend', value, dest, tag, false);
  }

  /** Starts a synchronous send: the request completes when the receive has begun (§3.7.2). */
  issend(value: unknown, dest: number, tag = 0): Request<void> {
    return this.#isend('issend', value, dest, tag, true);
  }

  /** Receives a value; blocks until one comes. From PROC_NULL: null (§3.10). `T` is the sender's word, not checked. */
  recv<T = unknown>(source: number = ANY_SOURCE, tag: number = ANY_TAG, status?: Status): T {
    const carrier = this.enter('recv');
    if (this.checkSource(source, tag)) return this.#fromNobody<T>(status);
    return carrier.recvMessage<T>(source, tag, status ?? scratch, decode);
  }

  /** Starts a receive of a value of any size (§3.7.2). */
  irecv<T = unknown>(source: number = ANY_SOURCE, tag: number = ANY_TAG): Request<T> {
    const carrier = this.enter('irecv');
    if (this.checkSource(source, tag)) return new Request(undefined, () => this.#fromNobody<T>());
    const operation = carrier.irecvMessage(source, tag);
    return new Request({ fabric: carrier.fabric, operation }, () => received<T>(operation));
  }

  /** Sends one value and receives another, whatever order the peers work in (§3.11). */
  sendrecv<T = unknown>(
    value: unknown,
    dest: number,
    sendTag = 0,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
    status?: Status,
  ): T {
    const carrier = this.enter('sendrecv');
    const sendNothing = this.checkPeer(dest, sendTag);
    const recvNothing = this.checkSource(source, recvTag);
    const message = sendNothing ? undefined : this.encode(value, true);
    const sending = message && carrier.isendMessage(message, dest, sendTag, false);
    const result = recvNothing
      ? this.#fromNobody<T>(status)
      : carrier.recvMessage<T>(source, recvTag, status ?? scratch, decode);
    if (sending) new Request({ fabric: carrier.fabric, operation: sending }, nothing).wait();
    return result;
  }

  /**
   * Starts sendrecv (§3.11, MPI_ISENDRECV): complete when both halves are; its status is that of the receive. The value is copied and may change at
   * once.
   */
  isendrecv<T = unknown>(
    value: unknown,
    dest: number,
    sendTag = 0,
    source: number = ANY_SOURCE,
    recvTag: number = ANY_TAG,
  ): Request<T> {
    const carrier = this.enter('isendrecv');
    const sendNothing = this.checkPeer(dest, sendTag);
    const recvNothing = this.checkSource(source, recvTag);
    const message = sendNothing ? undefined : this.encode(value, true);
    const receiving = recvNothing ? undefined : carrier.irecvMessage(source, recvTag);
    const sending = message && carrier.isendMessage(message, dest, sendTag, false);
    const take = () => (receiving ? received<T>(receiving) : this.#fromNobody<T>());
    return new Request(both(carrier, receiving, sending), take);
  }

  /** Blocks until a message can be received and says which, without receiving it (§3.8.1). */
  probe(source: number = ANY_SOURCE, tag: number = ANY_TAG): Status {
    const carrier = this.enter('probe');
    const status = new Status();
    if (!this.checkSource(source, tag)) carrier.probe(source, tag, status);
    return status;
  }

  /** As probe; null if no message is there (§3.8.1). */
  iprobe(source: number = ANY_SOURCE, tag: number = ANY_TAG): Status | null {
    const carrier = this.enter('iprobe');
    const status = new Status();
    return this.checkSource(source, tag) || carrier.iprobe(source, tag, status) ? status : null;
  }

  /** An encoded value; with `owned` in memory of its own. */
  protected encode(value: unknown, owned = false): Outgoing {
    try {
      return owned ? encodeOwned(value) : encode(value);
    } catch (cause) {
      const found = findRefused(value);
      const reason = found ?? (cause instanceof Error ? cause.message : String(cause));
      throw this.refuse('ERR_TYPE', `the value cannot be sent: ${reason}`, { cause });
    }
  }

  #isend(operation: string, value: unknown, dest: number, tag: number, synchronous: boolean): Request<void> {
    const carrier = this.enter(operation);
    if (this.checkPeer(dest, tag)) return new Request<void>(undefined, nothing);
    const sending = carrier.isendMessage(this.encode(value, true), dest, tag, synchronous);
    return new Request<void>({ fabric: carrier.fabric, operation: sending }, nothing);
  }

  #fromNobody<T>(status?: Status): T {
    status?.set(new Status());
    return null as T;
  }
}

/** One communication of two, with the status of the receive; undefined when there is nothing to do. */
export function both(
  carrier: Carrier,
  receiving: Operation | undefined,
  sending: Operation | undefined,
): Pending | undefined {
  const parts = [receiving, sending].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const { fabric } = carrier;
  // Reports tell of the whole.
  for (const part of parts) fabric.release(part);
  const operation = carrier.inSteps(steps(parts));
  return { fabric, operation, envelope: receiving?.envelope ?? new Status() };
}

function* steps(parts: readonly Operation[]): Steps {
  yield parts;
}

/** The value of a finished receive; undefined if it was cancelled. */
function received<T>(operation: Operation): T {
  return operation.incoming === undefined ? (undefined as T) : decode<T>(operation.incoming);
}
