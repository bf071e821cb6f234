import { ExperimentError } from '../../conduit/index.ts';
import { checkOptions, wholeNumber } from '../../conduit/options.ts';
import type { Optimizer, Point, Search, Space } from '../solver.ts';
import { finiteBounds } from './bounds.ts';

export interface GridSearchOptions {
  /** Points along each variable, bounds included: one number for all, or one for each in their order. */
  readonly points: number | readonly number[];
  /** Points a generation: as many as may be lost when a run is killed before it is recorded. Default 1000. */
  readonly population?: number;
}

export interface RandomSearchOptions {
  /** Points in all. */
  readonly points: number;
  /** Points a generation. Default 1000. */
  readonly population?: number;
}

/** Every point of a regular grid; the first variable changes fastest. */
export function gridSearch(options: GridSearchOptions): Optimizer {
  const of = 'gridSearch';
  checkOptions(of, options, ['points', 'population']);
  const { points, population = 1000 } = options;
  for (const each of typeof points === 'number' ? [points] : points) wholeNumber(of, 'points', each, 1);
  wholeNumber(of, 'population', population, 1);
  return {
    for: 'optimize',
    name: of,
    options: { points, population },
    begin(space, state) {
      finiteBounds(of, space.variables);
      const counts = space.variables.map((_, i) => (typeof points === 'number' ? points : points[i]));
      if (
        !counts.every((count) => count !== undefined) ||
        (Array.isArray(points) && points.length > counts.length)
      )
        throw new ExperimentError('ERR_OPTION', `${of}: points must have one number for each variable`);
      const total = counts.reduce((product, count) => product * count, 1);
      const at = (index: number) => gridPoint(space, counts, index);
      return new Listing(total, population, at, state as State | undefined);
    },
  };
}

/** Points drawn evenly within the bounds. J. Bergstra and Y. Bengio, J. Machine Learning Research 13 (2012) 281. */
export function randomSearch(options: RandomSearchOptions): Optimizer {
  const of = 'randomSearch';
  checkOptions(of, options, ['points', 'population']);
  const points = wholeNumber(of, 'points', options.points, 1);
  const population = wholeNumber(of, 'population', options.population ?? 1000, 1);
  return {
    for: 'optimize',
    name: of,
    options: { points, population },
    begin(space, state) {
      finiteBounds(of, space.variables);
      const at = (index: number) => {
        const random = space.random(index);
        return space.variables.map(({ lower, upper }) => lower + random.uniform() * (upper - lower));
      };
      return new Listing(points, population, at, state as State | undefined);
    },
  };
}

function gridPoint({ variables }: Space, counts: readonly number[], index: number): Point {
  let rest = index;
  return variables.map(({ lower, upper }, i) => {
    const count = counts[i]!;
    const k = rest % count;
    rest = Math.floor(rest / count);
    return count === 1 ? (lower + upper) / 2 : lower + (k * (upper - lower)) / (count - 1);
  });
}

interface State {
  generation: number;
  done: number;
}

/** A list of points, evaluated whatever the values are. */
class Listing implements Search {
  readonly #total: number;
  readonly #population: number;
  readonly #at: (index: number) => Point;
  #state: State;

  constructor(total: number, population: number, at: (index: number) => Point, state?: State) {
    this.#total = total;
    this.#population = population;
    this.#at = at;
    this.#state = state ?? { generation: 0, done: 0 };
  }

  get state(): State {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { done } = this.#state;
    const length = Math.min(this.#population, this.#total - done);
    return Array.from({ length }, (_, i) => this.#at(done + i));
  }

  tell(points: readonly Point[]): void {
    const { generation, done } = this.#state;
    this.#state = { generation: generation + 1, done: done + points.length };
  }

  stopped(): string | undefined {
    return this.#state.done >= this.#total ? 'all points' : undefined;
  }

  figures(): Record<string, number> {
    return { points: this.#state.done };
  }
}
