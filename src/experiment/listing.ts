import type { Point, Search, Value } from './solver.ts';

/** Strict JSON. */
interface State<O> {
  generation: number;
  done: number;
  /** What was made of the values so far. */
  outcome: O;
}

/** A list of points, evaluated whatever the values are; what they come to is folded in the order of the list. */
export class Listing<O> implements Search {
  readonly #total: number;
  readonly #population: number;
  readonly #at: (index: number) => Point;
  readonly #fold: (outcome: O, values: readonly Value[], first: number) => O;
  #state: State<O>;

  /** `population` points make a generation. */
  constructor(
    total: number,
    population: number,
    at: (index: number) => Point,
    begin: O,
    fold: (outcome: O, values: readonly Value[], first: number) => O,
    state?: unknown,
  ) {
    this.#total = total;
    this.#population = population;
    this.#at = at;
    this.#fold = fold;
    // A checkpoint of this search, checked by its fingerprint.
    this.#state = (state as State<O> | undefined) ?? { generation: 0, done: 0, outcome: begin };
  }

  get state(): State<O> {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  get outcome(): O {
    return this.#state.outcome;
  }

  ask(): readonly Point[] {
    const { done } = this.#state;
    const length = Math.min(this.#population, this.#total - done);
    return Array.from({ length }, (_, i) => this.#at(done + i));
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const { generation, done, outcome } = this.#state;
    this.#state = {
      generation: generation + 1,
      done: done + points.length,
      outcome: this.#fold(outcome, values, done),
    };
  }

  stopped(): string | undefined {
    return this.#state.done >= this.#total ? 'all points' : undefined;
  }

  figures(): Record<string, number> {
    return { points: this.#state.done };
  }
}
