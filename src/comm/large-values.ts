import { arrivalMemory } from '../fabric/arrivals.ts';
import type { Carrier } from '../fabric/fabric.ts';
import { copy } from '../fabric/memory.ts';
import {
  allocateBytes,
  contiguous,
  messageBytes,
  padded,
  partLengths,
  type Decode,
  type Incoming,
  type Outgoing,
} from '../fabric/message.ts';

/*
 * Values of collectives travel together, as blocks of one array. Where they would be more than that array may hold, long ones travel by themselves: a
 * rank tells BY_ITSELF in place of its length, gives no bytes to the block, and the two ranks concerned then talk apart. Nobody else
 * needs to know, so that nobody waits for more than before.
 */

/** Bytes of all blocks together. */
const TOGETHER_BYTES = 2 ** 30;

/** In place of the length of a message that travels by itself. */
export const BY_ITSELF = -1;

const NOTHING = new Uint8Array(0);

const scratch = { source: 0, tag: 0, bytes: 0, cancelled: false };

/** The length to tell of a message to or from one of `size` ranks: its bytes, or BY_ITSELF. */
export function lengthOf(message: Outgoing, size: number): number {
  const bytes = messageBytes(message);
  return bytes <= TOGETHER_BYTES / size ? bytes : BY_ITSELF;
}

/** Arrays from this size on are broadcast one by one. */
const LONG_BYTES = 2 ** 16;

/** The length to tell of a message to all ranks: BY_ITSELF also where its arrays are so long that it is not worth to copy them together. */
export function lengthToAll({ parts, length }: Outgoing): number {
  let bytes = 0;
  for (const part of parts) bytes += padded(part.length);
  const isLong = parts.length > 0 && bytes >= LONG_BYTES * parts.length;
  return isLong || length + bytes > TOGETHER_BYTES ? BY_ITSELF : length + bytes;
}

/** What a message gives to the block of all. */
export function blockOf(message: Outgoing, size: number): Uint8Array {
  return lengthOf(message, size) === BY_ITSELF ? NOTHING : contiguous(message);
}

/** A message as its receiver would have it: nothing of it is the sender's. */
export function received({ bytes, length, parts }: Outgoing): Incoming {
  const own = (part: Uint8Array) => {
    const memory = allocateBytes(part.length);
    memory.set(part);
    return memory.buffer;
  };
  return { bytes: bytes.slice(0, length), start: 0, length, parts: parts.map(own) };
}

/** Two ranks of a communicator apart from all others, who do not take part. */
export function apart<T>(carrier: Carrier, peer: number, body: (pair: Carrier, other: number) => T): T {
  const { rank, operation } = carrier;
  const pair = carrier.createGroup([Math.min(rank, peer), Math.max(rank, peer)], 0);
  pair.operation = operation;
  const result = body(pair, rank < peer ? 1 : 0);
  pair.free();
  return result;
}

/** Sends a message by itself. */
export function sendApart(carrier: Carrier, message: Outgoing, dest: number): void {
  apart(carrier, dest, (pair, other) => pair.sendMessage(message, other, 0, false));
}

/** Receives a message that travels by itself. */
export function receiveApart<T>(carrier: Carrier, source: number, decode: Decode<T>): T {
  return apart(carrier, source, (pair, other) => pair.recvMessage(other, 0, scratch, decode));
}

/** Messages both ways between two ranks; undefined: none that way. */
export function swapApart<T>(
  carrier: Carrier,
  peer: number,
  outgoing: Outgoing | undefined,
  comes: boolean,
  decode: Decode<T>,
): T | undefined {
  return apart(carrier, peer, (pair, other) => {
    const send = () => outgoing && pair.sendMessage(outgoing, other, 0, false);
    if (other === 1) send();
    const value = comes ? pair.recvMessage(other, 0, scratch, decode) : undefined;
    if (other === 0) send();
    return value;
  });
}

/**
 * A message of the root's to all others; `message` counts there, and undefined is what it gets. Each part travels as memory, and arrives where it
 * stays.
 */
export function broadcast(
  carrier: Carrier,
  message: Outgoing | undefined,
  root: number,
): Incoming | undefined {
  const length = Float64Array.of(message?.length ?? 0);
  carrier.bcast(length, root);
  const head = allocateBytes(length[0]!);
  if (message) copy(head, message.bytes.subarray(0, message.length));
  carrier.bcast(head, root);
  const parts = partLengths(head, 0, head.length).map((bytes, i) => {
    const part = message === undefined ? arrivalMemory(bytes) : message.parts[i]!;
    if (bytes > 0) carrier.bcast(part, root);
    return part.buffer as ArrayBuffer;
  });
  return message === undefined ? { bytes: head, start: 0, length: head.length, parts } : undefined;
}
