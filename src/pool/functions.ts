import { referenceOf, type Reference } from './task.ts';

/** A function as a pool knows it. */
export interface Known {
  readonly id: number;
  readonly reference: Reference;
  /** Mean milliseconds a call takes, of the last dozen or so; infinite while unknown. */
  ms: number;
}

/** The functions that a pool has met, numbered. An arrow function made anew for each call is known by its source. */
export class Functions {
  readonly #known = new WeakMap<object, Known>();
  readonly #bySource = new Map<string, Known>();
  #count = 0;

  /** Throws ERR_TASK for one that cannot be sent. */
  of(fn: object): Known {
    return this.#known.get(fn) ?? this.#meet(fn);
  }

  #meet(fn: object): Known {
    if (typeof fn !== 'function') referenceOf(fn); // which refuses it
    const source = Function.prototype.toString.call(fn);
    let known = this.#bySource.get(source);
    if (known === undefined) {
      const reference = referenceOf(fn);
      known = { id: this.#count++, reference, ms: Infinity };
      if ('source' in reference) this.#bySource.set(source, known);
    }
    this.#known.set(fn, known);
    return known;
  }
}

/** Takes in how long a call took. Of one that took very much longer than those before, not all counts: others may have had the core meanwhile. */
export function learn(known: Known, ms: number): void {
  known.ms = known.ms === Infinity ? ms : mean(known.ms, ms);
}

/** The mean of the last dozen or so. */
export function mean(before: number, ms: number): number {
  return 0.9 * before + 0.1 * Math.min(ms, 8 * before + 0.02);
}
