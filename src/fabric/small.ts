import { copyBytes, FILL_BYTES } from './copy.ts';
import { byteLengthOf, bytesOf, Kind, kindOf, type TypedArray } from './memory.ts';

/** Memory of a fabric seen as words, floats and bytes. */
export interface Views {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
}

/** Up to so many bytes a loop beats a call into the engine's own copy (about 40 ns). */
export const LOOP_BYTES = 128;

/* Each branch has its own access sites: V8 keeps them specialised for one element type. Views that exist already save making one (about 70 ns). */

/** Copies an array to the fabric's memory from byte `at`, a multiple of 8; gives its element kind. */
export function storeSmall({ words, floats, bytes }: Views, at: number, array: TypedArray): number {
  const length = byteLengthOf(array);
  const short = length <= LOOP_BYTES;
  if (length >= FILL_BYTES) {
    copyBytes(bytes, at, bytesOf(array), 0, length);
    return kindOf(array);
  }
  if (array instanceof Float64Array) {
    const to = at >> 3;
    if (!short) floats.set(array, to);
    else for (let i = 0; i < array.length; i++) floats[to + i] = array[i]!;
    return Kind.Float64;
  }
  if (array instanceof Int32Array) {
    const to = at >> 2;
    if (!short) words.set(array, to);
    else for (let i = 0; i < array.length; i++) words[to + i] = array[i]!;
    return Kind.Int32;
  }
  if (array instanceof Uint8Array) {
    if (!short) bytes.set(array, at);
    else for (let i = 0; i < array.length; i++) bytes[at + i] = array[i]!;
    return Kind.Uint8;
  }
  copyBytes(bytes, at, bytesOf(array), 0, length);
  return kindOf(array);
}

/** Copies `length` bytes from byte `at`, a multiple of 8, to the front of an array. */
export function loadSmall(
  { words, floats, bytes }: Views,
  at: number,
  array: TypedArray,
  length: number,
): void {
  const short = length <= LOOP_BYTES;
  if (length >= FILL_BYTES) {
    copyBytes(bytesOf(array), 0, bytes, at, length);
  } else if (array instanceof Float64Array && (length & 7) === 0) {
    const from = at >> 3;
    const n = length >> 3;
    if (!short) array.set(floats.subarray(from, from + n));
    else for (let i = 0; i < n; i++) array[i] = floats[from + i]!;
  } else if (array instanceof Int32Array && (length & 3) === 0) {
    const from = at >> 2;
    const n = length >> 2;
    if (!short) array.set(words.subarray(from, from + n));
    else for (let i = 0; i < n; i++) array[i] = words[from + i]!;
  } else if (array instanceof Uint8Array && short) {
    for (let i = 0; i < length; i++) array[i] = bytes[at + i]!;
  } else {
    copyBytes(bytesOf(array), 0, bytes, at, length);
  }
}
