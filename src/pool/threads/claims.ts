/** Tasks that a worker can owe at a time. */
const SLOTS = 256;
const GENERATIONS = 2 ** 22;

/** Memory for the claims of one worker. */
export const claimsMemory = (): SharedArrayBuffer => new SharedArrayBuffer(4 * SLOTS);

/**
 * Who has a task: a word for each that is under way, with its number until the worker takes it (then minus that) or the pool takes it back (then 0). The first to
 * change it wins, so that a task withdrawn never runs and one that was lost is known to have begun or not.
 */
export class Claims {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  offer(id: number): void {
    Atomics.store(this.#words, id % SLOTS, id);
  }

  /** By the worker: true when the task is its to run. */
  begin(id: number): boolean {
    return Atomics.compareExchange(this.#words, id % SLOTS, id, -id) === id;
  }

  /** By the pool: true when it will not run. */
  revoke(id: number): boolean {
    return Atomics.compareExchange(this.#words, id % SLOTS, id, 0) === id;
  }
}

/** Numbers for tasks, of which those in use have different slots. */
export class Numbers {
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, slot) => SLOTS + slot);

  take(): number {
    return this.#free.pop()!;
  }

  giveBack(id: number): void {
    const slot = id % SLOTS;
    const generation = (Math.floor(id / SLOTS) % GENERATIONS) + 1;
    this.#free.push(generation * SLOTS + slot);
  }
}
