import { MpiError } from '../fabric/error.ts';
import type { Carrier, Matched, Operation } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import { decode } from './codec/decode.ts';
import { Request } from './request.ts';
import type { Status } from './status.ts';
import type { Memory } from './view.ts';

/** Where memory receives: of a communicator. */
export interface Landings {
  of(memory: Memory): TypedArray;
  /** Begins to receive into the landing of `memory`. */
  receive(matched: Matched, memory: Memory, landing: TypedArray): Operation;
}

/**
 * A message that `mprobe` or `improbe` has taken out of the queue (MPI 4.1 §3.8.2): no other receive can get it. Receive it once, whatever
 * way; again is ERR_REQUEST. From PROC_NULL there is one without content (MPI_MESSAGE_NO_PROC): `recv` gives null, `Recv` does nothing.
 */
export class Message {
  /** Its sender, tag and length. */
  readonly status: Status;
  readonly #carrier: Carrier;
  readonly #matched: Matched | undefined;
  readonly #landings: Landings;
  #received = false;

  /** @internal Without `matched` it is from PROC_NULL. */
  constructor(carrier: Carrier, matched: Matched | undefined, status: Status, landings: Landings) {
    this.#carrier = carrier;
    this.#landings = landings;
    this.#matched = matched;
    this.status = status;
  }

  /** Receives a value (§3.8.3). Of a message sent by an Uppercase call: ERR_TYPE, and the message is gone. */
  recv<T = unknown>(): T {
    return this.#value<T>('Message.recv').wait();
  }

  /** Receives into the front of an array (§3.8.3). One that is too short is ERR_TRUNCATE, and the message stays for another. */
  Recv(memory: Memory): void {
    this.#memory('Message.Recv', memory).wait();
  }

  /** Begins `recv` (§3.8.3). */
  irecv<T = unknown>(): Request<T> {
    return this.#value<T>('Message.irecv');
  }

  /** Begins `Recv`; leave the array alone until the request is complete (§3.8.3). */
  Irecv(memory: Memory): Request<void> {
    return this.#memory('Message.Irecv', memory);
  }

  #value<T>(call: string): Request<T> {
    this.#enter(call);
    this.#received = true;
    if (this.#matched === undefined) return new Request(undefined, () => null as T, this.status);
    const operation = this.#matched.irecvMessage();
    return this.#request(operation, () => decode<T>(operation.incoming!));
  }

  #memory(call: string, memory: Memory): Request<void> {
    this.#enter(call);
    const landing = this.#landings.of(memory);
    const room = landing.byteLength;
    const { source, tag, bytes } = this.status;
    if (bytes > room) {
      const lengths = `has ${bytes} bytes, the array to receive it ${room}`;
      throw this.#refuse('ERR_TRUNCATE', `the message from rank ${source}, tag ${tag} ${lengths}`);
    }
    this.#received = true;
    if (this.#matched === undefined) return new Request<void>(undefined, () => undefined, this.status);
    return this.#request<void>(this.#landings.receive(this.#matched, memory, landing), () => undefined);
  }

  #request<T>(operation: Operation, take: () => T): Request<T> {
    return new Request({ fabric: this.#carrier.fabric, operation }, take);
  }

  #enter(call: string): void {
    this.#carrier.operation = call;
    if (this.#received) throw this.#refuse('ERR_REQUEST', 'this message has already been received');
  }

  #refuse(code: 'ERR_REQUEST' | 'ERR_TRUNCATE', message: string): MpiError {
    const { operation, rank } = this.#carrier;
    const { source, tag } = this.status;
    return new MpiError(code, message, { operation, rank, peer: source, tag });
  }
}
