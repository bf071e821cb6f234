import { padded } from '../message.ts';

/** From here on a copy through Buffer's fill, a plain memcpy in Node, is faster than TypedArray.set on shared memory. */
const FILL_BYTES = 4096;

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

/** Pieces of memory that travel as one message, each padded to 8 bytes, gone through from front to back. */
export class Segments {
  readonly #pieces: Uint8Array[];
  #piece = 0;
  #offset = 0;

  constructor(pieces: Uint8Array[]) {
    this.#pieces = pieces;
  }

  add(pieces: readonly Uint8Array[]): void {
    this.#pieces.push(...pieces);
  }

  /** Copies the next `length` bytes to `to`. */
  read(to: Uint8Array, start: number, length: number): void {
    this.#walk(length, (piece, offset, done, n) => copyBytes(to, start + done, piece, offset, n));
  }

  /** Fills the next `length` bytes from `from`. */
  write(from: Uint8Array, start: number, length: number): void {
    this.#walk(length, (piece, offset, done, n) => copyBytes(piece, offset, from, start + done, n));
  }

  #walk(length: number, copy: (piece: Uint8Array, offset: number, done: number, n: number) => void): void {
    for (let done = 0; done < length;) {
      const piece = this.#pieces[this.#piece]!;
      const inPiece = Math.min(length - done, Math.max(0, piece.byteLength - this.#offset));
      if (inPiece > 0) copy(piece, this.#offset, done, inPiece);
      const step = Math.min(length - done, Math.max(inPiece, padded(piece.byteLength) - this.#offset));
      done += step;
      this.#offset += step;
      if (this.#offset >= padded(piece.byteLength)) {
        this.#piece++;
        this.#offset = 0;
      }
    }
  }
}
