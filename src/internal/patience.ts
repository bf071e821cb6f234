/** A longer wait says no more than this one: others may have had the core. */
const CLIPPED = 0.3;
/** One wait in so many is spent in the other way, to learn how that would be now. */
const TRIAL = 32;
/** Looking must be so much quicker to be worth a core. */
const WORTH = 0.7;

/**
 * Whether to look for something again and again before sleeping: while what is looked for comes sooner than what is slept for. Where a core
 * is free for each side it comes ten times sooner; where others use the cores, looking only takes the time from whoever should bring it.
 */
export class Patience {
  /** Mean milliseconds of the last waits in which was looked, and in which was not. */
  readonly #usual = { look: 0.005, sleep: 0.02 };
  readonly #longest: number;
  #mode: 'look' | 'sleep' = 'look';
  #waits = 0;
  #since = 0;

  /** `longest`: milliseconds of a look. */
  constructor(longest = 0.05) {
    this.#longest = longest;
  }

  /** Something was asked for: a wait begins. */
  begin(now: number): void {
    this.#since = now;
  }

  /** It has come, and more may. */
  rewarded(now: number): void {
    const usual = this.#usual;
    const waited = Math.min(CLIPPED, now - this.#since);
    usual[this.#mode] += 0.1 * (waited - usual[this.#mode]);
    const better = usual.look < WORTH * usual.sleep ? 'look' : 'sleep';
    const other = better === 'look' ? 'sleep' : 'look';
    this.#mode = ++this.#waits % TRIAL === 0 ? other : better;
    this.#since = now;
  }

  /** Milliseconds since something was last asked for, or has come. */
  waited(now: number): number {
    return now - this.#since;
  }

  /** Whether to look once more. */
  lasts(now: number): boolean {
    return this.#mode === 'look' && this.waited(now) < this.#longest;
  }
}
