import { ExperimentError } from '../../conduit/index.ts';
import type { Point, Search, Space, Value } from '../solver.ts';
import { startAndStep } from './bounds.ts';
import { design, type Design } from './designs.ts';
import { smallest } from './logarithms.ts';

/** One descent: what it asks for next, from its state alone, and what it makes of the answer. Lengths in units of the first steps. */
export interface Method<S> {
  begin(x: number[]): S;
  next(state: S): readonly number[];
  take(state: S, loss: number, gradient: readonly number[]): void;
  stopped(state: S): string | undefined;
}

/** Bounds in units of the variables' first steps, from their starts. */
export interface Scaled {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** Strict JSON. */
interface State<S> {
  generation: number;
  descents: S[];
  best: number;
}

/** How the other starts are spread over the bounds, if a user does not say. */
export const SPREAD = 'sobol up to 21 variables, else latin';

/** What `begin` of an optimizer is that consists of descents. */
export function beginDescents<S>(
  of: string,
  starts: number,
  spread: Design | undefined,
  make: (bounds: Scaled) => Method<S>,
): (space: Space, state: unknown) => Descents<S> {
  return (space, state) =>
    new Descents(
      of,
      space,
      starts,
      spread ?? (space.variables.length <= 21 ? 'sobol' : 'latin'),
      make,
      // Of a search like this one, checked by its fingerprint.
      state as State<S> | undefined,
    );
}

/** Descents along gradients, side by side from several starts: so many evaluations at once. */
export class Descents<S> implements Search {
  readonly #of: string;
  readonly #space: Space;
  readonly #method: Method<S>;
  readonly #start: readonly number[];
  readonly #steps: readonly number[];
  readonly #state: State<S>;

  constructor(
    of: string,
    space: Space,
    starts: number,
    spread: Design,
    make: (bounds: Scaled) => Method<S>,
    state?: State<S>,
  ) {
    this.#of = of;
    this.#space = space;
    const { start, step } = startAndStep(of, space.variables);
    this.#start = start;
    this.#steps = step;
    const scaled = (bound: 'lower' | 'upper') =>
      space.variables.map((variable, i) => (variable[bound] - start[i]!) / step[i]!);
    const bounds = { lower: scaled('lower'), upper: scaled('upper') };
    this.#method = make(bounds);
    // The first begins where the variables say; without bounds the others lie within three steps of it.
    const others = design(spread, starts, start.length, space.random(0)).slice(1);
    const places = others.map((u) =>
      u.map((each, i) => {
        const [low, high] = [Math.max(bounds.lower[i]!, -3), Math.min(bounds.upper[i]!, 3)];
        const bounded = bounds.upper[i]! - bounds.lower[i]! < Infinity;
        return bounded
          ? bounds.lower[i]! + each * (bounds.upper[i]! - bounds.lower[i]!)
          : low + each * (high - low);
      }),
    );
    this.#state = state ?? {
      generation: 0,
      descents: [start.map(() => 0), ...places].map((x) => this.#method.begin(x)),
      best: Infinity,
    };
  }

  get state(): State<S> {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    return this.#going().map((descent) => this.#toPoint(this.#method.next(descent)));
  }

  tell(_: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    this.#going().forEach((descent, k) => {
      const { value, gradient } = values[k]!;
      if (gradient === undefined && Number.isFinite(value))
        throw new ExperimentError(
          'ERR_MODEL',
          `${this.#of} needs an objective that returns { value, gradient }`,
        );
      const slopes = this.#steps.map((step, i) => step * (gradient?.[i] ?? 0));
      this.#method.take(descent, value, slopes);
    });
    state.best = Math.min(state.best, smallest(values.map(({ value }) => value)));
    state.generation++;
  }

  /** Of the last that has ended. */
  stopped(): string | undefined {
    const reasons = this.#state.descents.map((descent) => this.#method.stopped(descent));
    return reasons.every((reason) => reason !== undefined) ? reasons.at(-1) : undefined;
  }

  figures(): Record<string, number> {
    return { loss: this.#state.best, descents: this.#going().length };
  }

  #going(): S[] {
    return this.#state.descents.filter((descent) => this.#method.stopped(descent) === undefined);
  }

  #toPoint(x: readonly number[]): Point {
    return this.#space.variables.map(({ lower, upper }, i) =>
      // Rounding may lead a last bit outside.
      Math.min(upper, Math.max(lower, this.#start[i]! + this.#steps[i]! * x[i]!)),
    );
  }
}
