import { ExperimentError } from '../../conduit/index.ts';
import type { Variable } from '../variables.ts';
import type { Point, Space } from '../solver.ts';

/*
 * Coordinates that reach from −∞ to ∞ whatever the bounds of a variable: ln(x − a) above a bound, ln(b − x) below one, ln((x − a)/(b − x))
 * between two. A density by z is that by x times the derivative of x, so that a wall of a prior is no obstacle.
 */

/** A variable's place, ln of its derivative by z, and the derivatives of both. */
export interface Unbounded {
  readonly x: number;
  readonly logDerivative: number;
  readonly derivative: number;
  /** Of `logDerivative`. */
  readonly slope: number;
}

const NONE = { logDerivative: 0, derivative: 1, slope: 0 };

export function unbounded(z: number, { lower, upper }: Variable): Unbounded {
  if (lower > -Infinity && upper < Infinity) {
    // With the smaller of both shares exact.
    const e = Math.exp(-Math.abs(z));
    const small = e / (1 + e);
    const share = z < 0 ? small : 1 - small;
    const range = upper - lower;
    const x = z < 0 ? lower + range * small : upper - range * small;
    const derivative = (range * small) / (1 + e);
    return {
      x,
      logDerivative: Math.log(range) - Math.abs(z) - 2 * Math.log1p(e),
      derivative,
      slope: 1 - 2 * share,
    };
  }
  if (lower === -Infinity && upper === Infinity) return { x: z, ...NONE };
  const e = Math.exp(z);
  return lower > -Infinity
    ? { x: lower + e, logDerivative: z, derivative: e, slope: 1 }
    : { x: upper - e, logDerivative: z, derivative: -e, slope: 1 };
}

/** z of a place within the bounds. */
export function fromBounds(x: number, { lower, upper }: Variable): number {
  if (lower > -Infinity && upper < Infinity) return Math.log(x - lower) - Math.log(upper - x);
  if (lower > -Infinity) return Math.log(x - lower);
  return upper < Infinity ? Math.log(upper - x) : x;
}

export const pointAt = ({ variables }: Space, z: readonly number[]): Point =>
  z.map((each, j) => unbounded(each, variables[j]!).x);

const ONE_SIGMA = 0.8413447460685429;

/** Half the width of the middle 68 % of each prior in these coordinates: finite where there is no standard deviation. */
export function priorScales({ variables }: Space): number[] {
  return variables.map((variable) => {
    const [low, high] = [1 - ONE_SIGMA, ONE_SIGMA].map((p) =>
      fromBounds(variable.prior!.quantile(p), variable),
    );
    const half = Math.abs(high! - low!) / 2;
    return half > 0 && half < Infinity ? half : 1;
  });
}

/** Whole numbers have no derivative. */
export function refuseWhole(of: string, { variables }: Space): void {
  for (const { name, prior } of variables)
    if (prior!.discrete)
      throw new ExperimentError(
        'ERR_OPTION',
        `${of}: the variable '${name}' has a prior of whole numbers, which have no gradient: use nested(), tmcmc() or mcmc()`,
      );
}
