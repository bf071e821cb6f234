/** From here on a copy through Buffer's fill, a plain memcpy in Node, is faster than TypedArray.set on shared memory. */
export const FILL_BYTES = 4096;

/** Copies `length` bytes between arrays that do not overlap, of which one may be shared memory. */
export function copyBytes(
  to: Uint8Array,
  toStart: number,
  from: Uint8Array,
  fromStart: number,
  length: number,
): void {
  if (length >= FILL_BYTES) {
    const piece = from.subarray(fromStart, fromStart + length);
    asBuffer(to).fill(piece, toStart, toStart + length);
  } else if (length > 64) {
    to.set(from.subarray(fromStart, fromStart + length), toStart);
  } else {
    for (let i = 0; i < length; i++) to[toStart + i] = from[fromStart + i]!;
  }
}

function asBuffer(array: Uint8Array): Buffer {
  if (Buffer.isBuffer(array)) return array;
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}
