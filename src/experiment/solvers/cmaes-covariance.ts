import type { Strategy } from './cmaes-strategy.ts';
import { addOuter, squareUnder } from './triangle.ts';

/** Equation 47 of the tutorial: rank one, rank μ, and the unsuccessful steps with negative weights. */
export function updateCovariance(
  old: ArrayLike<number>,
  factor: Float64Array,
  s: Strategy,
  path: readonly number[],
  sorted: readonly Float64Array[],
  stalled: boolean,
): number[] {
  const n = path.length;
  const sum = s.weights.reduce((total, w) => total + w, 0);
  const keep = 1 - s.c1 - s.cMu * sum + (stalled ? s.c1 * s.cC * (2 - s.cC) : 0);
  const change = new Float64Array(old.length);
  const steps = s.weights.map((w, k): [number, Float64Array] => {
    const y = sorted[k]!;
    // Unsuccessful steps count by direction, not by length: a long one would make the matrix indefinite.
    const weight = w >= 0 ? w : (w * n) / (squareUnder(factor, y) || Infinity);
    return [s.cMu * weight, y];
  });
  addOuter(change, [[s.c1, Float64Array.from(path)], ...steps]);
  const updated = new Array<number>(old.length);
  for (let i = 0; i < updated.length; i++) updated[i] = keep * old[i]! + change[i]!;
  return updated;
}
