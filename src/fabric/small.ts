import { copyBytes, FILL_BYTES } from './copy.ts';
import { bytesOf, elementsOf, Kind, kindOf, type TypedArray } from './memory.ts';

/** Memory of a fabric seen as words, floats and bytes. */
export interface Views {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
}

/** Up to so many bytes a loop beats a call into the engine's own copy (about 40 ns). */
export const LOOP_BYTES = 128;

/* Each branch has its own access sites: V8 keeps them specialised for one element type. Views that exist already save making one (about 70 ns). */

/** Copies `count` elements of an array from `start` on to the fabric's memory from byte `at`, a multiple of 8; gives their kind. */
export function storeSmall(
  { words, floats, bytes }: Views,
  at: number,
  array: TypedArray,
  start = 0,
  count: number = array.length,
): number {
  const length = count * array.BYTES_PER_ELEMENT;
  const short = length <= LOOP_BYTES;
  if (length >= FILL_BYTES) {
    copyBytes(bytes, at, bytesOf(array, start, count), 0, length);
    return kindOf(array);
  }
  if (array instanceof Float64Array) {
    const to = at >> 3;
    if (!short) floats.set(elementsOf(array, start, count), to);
    else for (let i = 0; i < count; i++) floats[to + i] = array[start + i]!;
    return Kind.Float64;
  }
  if (array instanceof Int32Array) {
    const to = at >> 2;
    if (!short) words.set(elementsOf(array, start, count), to);
    else for (let i = 0; i < count; i++) words[to + i] = array[start + i]!;
    return Kind.Int32;
  }
  if (array instanceof Uint8Array) {
    if (!short) bytes.set(elementsOf(array, start, count), at);
    else for (let i = 0; i < count; i++) bytes[at + i] = array[start + i]!;
    return Kind.Uint8;
  }
  copyBytes(bytes, at, bytesOf(array, start, count), 0, length);
  return kindOf(array);
}

/** Copies `length` bytes from byte `at`, a multiple of 8, to an array from element `start` on. */
export function loadSmall(
  { words, floats, bytes }: Views,
  at: number,
  array: TypedArray,
  length: number,
  start = 0,
): void {
  const short = length <= LOOP_BYTES;
  if (length >= FILL_BYTES) {
    copyBytes(bytesOf(array), start * array.BYTES_PER_ELEMENT, bytes, at, length);
  } else if (array instanceof Float64Array && (length & 7) === 0) {
    const from = at >> 3;
    const n = length >> 3;
    if (!short) array.set(floats.subarray(from, from + n), start);
    else for (let i = 0; i < n; i++) array[start + i] = floats[from + i]!;
  } else if (array instanceof Int32Array && (length & 3) === 0) {
    const from = at >> 2;
    const n = length >> 2;
    if (!short) array.set(words.subarray(from, from + n), start);
    else for (let i = 0; i < n; i++) array[start + i] = words[from + i]!;
  } else if (array instanceof Uint8Array && short) {
    for (let i = 0; i < length; i++) array[start + i] = bytes[at + i]!;
  } else {
    copyBytes(bytesOf(array), start * array.BYTES_PER_ELEMENT, bytes, at, length);
  }
}
