import { decode } from '../../src/comm/codec/decode.ts';
import { encode, encodeOwned } from '../../src/comm/codec/encode.ts';
import type { Incoming, Outgoing } from '../../src/fabric/message.ts';

/** A value as the receiver gets it from `encode` and from `encodeOwned`; through ordinary and through shared memory. */
export function* arrivals(value: unknown): Generator {
  for (const shared of [false, true]) {
    yield arrive(encode(value), shared);
    yield arrive(encodeOwned(value), shared);
  }
}

export const travel = (value: unknown): unknown => arrive(encode(value), false);

/**
 * Carries a message as the fabrics do: its head comes to lie somewhere in memory that is used again for the next one, each part in memory
 * of its own. Here the head's memory is overwritten at once, so that a value that refers to it shows.
 */
function arrive(message: Outgoing, shared: boolean): unknown {
  const start = 24;
  const room = start + message.length + 8;
  const bytes = new Uint8Array(shared ? new SharedArrayBuffer(room) : new ArrayBuffer(room)).fill(0xee);
  bytes.set(message.bytes.subarray(0, message.length), start);
  const parts = message.parts.map((part) => {
    const own = new ArrayBuffer(part.byteLength);
    new Uint8Array(own).set(part);
    return own;
  });
  const incoming: Incoming = { bytes, start, length: message.length, parts };
  const value = decode(incoming);
  bytes.fill(0xdd);
  return value;
}
