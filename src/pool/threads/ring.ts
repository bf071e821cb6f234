import type { decode } from '../../comm/codec/decode.ts';
import type { encode } from '../../comm/codec/encode.ts';

type Outgoing = ReturnType<typeof encode>;
type Incoming = Parameters<typeof decode>[0];

/** Bytes that a ring holds, and words of its control in front of them: writer and reader each have a cache line, and so has the reader's state. */
const CAPACITY = 256 * 1024;
const HEAD = 0;
const TAIL = 16;
const STATE = 32;
const CONTROL_WORDS = 48;

/** Longest record that is written into a ring. */
export const LONGEST: number = CAPACITY / 8;

const UNIT = 8;
const UNITS = CAPACITY / UNIT;
/** Positions count units, modulo this. */
const TURN = 2 ** 30;

/** What stands in front of a record: its length in bytes, or one of these. */
const ON_PORT = -1;
const TO_START = -2;

/** How the reader waits. */
export const Waiting = { NOT: 0, BLOCKED: 1, IN_LOOP: 2 } as const;

export const ringMemory = (): SharedArrayBuffer => new SharedArrayBuffer(4 * CONTROL_WORDS + CAPACITY);

/** Records from one thread to one other, in shared memory. */
export class Ring {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  #head = 0;
  #tail = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, CONTROL_WORDS);
    this.#words = new Int32Array(memory, 4 * CONTROL_WORDS);
    this.#bytes = Buffer.from(memory, 4 * CONTROL_WORDS, CAPACITY);
  }

  /** Writes an encoded value; false when there is no room now. */
  write({ bytes, words, length }: Outgoing): boolean {
    const at = this.#room(length);
    if (at < 0) return false;
    const start = at * UNIT + 4;
    const size = Math.ceil(length / 4);
    if (size <= 64) for (let i = 0, w = start / 4; i < size; i++) this.#words[w + i] = words[i]!;
    else this.#bytes.set(bytes.subarray(0, length), start);
    this.#publish(at, length, length);
    return true;
  }

  /** Writes that the next message is the next one on the port; false when there is no room now. */
  refer(): boolean {
    const at = this.#room(0);
    if (at >= 0) this.#publish(at, ON_PORT, 0);
    return at >= 0;
  }

  /** Whether there is something to read. */
  readable(): boolean {
    return Atomics.load(this.#control, HEAD) !== this.#tail;
  }

  /** Hands the next record to `inline`, or asks `onPort` for it. Call it only when there is something to read. */
  read<T>(inline: (message: Incoming) => T, onPort: () => T): T {
    let at = this.#tail & (UNITS - 1);
    let length = this.#words[2 * at]!;
    if (length === TO_START) {
      this.#tail = (this.#tail + UNITS - at) % TURN;
      at = 0;
      length = this.#words[0]!;
    }
    try {
      if (length === ON_PORT) return onPort();
      return inline({ bytes: this.#bytes, start: at * UNIT + 4, length, parts: NO_PARTS });
    } finally {
      this.#tail = (this.#tail + unitsOf(length === ON_PORT ? 0 : length)) % TURN;
      Atomics.store(this.#control, TAIL, this.#tail);
    }
  }

  /** The reader says how it is about to wait. It must look once more before it does. */
  wait(state: number): void {
    Atomics.store(this.#control, STATE, state);
  }

  /** Blocks the reader's thread until woken. */
  block(milliseconds?: number): void {
    Atomics.wait(this.#control, STATE, Waiting.BLOCKED, milliseconds);
    Atomics.store(this.#control, STATE, Waiting.NOT);
  }

  /** Wakes the reader if it sleeps; `inLoop` wakes one whose event loop runs. */
  wake(inLoop: () => void): void {
    const state = Atomics.load(this.#control, STATE);
    if (state === Waiting.NOT) return;
    if (Atomics.compareExchange(this.#control, STATE, state, Waiting.NOT) !== state) return;
    if (state === Waiting.BLOCKED) Atomics.notify(this.#control, STATE);
    else inLoop();
  }

  /** The unit where a record of so many bytes can stand; −1 for none. */
  #room(length: number): number {
    const units = unitsOf(length);
    const at = this.#head & (UNITS - 1);
    const skipped = at + units > UNITS ? UNITS - at : 0;
    const used = (this.#head - Atomics.load(this.#control, TAIL) + TURN) % TURN;
    if (used + skipped + units > UNITS) return -1;
    if (skipped === 0) return at;
    this.#words[2 * at] = TO_START;
    this.#head = (this.#head + skipped) % TURN;
    return 0;
  }

  #publish(at: number, mark: number, length: number): void {
    this.#words[2 * at] = mark;
    this.#head = (this.#head + unitsOf(length)) % TURN;
    Atomics.store(this.#control, HEAD, this.#head);
  }
}

const NO_PARTS: readonly ArrayBuffer[] = [];
const unitsOf = (length: number) => Math.ceil((length + 4) / UNIT);
