import { ExperimentError } from '../../conduit/index.ts';
import type { Variable } from '../variables.ts';

/**
 * A number folded back between bounds like light between mirrors. To a solver the objective then goes on beyond the bounds as its
 * mirror image: no penalty to choose, and an optimum on a bound is an ordinary one.
 */
export function reflect(x: number, { lower, upper }: Variable): number {
  if (x >= lower && x <= upper) return x;
  if (upper === Infinity) return lower + (lower - x);
  if (lower === -Infinity) return upper - (x - upper);
  const range = upper - lower;
  const turn = Math.abs(x - lower) % (2 * range);
  // Rounding may lead a last bit outside.
  return Math.min(upper, Math.max(lower, lower + (turn <= range ? turn : 2 * range - turn)));
}

/** Bounds of every variable; refuses a variable without. */
export function finiteBounds(of: string, variables: readonly Variable[]): void {
  for (const { name, lower, upper } of variables)
    if (!(upper - lower < Infinity))
      throw new ExperimentError('ERR_OPTION', `${of} needs bounds for the variable '${name}'`);
}

/** Where every variable begins and how far it looks; refuses a variable that says neither that nor bounds. */
export function startAndStep(
  of: string,
  variables: readonly Variable[],
): { start: number[]; step: number[] } {
  for (const { name, start, step } of variables)
    if (start === undefined || step === undefined)
      throw new ExperimentError('ERR_OPTION', `${of} needs bounds, or start and step, for '${name}'`);
  return { start: variables.map(({ start }) => start!), step: variables.map(({ step }) => step!) };
}
