import { copyBytes } from './copy.ts';
import { byteLengthOf, bytesOf, Kind, kindOf, type TypedArray } from './memory.ts';

/** Memory of a fabric seen as words, floats and bytes. */
export interface Views {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
}

/** Up to so many bytes a loop beats making a view and calling into the engine's own copy (about 40 ns each). */
export const LOOP_BYTES = 128;

/* Each branch has its own access sites: V8 keeps them specialised for one element type. */

/** Copies an array to the fabric's memory from byte `at`, a multiple of 8; gives its element kind. */
export function storeSmall({ words, floats, bytes }: Views, at: number, array: TypedArray): number {
  if (byteLengthOf(array) <= LOOP_BYTES) {
    if (array instanceof Float64Array) {
      for (let i = 0, to = at >> 3; i < array.length; i++) floats[to + i] = array[i]!;
      return Kind.Float64;
    }
    if (array instanceof Int32Array) {
      for (let i = 0, to = at >> 2; i < array.length; i++) words[to + i] = array[i]!;
      return Kind.Int32;
    }
    if (array instanceof Uint8Array) {
      for (let i = 0; i < array.length; i++) bytes[at + i] = array[i]!;
      return Kind.Uint8;
    }
  }
  copyBytes(bytes, at, bytesOf(array), 0, byteLengthOf(array));
  return kindOf(array);
}

/** Copies `length` bytes from byte `at`, a multiple of 8, to the front of an array. */
export function loadSmall(
  { words, floats, bytes }: Views,
  at: number,
  array: TypedArray,
  length: number,
): void {
  if (length <= LOOP_BYTES) {
    if (array instanceof Float64Array && (length & 7) === 0) {
      for (let i = 0, from = at >> 3, n = length >> 3; i < n; i++) array[i] = floats[from + i]!;
      return;
    }
    if (array instanceof Int32Array && (length & 3) === 0) {
      for (let i = 0, from = at >> 2, n = length >> 2; i < n; i++) array[i] = words[from + i]!;
      return;
    }
    if (array instanceof Uint8Array) {
      for (let i = 0; i < length; i++) array[i] = bytes[at + i]!;
      return;
    }
  }
  copyBytes(bytesOf(array), 0, bytes, at, length);
}
