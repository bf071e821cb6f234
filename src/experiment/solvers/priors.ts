import type { Point, Space } from '../solver.ts';

/** ln of the prior at a point. */
export function logPrior({ variables }: Space, point: Point): number {
  return variables.reduce((sum, { prior }, i) => sum + prior!.logDensity(point[i]!), 0);
}
