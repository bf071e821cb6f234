import { normalQuantile } from '../distributions/special.ts';
import type { Variable } from '../variables.ts';
import type { Strategy } from './cmaes-strategy.ts';
import { scaleRow, variance } from './triangle.ts';

/** A variable of which only multiples of a granularity are evaluated. Lengths are in units of its first step, from the start. */
export interface Whole {
  readonly index: number;
  readonly granularity: number;
  /** Where one of the multiples lies. */
  readonly phase: number;
  readonly lower: number;
  readonly upper: number;
}

export function wholesOf(
  variables: readonly Variable[],
  start: readonly number[],
  step: readonly number[],
): Whole[] {
  return variables.flatMap(({ granularity, lower, upper }, index) => {
    if (granularity === 0) return [];
    const at = (x: number) => (x - start[index]!) / step[index]!;
    const phase = at(lower === -Infinity ? 0 : lower);
    return [{ index, granularity: granularity / step[index]!, phase, lower: at(lower), upper: at(upper) }];
  });
}

/** Of the better samples those whose multiple differs from the mean's are moved onto it: the update then sees what was evaluated. */
export function centre(
  wholes: readonly Whole[],
  { mean, sigma }: { readonly mean: readonly number[]; readonly sigma: number },
  sorted: readonly Float64Array[],
  weights: readonly number[],
): void {
  for (const { index, granularity, phase, lower, upper } of wholes) {
    const multiple = (x: number) => Math.round((x - phase) / granularity);
    const middle = mean[index]!;
    sorted.forEach((y, k) => {
      if (!(weights[k]! > 0)) return;
      const x = middle + sigma * y[index]!;
      // A sample beyond a bound was evaluated at its mirror image, and stays where it is.
      if (x < lower || x > upper || multiple(x) === multiple(middle)) return;
      y[index] = (phase + granularity * multiple(x) - middle) / sigma;
    });
  }
}

/**
 * The least deviation at which the next multiple is still drawn now and then, in the state and not only in the draw: T. Marty, N. Hansen
 * and others, "LB+IC-CMA-ES: two simple modifications of CMA-ES to handle mixed-integer problems", PPSN 2024.
 */
export function widen(wholes: readonly Whole[], sigma: number, covariance: number[], s: Strategy): void {
  const n = s.dimension;
  if (wholes.length === 0) return;
  const p = 2 / (n + wholes.length);
  const share = Math.min(0.2, s.muEff / n, p < 1 ? 1 / (2 * Math.abs(normalQuantile(p / 2))) : 0.2);
  for (const { index, granularity } of wholes) {
    const least = share * granularity;
    const deviation = sigma * Math.sqrt(variance(covariance, index));
    if (deviation < least) scaleRow(covariance, n, index, least / deviation);
  }
}
