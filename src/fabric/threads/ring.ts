import {
  Ring,
  ringControl,
  ringStart,
  ringUnitsOf,
  UNIT_BYTES,
  UNIT_WORDS,
  type ThreadsMemory,
} from './memory.ts';

/**
 * A ring carries frames from one rank to one other: whole units, contiguous, in order. Nobody else writes or reads it, so
 * there is no lock. A frame is published by its first word (its length in units; negative: skip so many units to the ring's
 * start), stored last; the writer has zeroed the word after the frame before, so a reader that finds 0 has caught up. One cache line
 * therefore carries a whole small message.
 *
 * Positions count units and wrap as 32-bit integers.
 */
export class RingWriter {
  readonly #words: Int32Array;
  readonly #control: number;
  readonly #start: number;
  readonly #units: number;
  #tail = 0;
  /** The reader's position when last looked at. */
  #head = 0;

  constructor(memory: ThreadsMemory, words: Int32Array, source: number, dest: number) {
    this.#words = words;
    this.#control = ringControl(memory.size, source, dest);
    this.#start = ringStart(memory, source, dest) / 4;
    this.#units = ringUnitsOf(memory, source, dest);
  }

  /** The word index of room for a frame, or −1 when there is none yet. */
  reserve(units: number): number {
    const at = this.#tail & (this.#units - 1);
    const toEnd = this.#units - at;
    if (units < toEnd) return this.#room(units + 1) ? this.#start + at * UNIT_WORDS : -1;
    // One unit stays free behind the frame for the next frame's first word; the frame goes to the start.
    if (!this.#room(toEnd + units + 1)) return -1;
    this.#words[this.#start] = 0;
    Atomics.store(this.#words, this.#start + at * UNIT_WORDS, -toEnd);
    this.#tail = (this.#tail + toEnd) | 0;
    return this.#start;
  }

  /** Hands the frame at `frame` to the reader. */
  publish(frame: number, units: number): void {
    this.#words[frame + units * UNIT_WORDS] = 0;
    Atomics.store(this.#words, frame, units);
    this.#tail = (this.#tail + units) | 0;
  }

  /** Before sleeping for want of room: the reader is to wake us when it has made some. Then look once more. */
  want(): void {
    Atomics.store(this.#words, this.#control + Ring.WANTED, 1);
  }

  #free(): number {
    return this.#units - ((this.#tail - this.#head) | 0);
  }

  #room(units: number): boolean {
    if (this.#free() >= units) return true;
    this.#head = Atomics.load(this.#words, this.#control + Ring.HEAD);
    return this.#free() >= units;
  }
}

/** The other end. */
export class RingReader {
  readonly #words: Int32Array;
  readonly #control: number;
  readonly #start: number;
  readonly #units: number;
  #head = 0;
  /** The position that the writer knows. */
  #told = 0;

  /** `resumed`: goes on where another reader has told the writer that it is. */
  constructor(memory: ThreadsMemory, words: Int32Array, source: number, dest: number, resumed = false) {
    this.#words = words;
    this.#control = ringControl(memory.size, source, dest);
    this.#start = ringStart(memory, source, dest) / 4;
    this.#units = ringUnitsOf(memory, source, dest);
    if (resumed) this.#head = this.#told = Atomics.load(words, this.#control + Ring.HEAD);
  }

  /** The word index of the next frame, or −1 when there is none. */
  peek(): number {
    const frame = this.#start + (this.#head & (this.#units - 1)) * UNIT_WORDS;
    const units = Atomics.load(this.#words, frame);
    if (units > 0) return frame;
    if (units === 0) return -1;
    this.#head = (this.#head - units) | 0;
    return this.peek();
  }

  /** Gives the units of the frame just read back. True when the writer waits for room: the caller wakes it. */
  advance(units: number): boolean {
    this.#head = (this.#head + units) | 0;
    // The writer need not hear of every frame: its line would travel each time.
    return ((this.#head - this.#told) | 0) >= this.#units >> 3 && this.tell();
  }

  /** Goes on behind a frame that stays where it is. */
  skip(units: number): void {
    this.#head = (this.#head + units) | 0;
  }

  /** Lets the writer see how far the reader is. True when it waits for room. */
  tell(): boolean {
    if (this.#told === this.#head) return false;
    this.#told = this.#head;
    Atomics.store(this.#words, this.#control + Ring.HEAD, this.#head);
    const wanted = this.#control + Ring.WANTED;
    return Atomics.load(this.#words, wanted) === 1 && Atomics.exchange(this.#words, wanted, 0) === 1;
  }
}

/** Units that a frame of so many bytes takes. */
export const unitsFor = (bytes: number): number => (bytes + UNIT_BYTES - 1) >> 6;
