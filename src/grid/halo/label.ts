import { GridError } from '../error.ts';

/** Bytes before the elements of each exchange: which call it belongs to. */
export const LABEL_BYTES = 64;
export const LABEL_WORDS = 16;
const HASH = 0;
const CALL = 1;
const NAME = 2;
const NAME_BYTES = LABEL_BYTES - 8;

/** Tells which call an exchange belongs to: what ranks must have in common. */
export class Label {
  readonly words: Int32Array = new Int32Array(LABEL_WORDS);

  /**
   * @param name of the kernel or call, for the message
   * @param identity what else must be the same on all ranks, such as numbers of fields
   */
  constructor(
    readonly name: string,
    identity: string,
  ) {
    let hash = 0x811c9dc5;
    for (const letter of `${name} ${identity}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
    this.words[HASH] = hash;
    new TextEncoder().encodeInto(name, new Uint8Array(this.words.buffer, 4 * NAME, NAME_BYTES));
  }

  /** Writes it before a message's elements. */
  write(words: Int32Array, call: number): void {
    words.set(this.words);
    words[CALL] = call;
  }

  /** @throws GridError ERR_MISMATCH where a neighbor's message belongs to another call */
  check(words: Int32Array, call: number, rank: number, neighbor: number): void {
    if (words[HASH] === this.words[HASH] && words[CALL] === call) return;
    const bytes = Uint8Array.from(new Uint8Array(words.buffer, words.byteOffset + 4 * NAME, NAME_BYTES));
    const theirs = new TextDecoder().decode(bytes).replace(/\0.*$/s, '');
    const message = `rank ${rank} exchanges halos for '${this.name}', its launch ${call}; rank ${neighbor} for '${theirs}', its launch ${words[CALL]!}: all ranks must make the same launches with the same fields`;
    throw new GridError('ERR_MISMATCH', message, { operation: this.name, rank });
  }
}
