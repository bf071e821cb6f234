/** Bounds of how long it pays to look again and again, in milliseconds. */
const LEAST = 0.002;
const MOST = 0.2;
/** A look that comes so long after the one before: others had the core meanwhile. */
const PREEMPTED = 0.5;

/**
 * How long to look for something before sleeping: a few times what it took lately to come. Where it does not come in time (others use the
 * cores, or tasks are long) looking only takes the time from whoever should bring it, so less and less is spent on it.
 */
export class Patience {
  #budget = 0.05;
  #since = 0;
  #last = 0;

  /** Something came or was asked for: begins anew. */
  begin(now: number): void {
    this.#since = this.#last = now;
  }

  /** Something has come, which was looked for. */
  rewarded(now: number): void {
    if (now - this.#last > PREEMPTED) this.#budget = Math.max(LEAST, this.#budget / 2);
    else this.#budget = Math.min(MOST, 0.8 * this.#budget + 0.2 * (0.02 + 3 * (now - this.#since)));
    this.begin(now);
  }

  /** Whether to look once more; otherwise it was for nothing. */
  lasts(now: number): boolean {
    this.#last = now;
    if (now - this.#since < this.#budget) return true;
    this.#budget = Math.max(LEAST, 0.7 * this.#budget);
    return false;
  }
}
