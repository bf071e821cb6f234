import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { decode } from '../../comm/codec/decode.ts';
import { encode } from '../../comm/codec/encode.ts';
import { marksIn } from '../memory.ts';
import { LONGEST, type Ring } from './ring.ts';

type Outgoing = ReturnType<typeof encode>;

/** A message that goes by the port: one whose arrays were copied once and are handed over, or one with memory of the user's own to hand over or share. */
type Posted =
  | { readonly head: Uint8Array<ArrayBuffer>; readonly parts: readonly ArrayBuffer[] }
  | { readonly value: unknown };

/**
 * A two-way line between the pool's thread and a worker. Values go through a ring in shared memory, long ones by a port that nobody
 * listens to: the ring says when to look there, so that all arrive in order.
 */
export class Line {
  readonly #out: Ring;
  readonly #in: Ring;
  readonly #port: MessagePort;
  readonly #wake: () => void;
  /** What found no room. */
  #backlog: Outgoing[] = [];

  /** `wake`: tells the other side's event loop that there is something. */
  constructor(out: Ring, incoming: Ring, port: MessagePort, wake: () => void) {
    this.#out = out;
    this.#in = incoming;
    this.#port = port;
    this.#wake = wake;
  }

  /**
   * Sends a value. Throws what structured clone throws for one that cannot travel. True when memory was
   * handed over with it.
   */
  send(value: unknown): boolean {
    const marks = marksIn(value);
    if (marks) {
      this.#port.postMessage({ value } satisfies Posted, marks.moved);
      this.#put(REFER);
    } else {
      const message = encode(value);
      if (message.parts.length === 0 && message.length <= LONGEST) {
        if (this.#backlog.length > 0 || !this.#out.write(message)) this.#backlog.push(owned(message));
      } else {
        const head = new Uint8Array(message.bytes.subarray(0, message.length));
        const parts = message.parts.map((part) => new Uint8Array(part).buffer);
        this.#port.postMessage({ head, parts } satisfies Posted, [head.buffer, ...parts]);
        this.#put(REFER);
      }
    }
    this.#out.wake(this.#wake);
    return marks !== undefined && marks.moved.length > 0;
  }

  /** Whether `receive` has something. */
  readable(): boolean {
    return this.#in.readable();
  }

  receive<T>(): T {
    return this.#in.read(decode<T>, () => this.#posted<T>());
  }

  /** Says how this side is about to wait; look once more before doing so. */
  wait(state: number): void {
    this.#in.wait(state);
  }

  /** Blocks this thread until something comes. */
  block(milliseconds?: number): void {
    this.#in.block(milliseconds);
  }

  /** Writes what found no room before; whether all is out. */
  flush(): boolean {
    if (this.#backlog.length === 0) return true;
    let written = 0;
    for (const message of this.#backlog) {
      if (!(message === REFER ? this.#out.refer() : this.#out.write(message))) break;
      written++;
    }
    this.#backlog = this.#backlog.slice(written);
    if (written > 0) this.#out.wake(this.#wake);
    return this.#backlog.length === 0;
  }

  #put(refer: typeof REFER): void {
    if (this.#backlog.length > 0 || !this.#out.refer()) this.#backlog.push(refer);
  }

  #posted<T>(): T {
    const posted = receiveMessageOnPort(this.#port)?.message as Posted;
    if ('value' in posted) return posted.value as T;
    return decode<T>({ bytes: posted.head, start: 0, length: posted.head.length, parts: posted.parts });
  }
}

/** Stands for: look at the port. */
const REFER: Outgoing = encodedNothing();

function encodedNothing(): Outgoing {
  const bytes = new Uint8Array(0);
  return { bytes, words: new Int32Array(bytes.buffer), length: 0, parts: [] };
}

function owned({ bytes, length }: Outgoing): Outgoing {
  const own = new Uint8Array(bytes.subarray(0, length));
  return { bytes: own, words: new Int32Array(own.buffer), length, parts: [] };
}
