import { ExperimentError } from '../../conduit/index.ts';
import type { Point, Space, Value } from '../solver.ts';
import { back, forth, type Metric } from './metric.ts';
import { logPrior } from './priors.ts';
import { unbounded } from './unbounded.ts';

/** Where a chain is, or a trajectory has come to. Strict JSON. */
export interface Place {
  /** Coordinates without bounds: unbounded.ts. */
  z: number[];
  point: Point;
  value: number;
  /** ln of the posterior's density by z, and its gradient. */
  log: number;
  gradient: number[];
}

/** A place with a momentum, of mass 1 in all directions of the metric. */
export interface Phase extends Place {
  momentum: readonly number[];
}

/** Adds prior and derivatives of the coordinates to the likelihood; null where the posterior is zero or its gradient no number. */
export function placeOf(
  of: string,
  space: Space,
  z: readonly number[],
  point: Point,
  { value, gradient }: Value,
): Place | null {
  if (value === -Infinity) return null;
  if (gradient === undefined)
    throw new ExperimentError('ERR_MODEL', `${of} needs a model that returns { value, gradient }`);
  let log = value + logPrior(space, point);
  const whole = gradient.map((g, j) => {
    const variable = space.variables[j]!;
    const { logDerivative, derivative, slope } = unbounded(z[j]!, variable);
    log += logDerivative;
    return (g + variable.prior!.score(point[j]!)) * derivative + slope;
  });
  if (!(log > -Infinity) || !whole.every(Number.isFinite)) return null;
  return { z: [...z], point, value, log, gradient: whole };
}

export const energy = ({ log }: Place, momentum: readonly number[]): number =>
  0.5 * momentum.reduce((sum, p) => sum + p * p, 0) - log;

/** The momentum after the gradient has acted on it for a time. */
export function kick(
  momentum: readonly number[],
  { gradient }: Place,
  time: number,
  metric: Metric,
): number[] {
  const push = back(metric, gradient);
  return momentum.map((p, j) => p + time * push[j]!);
}

/** The place's coordinates after a time at a momentum. */
export function drift({ z }: Place, momentum: readonly number[], time: number, metric: Metric): number[] {
  const move = forth(metric, momentum);
  return z.map((x, j) => x + time * move[j]!);
}
