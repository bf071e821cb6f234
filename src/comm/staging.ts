import { allocate, kindOf, viewOf, type TypedArray } from '../fabric/memory.ts';

/*
 * Memory in which the elements of views travel. New memory costs a page fault for every 4 KiB, which is more than the packing; so it is
 * used again. Who forgets to give memory back, after an error say, leaves it to the garbage collector.
 */

/** Shorter arrays come from V8 as quickly as from here. */
const LEAST_BYTES = 4096;
/** Longer ones are too much to keep. */
const MOST_BYTES = 2 ** 26;
const KEPT_OF_A_SIZE = 8;

/** By the exponent of their size, a power of two. */
const idle: ArrayBuffer[][] = [];
const lent = new WeakSet<ArrayBufferLike>();

/** An array of the type of `like` with anything in it. */
export function borrow(like: TypedArray, length: number): TypedArray {
  const bytes = length * like.BYTES_PER_ELEMENT;
  if (bytes < LEAST_BYTES || bytes > MOST_BYTES) return allocate(like, length);
  const exponent = Math.ceil(Math.log2(bytes));
  const buffer = idle[exponent]?.pop() ?? new ArrayBuffer(2 ** exponent);
  lent.add(buffer);
  return viewOf(kindOf(like), buffer, 0, length);
}

/** Takes back what was borrowed; nothing else. */
export function giveBack(array: TypedArray): void {
  const { buffer } = array;
  if (!(buffer instanceof ArrayBuffer) || !lent.delete(buffer)) return;
  const same = (idle[Math.log2(buffer.byteLength)] ??= []);
  if (same.length < KEPT_OF_A_SIZE) same.push(buffer);
}
