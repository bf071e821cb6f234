import { copyBytes } from '../copy.ts';
import { padded } from '../message.ts';

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
