/** Marks a piece that nobody has taken yet. */
const FRESH = 4;
const PIECE = 3;

/** Memory of `Newest` that two threads share. */
export interface NewestMemory {
  readonly pieces: readonly SharedArrayBuffer[];
  /** Which piece lies in the middle, and whether it is fresh. */
  readonly middle: SharedArrayBuffer;
}

/** Memory for values of so many bytes. */
export function newestMemory(bytes: number): NewestMemory {
  const middle = new SharedArrayBuffer(4);
  new Int32Array(middle)[0] = 1;
  return { pieces: [0, 1, 2].map(() => new SharedArrayBuffer(bytes)), middle };
}

/**
 * The writer's side of three pieces of memory that hand the newest value from one thread to another, of which neither ever waits (triple buffering). Each side
 * has one piece for itself; the third lies in the middle, and handing over exchanges it. A value that is not taken in time is replaced by the next.
 */
export class NewestWriter {
  #own = 0;

  constructor(readonly memory: NewestMemory) {}

  /** The piece to write the next value into. */
  get piece(): SharedArrayBuffer {
    return this.memory.pieces[this.#own]!;
  }

  /** Hands the piece over. Returns whether the one before had been taken: the reader then has to be told. */
  publish(): boolean {
    const before = Atomics.exchange(new Int32Array(this.memory.middle), 0, this.#own | FRESH);
    this.#own = before & PIECE;
    return (before & FRESH) === 0;
  }
}

/** The reader's side. */
export class NewestReader {
  #own = 2;

  constructor(readonly memory: NewestMemory) {}

  /** The newest value; undefined where it has been taken before. It stays as it is until the next call. */
  take(): SharedArrayBuffer | undefined {
    const middle = new Int32Array(this.memory.middle);
    if ((Atomics.load(middle, 0) & FRESH) === 0) return undefined;
    this.#own = Atomics.exchange(middle, 0, this.#own) & PIECE;
    return this.memory.pieces[this.#own]!;
  }
}
