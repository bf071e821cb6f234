import type { Strategy } from './cmaes-strategy.ts';
import { lengthUnder, type Eigen } from './linear.ts';

/** Equation 47 of the tutorial: rank one, rank μ, and the unsuccessful steps with negative weights. */
export function updateCovariance(
  old: readonly number[],
  eigen: Eigen,
  s: Strategy,
  path: readonly number[],
  sorted: readonly (readonly number[])[],
  stalled: boolean,
): number[] {
  const n = path.length;
  const sum = s.weights.reduce((total, w) => total + w, 0);
  const keep = 1 - s.c1 - s.cMu * sum + (stalled ? s.c1 * s.cC * (2 - s.cC) : 0);
  // Unsuccessful steps count by direction, not by length: a long one would make the matrix indefinite.
  const weights = s.weights.map((w, k) =>
    w >= 0 ? w : (w * n) / (lengthUnder(eigen, sorted[k]!) ** 2 || Infinity),
  );
  const updated = new Array<number>(n * n);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      let rankMu = 0;
      for (let k = 0; k < weights.length; k++) rankMu += weights[k]! * sorted[k]![r]! * sorted[k]![c]!;
      const value = keep * old[r * n + c]! + s.c1 * path[r]! * path[c]! + s.cMu * rankMu;
      updated[r * n + c] = value;
      updated[c * n + r] = value;
    }
  }
  return updated;
}
