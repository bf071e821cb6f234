import type { Point, Space } from '../solver.ts';

/*
 * Coordinates without walls: z = ln(u / (1 − u)) of the place u in the unit cube, which is the prior's distribution function at x.
 * Every prior is even in u, also one of whole numbers.
 */

const TINY = 2 ** -53;

/** u of z, never on a wall. */
const cubeOf = (z: number): number => Math.min(1 - TINY, Math.max(TINY, 1 / (1 + Math.exp(-z))));

export const logit = (u: number): number => Math.log(u) - Math.log1p(-u);

/** The point of the space at coordinates z. */
export const pointOf = ({ variables }: Space, z: readonly number[]): Point =>
  z.map((each, j) => variables[j]!.prior!.quantile(cubeOf(each)));

/** ln of the prior's density by z: of u (1 − u), the same in all directions. */
export function logPriorOf(z: readonly number[]): number {
  let sum = 0;
  for (const each of z) sum -= Math.abs(each) + 2 * Math.log1p(Math.exp(-Math.abs(each)));
  return sum;
}
