import type { Reduction } from '../fabric.ts';
import { allocate, byteLengthOf, copyElements, elementsOf, kindOf, type TypedArray } from '../memory.ts';
import type { Call } from './collectives.ts';
import type { Engine } from './engine.ts';
import { SHORT_BYTES, type Ledger } from './ledger.ts';
import { unequal } from './slots.ts';

/*
 * Collectives of few ranks with short blocks: each sends its block to every other through the rings. A block costs the cache lines that it lies in,
 * and its frame tells which call it is of; a slot (shared.ts) costs four more, and the ledger one.
 */
export interface ShortCall extends Call {
  readonly ledger: Ledger;
}

/** With more ranks a slot, written once for all, is cheaper. */
const FEW = 4;

/** The same on every rank, if the bytes are. */
export function fits({ eagerBytes }: Engine, ranks: number, bytes: number): boolean {
  return ranks <= FEW && (ranks - 1) * bytes <= SHORT_BYTES && bytes <= eagerBytes;
}

/** What the root has sent, if it is there soon. */
export function receive({ port, number }: ShortCall, array: TypedArray, root: number): boolean {
  return port.recvNow(array, 0, array.length, root, number, scratch);
}

/** The root gives its array to all; the others wait for it. */
export function bcast(call: ShortCall, array: TypedArray, root: number): void {
  if (call.group.rank === root) return giveAll(call, array);
  const { port, number, operation } = call;
  const receiving = port.irecv(array, root, number, operation);
  port.engine.wait(receiving);
  if (receiving.error) throw unequal(call, root, receiving.envelope.bytes, byteLengthOf(array));
}

/** `from` null: the own block lies in its place. */
export function allgather(call: ShortCall, from: TypedArray | null, into: TypedArray): void {
  const { rank, members } = call.group;
  const count = into.length / members.length;
  const own = rank * count;
  for (let dest = 0; dest < members.length; dest++)
    if (dest !== rank) give(call, dest, from ?? into, from ? 0 : own, count);
  if (from) copyElements(into, own, from, 0, count);
  for (let source = 0; source < members.length; source++)
    if (source !== rank) take(call, source, into, source * count, count);
}

/** `from` null: the blocks lie in `into`, and have gone before those of others come. */
export function alltoall(call: ShortCall, from: TypedArray | null, into: TypedArray): void {
  const { rank, members } = call.group;
  const count = into.length / members.length;
  for (let dest = 0; dest < members.length; dest++)
    if (dest !== rank) give(call, dest, from ?? into, dest * count, count);
  if (from) copyElements(into, rank * count, from, rank * count, count);
  for (let source = 0; source < members.length; source++)
    if (source !== rank) take(call, source, into, source * count, count);
}

/** Combined in rank order on every rank, so that the result is the same. */
export function allreduce(call: ShortCall, from: TypedArray | null, into: TypedArray, op: Reduction): void {
  const { rank, members } = call.group;
  const { length } = into;
  giveAll(call, from ?? into);
  let own = from ?? into;
  if (rank === 0) {
    if (from) copyElements(into, 0, from, 0, length);
  } else {
    if (!from) copyElements((own = spare(OWN, into)), 0, into, 0, length);
    take(call, 0, into, 0, length);
  }
  for (let source = 1; source < members.length; source++) {
    let right = own;
    if (source !== rank) take(call, source, (right = spare(THEIRS, into)), 0, length);
    op.fold(into, right);
  }
}

function giveAll(call: ShortCall, array: TypedArray): void {
  const { rank, members } = call.group;
  for (let dest = 0; dest < members.length; dest++)
    if (dest !== rank) give(call, dest, array, 0, array.length);
}

/** Sends `count` elements of an array. */
function give(call: ShortCall, dest: number, array: TypedArray, start: number, count: number): void {
  const { port, group, number, operation } = call;
  if (port.engine.sendNow(array, port.contextId, group.members[dest]!, number, start, count)) return;
  port.send(elementsOf(array, start, count), dest, number, false, operation);
}

/** Receives a block into `count` elements of an array. */
function take(call: ShortCall, source: number, array: TypedArray, start: number, count: number): void {
  const { port, number, operation } = call;
  const room = count * array.BYTES_PER_ELEMENT;
  if (!port.recvNow(array, start, count, source, number, scratch)) {
    call.ledger.check();
    const receiving = port.irecv(elementsOf(array, start, count), source, number, operation);
    port.engine.wait(receiving);
    scratch.bytes = receiving.envelope.bytes;
  }
  if (scratch.bytes !== room) throw unequal(call, source, scratch.bytes, room);
}

const scratch = { source: 0, tag: 0, bytes: 0, cancelled: false };

const OWN = 0;
const THEIRS = 1;
const spares: TypedArray[] = [];

/** An array of `like`'s kind for a short block. */
function spare(which: number, like: TypedArray): TypedArray {
  return (spares[2 * kindOf(like) + which] ??= allocate(like, SHORT_BYTES / like.BYTES_PER_ELEMENT));
}
