/**
 * The locks on the parts of a window (MPI 4.1 §12.5.3) in shared memory: one a rank, held by one rank alone or shared by several. Who
 * cannot have it at once waits in a queue and gets it in turn, so nobody starves.
 *
 *     lock blocks     one a rank: two mutexes, who holds the lock, the queue
 *     grants          one a rank: set when the lock it waits for has been given to it
 */
const Lock = { MUTEX: 0, EXCLUSIVE: 1, SHARED: 2, FIRST: 3, WAITING: 4, ACCUMULATE: 8, QUEUE: 16 } as const;

/** Ranks do not fight for cache lines. */
const LINE = 16;
/** Looks at a taken mutex before sleeping: it is held for the time of a few stores. */
const SPINS = 50;

const blockWords = (size: number) => Lock.QUEUE + Math.ceil(size / LINE) * LINE;

export class WindowLocks {
  readonly #words: Int32Array;
  readonly #rank: number;
  readonly #size: number;
  readonly #ring: (rank: number) => void;

  /** The words start at the front of `memory`; `ring` wakes a rank. */
  constructor(memory: SharedArrayBuffer, size: number, rank: number, ring: (rank: number) => void) {
    this.#words = new Int32Array(memory, 0, WindowLocks.bytes(size) / 4);
    this.#rank = rank;
    this.#size = size;
    this.#ring = ring;
  }

  static bytes(size: number): number {
    return 4 * size * (blockWords(size) + LINE);
  }

  /** Takes the lock on a rank's part, or queues for it; false when it must wait until `granted`. */
  ask(target: number, exclusive: boolean): boolean {
    const words = this.#words;
    const block = this.#block(target);
    this.#enter(block + Lock.MUTEX);
    const waiting = words[block + Lock.WAITING]!;
    const free = waiting === 0 && this.#admits(block, exclusive);
    if (free) {
      this.#take(block, exclusive);
    } else {
      const place = (words[block + Lock.FIRST]! + waiting) % this.#size;
      words[block + Lock.QUEUE + place] = exclusive ? -1 - this.#rank : this.#rank;
      words[block + Lock.WAITING] = waiting + 1;
      Atomics.store(words, this.#grant(this.#rank), 0);
    }
    this.#leave(block + Lock.MUTEX);
    return free;
  }

  /** Whether the lock this rank queues for is now its own. */
  granted(): boolean {
    return Atomics.load(this.#words, this.#grant(this.#rank)) === 1;
  }

  /** Gives a lock back and hands it to those whose turn it is. */
  release(target: number, exclusive: boolean): void {
    const words = this.#words;
    const block = this.#block(target);
    this.#enter(block + Lock.MUTEX);
    if (exclusive) words[block + Lock.EXCLUSIVE] = 0;
    else words[block + Lock.SHARED]!--;
    const next: number[] = [];
    while (words[block + Lock.WAITING]! > 0) {
      const first = words[block + Lock.FIRST]!;
      const entry = words[block + Lock.QUEUE + first]!;
      if (!this.#admits(block, entry < 0)) break;
      this.#take(block, entry < 0);
      words[block + Lock.FIRST] = (first + 1) % this.#size;
      words[block + Lock.WAITING]!--;
      next.push(entry < 0 ? -1 - entry : entry);
    }
    this.#leave(block + Lock.MUTEX);
    for (const rank of next) {
      Atomics.store(words, this.#grant(rank), 1);
      this.#ring(rank);
    }
  }

  /** Runs `access` while no other rank accumulates on that part. */
  alone<T>(target: number, access: () => T): T {
    const mutex = this.#block(target) + Lock.ACCUMULATE;
    this.#enter(mutex);
    try {
      return access();
    } finally {
      this.#leave(mutex);
    }
  }

  /** Orders this rank's plain reads and writes before and after. */
  fence(): void {
    Atomics.add(this.#words, this.#grant(this.#rank) + 1, 1);
  }

  #admits(block: number, exclusive: boolean): boolean {
    const words = this.#words;
    return words[block + Lock.EXCLUSIVE] === 0 && (!exclusive || words[block + Lock.SHARED] === 0);
  }

  #take(block: number, exclusive: boolean): void {
    if (exclusive) this.#words[block + Lock.EXCLUSIVE] = 1;
    else this.#words[block + Lock.SHARED]!++;
  }

  #block(target: number): number {
    return target * blockWords(this.#size);
  }

  #grant(rank: number): number {
    return this.#size * blockWords(this.#size) + rank * LINE;
  }

  /** A mutex is 0 when free, 1 when taken, 2 when somebody may sleep before it. Its holders never wait for anything. */
  #enter(mutex: number): void {
    const words = this.#words;
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.compareExchange(words, mutex, 0, 1) === 0) return;
    while (Atomics.exchange(words, mutex, 2) !== 0) Atomics.wait(words, mutex, 2);
  }

  #leave(mutex: number): void {
    if (Atomics.exchange(this.#words, mutex, 0) === 2) Atomics.notify(this.#words, mutex, 1);
  }
}
