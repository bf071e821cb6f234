import type { Strategy } from './cmaes-strategy.ts';
import { addOuter, multiply, multiplyTransposed, solve, solveTransposed, squareUnder } from './triangle.ts';

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

/**
 * A path in the coordinates of the old factor, in those of the new one. The two differ by A = L'⁻¹ L, of which the stretch is the change of the
 * distribution, and the rotation an accident of Cholesky's factors: without it the path follows. To first order the rotation is I + (A − Aᵀ)/2.
 */
export function follow(path: readonly number[], old: Float64Array, now: Float64Array): number[] {
  const p = Float64Array.from(path);
  const forth = Float64Array.from(p);
  multiply(old, forth);
  const ahead = solve(now, forth);
  const back = multiplyTransposed(old, solveTransposed(now, p));
  const turned = path.map((x, i) => x + 0.5 * (ahead[i]! - back[i]!));
  const length = Math.hypot(...turned);
  // A rotation changes no length.
  const scale = length > 0 ? Math.hypot(...path) / length : 1;
  return turned.map((x) => scale * x);
}
