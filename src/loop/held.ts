import type { Range } from './dispenser.ts';

/** Of a rank: the ranges that it has and may give back. */
interface Holding {
  /** The one that was given last. */
  last: number;
  /** The lowest place of all. */
  least: number;
}

/**
 * Which ranks hold which items, as far as it matters where items are read from iterators: below the lowest place that anybody may still give
 * back, no rank need keep any.
 */
export class Held {
  readonly #holdings = new Map<number, Holding>();

  /** A rank gets a range beside what it holds. */
  begin(rank: number, { start }: Range): void {
    const least = Math.min(start, this.#holdings.get(rank)?.least ?? Infinity);
    this.#holdings.set(rank, { last: start, least });
  }

  /** A rank is done with all that it held, except the range given last where it is at work on that. */
  done(rank: number, atWork: boolean): void {
    const holding = this.#holdings.get(rank);
    if (holding === undefined) return;
    if (atWork) holding.least = holding.last;
    else this.#holdings.delete(rank);
  }

  /** The lowest place held; `free` is that of what nobody has. */
  floor(free: number): number {
    let least = free;
    for (const holding of this.#holdings.values()) least = Math.min(least, holding.least);
    return least;
  }
}
