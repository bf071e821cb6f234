import { Kind, kindOf, type TypedArray } from '../fabric/memory.ts';

/** `count` elements, or groups of them, `stride` elements apart. */
export interface Run {
  readonly count: number;
  readonly stride: number;
}

/** What the loops below copy between: the same bits as those of the array they stand for. */
export type Bits = Float64Array | Int32Array | Int16Array | Uint8Array;

/** From so many elements in a row on, the engine's own copy (about 60 ns a call) beats a loop. */
const ROW = 32;

/** A bigint is two words: loops over BigInt64Array would make objects of them. */
export function wordsPerElement(array: TypedArray): number {
  const kind = kindOf(array);
  return kind === Kind.BigInt64 || kind === Kind.BigUint64 ? 2 : 1;
}

/** The bits of an array as numbers. Not Float32: its NaNs could change on the way through a double. */
export function bitsOf(array: TypedArray): Bits {
  if (array instanceof Float64Array) return array;
  const { buffer, byteOffset, byteLength } = array;
  switch (array.BYTES_PER_ELEMENT) {
    case 1:
      return new Uint8Array(buffer, byteOffset, byteLength);
    case 2:
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    default:
      return new Int32Array(buffer, byteOffset, byteLength / 4);
  }
}

/**
 * Copies the first `length` elements of those that lie in `field` at `start` + the runs, slowest first, to the front of
 * `packed`; or from there.
 */
export function pack(packed: Bits, field: Bits, start: number, runs: readonly Run[], length: number): void {
  forEachPlane(runs, start, length, (from, at, rows, rowStride, count, stride) => {
    if (stride === 1 && count >= ROW) {
      for (let row = 0; row < rows; row++, from += rowStride, at += count)
        packed.set(field.subarray(from, from + count), at);
    } else {
      gather(packed, at, field, from, rows, rowStride, count, stride);
    }
  });
}

/** The way back of `pack`. */
export function unpack(packed: Bits, field: Bits, start: number, runs: readonly Run[], length: number): void {
  forEachPlane(runs, start, length, (to, at, rows, rowStride, count, stride) => {
    if (stride === 1 && count >= ROW) {
      for (let row = 0; row < rows; row++, to += rowStride, at += count)
        field.set(packed.subarray(at, at + count), to);
    } else {
      scatter(packed, at, field, to, rows, rowStride, count, stride);
    }
  });
}

type Plane = (
  /** Where it begins in the field, and in the packed elements. */
  inField: number,
  inPacked: number,
  rows: number,
  rowStride: number,
  count: number,
  stride: number,
) => void;

/** Calls `plane` for each pair of the two fastest dimensions, until `length` elements are through; the last ones row by row. */
function forEachPlane(runs: readonly Run[], start: number, length: number, plane: Plane): void {
  const outer = runs.slice(0, -2);
  const rows = runs.at(-2) ?? { count: 1, stride: 0 };
  const row = runs.at(-1)!;
  let done = 0;
  const walk = (depth: number, at: number): void => {
    if (depth < outer.length) {
      const { count, stride } = outer[depth]!;
      for (let i = 0; i < count && done < length; i++) walk(depth + 1, at + i * stride);
      return;
    }
    const whole = Math.min(rows.count, Math.floor((length - done) / row.count));
    plane(at, done, whole, rows.stride, row.count, row.stride);
    done += whole * row.count;
    const rest = Math.min(length - done, row.count);
    if (whole === rows.count || rest === 0) return;
    plane(at + whole * rows.stride, done, 1, 0, rest, row.stride);
    done += rest;
  };
  if (length > 0) walk(0, start);
}

function gather(
  packed: Bits,
  at: number,
  field: Bits,
  start: number,
  rows: number,
  rowStride: number,
  count: number,
  stride: number,
): void {
  for (let row = 0; row < rows; row++) {
    let from = start + row * rowStride;
    for (let i = 0; i < count; i++, from += stride) packed[at++] = field[from]!;
  }
}

function scatter(
  packed: Bits,
  at: number,
  field: Bits,
  start: number,
  rows: number,
  rowStride: number,
  count: number,
  stride: number,
): void {
  for (let row = 0; row < rows; row++) {
    let to = start + row * rowStride;
    for (let i = 0; i < count; i++, to += stride) field[to] = packed[at++]!;
  }
}
