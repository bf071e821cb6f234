import type { Random } from '../../conduit/index.ts';
import type { Distribution } from '../distributions/distribution.ts';
import type { Point, Space } from '../solver.ts';

/** ln of the prior at a point. */
export function logPrior({ variables }: Space, point: Point): number {
  return variables.reduce((sum, { prior }, i) => sum + prior!.logDensity(point[i]!), 0);
}

/** Points drawn from the priors. */
export function drawPriors({ variables }: Space, count: number, random: Random): Point[] {
  return Array.from({ length: count }, () => variables.map(({ prior }) => prior!.sample(random)));
}

const ONE_SIGMA = 0.8413447460685429;

/** Half the width of the middle 68 % of a distribution: its standard deviation if it is normal, and finite where there is none. */
export function priorScale(prior: Distribution): number {
  return (prior.quantile(ONE_SIGMA) - prior.quantile(1 - ONE_SIGMA)) / 2 || 1;
}
