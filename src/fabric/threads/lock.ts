/** One rank at a time, for as long as a call of the system takes: whoever waits sleeps, and nobody holds it while waiting for another rank. */
export class Lock {
  readonly #word: Int32Array;

  /** `memory`: four zero bytes that all ranks share. */
  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory);
  }

  take(): void {
    let state = Atomics.compareExchange(this.#word, 0, FREE, HELD);
    while (state !== FREE) {
      if (state === WANTED || Atomics.compareExchange(this.#word, 0, HELD, WANTED) !== FREE)
        Atomics.wait(this.#word, 0, WANTED);
      state = Atomics.compareExchange(this.#word, 0, FREE, WANTED);
    }
  }

  giveBack(): void {
    if (Atomics.exchange(this.#word, 0, FREE) === WANTED) Atomics.notify(this.#word, 0, 1);
  }
}

/* The mutex of U. Drepper, Futexes Are Tricky (2011), §6: the holder notifies only where somebody may sleep. */
const FREE = 0;
const HELD = 1;
const WANTED = 2;
