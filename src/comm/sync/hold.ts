/**
 * What a rank has acquired. `release()` gives it back, and so does the end of the block of a `using` declaration,
 * whichever way the block ends.
 *
 * @example
 * {
 *   using hold = mutex.acquire();
 *   update(table);
 * } // released here
 */
export class Hold implements Disposable {
  #giveBack: (() => void) | undefined;

  /** @internal */
  constructor(giveBack: () => void) {
    this.#giveBack = giveBack;
  }

  /** Gives it back; again is without effect. */
  release(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
