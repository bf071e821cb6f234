import { ExperimentError } from '../../conduit/index.ts';
import type { Point, Space, Value } from '../solver.ts';
import { logPrior } from './priors.ts';

/** Where a chain is, or a trajectory has come to. */
export interface Place {
  point: Point;
  value: number;
  /** Of ln posterior. */
  gradient: readonly number[];
}

/** A place with a momentum. Momenta are in units of the variables' scales: all of mass 1. */
export interface Phase extends Place {
  momentum: readonly number[];
}

/** Adds the likelihood's gradient and the prior's; null where the posterior is zero. */
export function placeOf(of: string, space: Space, point: Point, { value, gradient }: Value): Place | null {
  if (value === -Infinity) return null;
  if (gradient === undefined)
    throw new ExperimentError('ERR_MODEL', `${of} needs a model that returns { value, gradient }`);
  const whole = gradient.map((g, j) => g + space.variables[j]!.prior!.score(point[j]!));
  return { point, value, gradient: whole };
}

/** Where a chain begins must be somewhere. */
export function beginAt(of: string, place: Place | null): Place {
  if (place !== null) return place;
  throw new ExperimentError(
    'ERR_MODEL',
    `${of}: the likelihood is zero where a chain begins, at a sample of the prior`,
  );
}

export function energy(space: Space, { point, value }: Place, momentum: readonly number[]): number {
  return 0.5 * momentum.reduce((sum, p) => sum + p * p, 0) - value - logPrior(space, point);
}

/** The momentum after the gradient has acted on it for a time. */
export function kick(
  momentum: readonly number[],
  { gradient }: Place,
  time: number,
  scales: readonly number[],
): number[] {
  return momentum.map((p, j) => p + time * scales[j]! * gradient[j]!);
}

/** The place's point after a time at a momentum. */
export function drift(
  { point }: Place,
  momentum: readonly number[],
  time: number,
  scales: readonly number[],
): Point {
  return point.map((x, j) => x + time * scales[j]! * momentum[j]!);
}
