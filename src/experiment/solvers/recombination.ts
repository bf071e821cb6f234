import type { Random } from '../../conduit/index.ts';
import type { Point } from '../solver.ts';
import type { Variable } from '../variables.ts';

/** Two variables closer than this are alike. */
const ALIKE = 1e-14;

/**
 * Simulated binary crossover within bounds: two children about their parents, as far apart as `index` says (a larger one: closer to
 * the parents). Each variable is mixed with probability ½. K. Deb and R. B. Agrawal, Complex Systems 9 (1995) 115; bounds as in
 * K. Deb, "An efficient constraint handling method for genetic algorithms", Comput. Methods Appl. Mech. Eng. 186 (2000) 311.
 */
export function crossover(
  [one, other]: readonly [Point, Point],
  variables: readonly Variable[],
  index: number,
  random: Random,
): [number[], number[]] {
  const [first, second] = [[...one], [...other]];
  variables.forEach(({ lower, upper }, j) => {
    // All are drawn in any case: the stream must not depend on what the parents are.
    const [mixes, u, swaps] = [random.uniform() < 0.5, random.uniform(), random.uniform() < 0.5];
    const [low, high] = one[j]! < other[j]! ? [one[j]!, other[j]!] : [other[j]!, one[j]!];
    if (!mixes || !(high - low > ALIKE * (upper - lower))) return;
    const spread = (room: number) => {
      const alpha = 2 - (1 + (2 * room) / (high - low)) ** -(index + 1);
      return u <= 1 / alpha ? (u * alpha) ** (1 / (index + 1)) : (1 / (2 - u * alpha)) ** (1 / (index + 1));
    };
    const a = 0.5 * (low + high - spread(low - lower) * (high - low));
    const b = 0.5 * (low + high + spread(upper - high) * (high - low));
    const [x, y] = [a, b].map((each) => Math.min(upper, Math.max(lower, each)));
    first[j] = swaps ? y! : x!;
    second[j] = swaps ? x! : y!;
  });
  return [first, second];
}

/**
 * Polynomial mutation within bounds: each variable with the probability `rate`, by a step that is the smaller the larger `index` is. K. Deb and
 * S. Deb, "Analysing mutation schemes for real-parameter genetic algorithms", Int. J. Artif. Intell. Soft Comput. 4 (2014) 1.
 */
export function mutate(
  point: readonly number[],
  variables: readonly Variable[],
  rate: number,
  index: number,
  random: Random,
): number[] {
  return variables.map(({ lower, upper }, j) => {
    const [hit, u] = [random.uniform() < rate, random.uniform()];
    const x = point[j]!;
    if (!hit) return x;
    const [below, above] = [(x - lower) / (upper - lower), (upper - x) / (upper - lower)];
    const power = 1 / (index + 1);
    const step =
      u < 0.5
        ? (2 * u + (1 - 2 * u) * (1 - below) ** (index + 1)) ** power - 1
        : 1 - (2 * (1 - u) + (2 * u - 1) * (1 - above) ** (index + 1)) ** power;
    return Math.min(upper, Math.max(lower, x + step * (upper - lower)));
  });
}
