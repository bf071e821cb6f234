import { constants } from 'node:buffer';
import { MpiError } from './error.ts';

/**
 * The form in which a value travels: one message of `length` encoded bytes, then the contents of large typed arrays.
 *
 *     word 0       MAGIC, so that memory received as a value is refused
 *     word 1       bytes of the head: these four words, the encoded value, the table of parts (a multiple of 8)
 *     word 2       number of parts
 *     word 3       0
 *     …            the encoded value, padded to 8
 *     float64 × n  byte length of each part
 *
 * and behind the head each part, padded to 8 bytes.
 */
export const MAGIC = 0x466c6f74;
export const PREFIX_BYTES = 16;

/** An encoded value on its way out. */
export interface Outgoing {
  /** The head's memory (it may be longer than the head) as bytes and as 32-bit words. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  /** Bytes of the head. */
  readonly length: number;
  /** Payloads sent from where they lie. */
  readonly parts: readonly Uint8Array[];
}

/** A message that has arrived, or lies in the fabric's memory: valid only while the fabric lends it. */
export interface Incoming {
  readonly bytes: Uint8Array;
  /** Where the head starts in `bytes`. */
  readonly start: number;
  /** Bytes of the head. */
  readonly length: number;
  /** The parts, each in memory of its own that now belongs to the receiver. */
  readonly parts: readonly ArrayBuffer[];
}

/** Turns a lent message into a value. */
export type Decode<T> = (message: Incoming) => T;

/** Length in bytes on the wire, padding included. */
export const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Bytes of the whole message: what a probe reports. */
export function messageBytes(message: Outgoing): number {
  let total = message.length;
  for (const part of message.parts) total += padded(part.byteLength);
  return total;
}

/** The byte lengths of the parts of a message whose head has arrived. */
export function partLengths(bytes: Uint8Array, start: number, length: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length);
  const count = view.getUint32(8, true);
  return Array.from({ length: count }, (_, i) => view.getFloat64(length - 8 * (count - i), true));
}

/**
 * Memory that is an ArrayBuffer of exactly that size.
 *
 * @throws MpiError ERR_NO_MEM when there is none, or an ArrayBuffer of this Node.js cannot be so long
 */
export function allocateBytes(length: number): Buffer<ArrayBuffer> {
  try {
    return Buffer.allocUnsafeSlow(length);
  } catch (cause) {
    const limit = `an ArrayBuffer of this Node.js holds at most ${constants.MAX_LENGTH} bytes`;
    const why = length > constants.MAX_LENGTH ? limit : 'there is not so much memory';
    const message = `no room for ${length} bytes of a message: ${why}`;
    throw new MpiError('ERR_NO_MEM', message, { operation: 'receive', cause });
  }
}

/** A whole message, parts included, in memory of its own. */
export function contiguous(message: Outgoing): Uint8Array<ArrayBuffer> {
  const all = allocateBytes(messageBytes(message));
  all.set(message.bytes.subarray(0, message.length));
  let at = message.length;
  for (const part of message.parts) {
    all.set(part, at);
    all.fill(0, at + part.length, at + padded(part.length));
    at += padded(part.length);
  }
  return all;
}

/** A message in contiguous bytes, its parts taken out. */
export function split(bytes: Uint8Array, start: number): Incoming {
  const length = new DataView(bytes.buffer, bytes.byteOffset + start).getUint32(4, true);
  let at = start + length;
  const parts = partLengths(bytes, start, length).map((size) => {
    const part = new Uint8Array(bytes.subarray(at, at + size)).buffer;
    at += padded(size);
    return part;
  });
  return { bytes, start, length, parts };
}
