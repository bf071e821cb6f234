import { ExperimentError } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import { Listing } from '../listing.ts';
import type { Optimizer, Point, Space } from '../solver.ts';
import { finiteBounds } from './bounds.ts';
import { DESIGNS, design, type Design } from './designs.ts';

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
  /** 'random' (default), or spread more evenly: a latin hypercube or a Sobol sequence. */
  readonly spread?: Design;
}

/** Every point of a regular grid; the first variable changes fastest. */
export function gridSearch(options: GridSearchOptions): Optimizer {
  const of = 'gridSearch';
  check.names(of, options, ['points', 'population']);
  const { points, population = 1000 } = options;
  for (const each of typeof points === 'number' ? [points] : points) check.wholeNumber(of, 'points', each, 1);
  check.wholeNumber(of, 'population', population, 1);
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
      return new Listing(total, population, at, null, nothing, state);
    },
  };
}

/** Points drawn evenly, or spread over the bounds. J. Bergstra and Y. Bengio, J. Machine Learning Research 13 (2012) 281. */
export function randomSearch(options: RandomSearchOptions): Optimizer {
  const of = 'randomSearch';
  check.names(of, options, ['points', 'population', 'spread']);
  const points = check.wholeNumber(of, 'points', options.points, 1);
  const population = check.wholeNumber(of, 'population', options.population ?? 1000, 1);
  const spread = check.oneOf(of, 'spread', options.spread ?? 'random', DESIGNS);
  return {
    for: 'optimize',
    name: of,
    options: { points, population, spread },
    begin(space, state) {
      finiteBounds(of, space.variables);
      const n = space.variables.length;
      // Other points than random ones depend on each other.
      const all = spread === 'random' ? undefined : design(spread, points, n, space.random(0));
      const at = (index: number) => {
        const u = all?.[index] ?? design('random', 1, n, space.random(index))[0]!;
        return space.variables.map(({ lower, upper }, j) => lower + u[j]! * (upper - lower));
      };
      return new Listing(points, population, at, null, nothing, state);
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

const nothing = () => null;
