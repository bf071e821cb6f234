import { Kind } from '../../fabric/memory.ts';
import { CommunicatorBase } from '../base.ts';
import type { Communicator } from '../communicator.ts';
import { makePlace, SharedWords, type Place, type SyncOptions } from './shared-words.ts';

/** Options of `Counter.create`, the same on all ranks. */
export interface CounterOptions extends SyncOptions {
  /** The first number. Default 0. */
  readonly start?: number;
  /** From one number to the next. Default 1. */
  readonly step?: number;
}

/**
 * Numbers that are given to one rank each, as `Counter` of mpi4py.util.sync: how ranks share out items with nobody
 * serving them. Exact up to 2⁵³.
 *
 * @example
 * const counter = Counter.create(comm);
 * for (const index of counter) {
 *   if (index >= items.length) break;
 *   work(items[index]);
 * }
 * counter.free();
 */
export class Counter extends SharedWords implements Iterable<number> {
  readonly #start: number;
  readonly #step: number;

  private constructor(place: Place, start: number, step: number) {
    super(place, Kind.Float64);
    this.#start = start;
    this.#step = step;
  }

  /**
   * Collective.
   *
   * @throws MpiError ERR_ARG on all ranks when they give different numbers, or such as are not finite.
   */
  static create(comm: Communicator, options: CounterOptions = {}): Counter {
    const { start = 0, step = 1 } = options;
    const carrier = CommunicatorBase.begin(comm, 'Counter.create');
    return new Counter(makePlace(carrier, 'Counter', [start, step], 1, options, Kind.Float64), start, step);
  }

  /** The next number, which no other rank gets. */
  next(): number {
    this.enter('Counter.next');
    return this.#start + this.#step * this.add(0, 1);
  }

  /** All numbers that this rank gets: it must end the loop. */
  *[Symbol.iterator](): Iterator<number, never> {
    for (;;) yield this.next();
  }

  /** Collective: the end of the counter. */
  free(): void {
    this.enter('Counter.free');
    this.freeUnless(undefined, 'the counter');
  }
}
