import type { Random } from '../../conduit/index.ts';
import { drawGamma } from './draw-gamma.ts';
import type { MultivariateDistribution } from './discrete.ts';
import { positive, require } from './distribution.ts';
import { logBeta, logGamma } from './special.ts';

/** Sums that rounding may leave beside 1. */
const ROUNDING = 1e-9;

/** Shares that sum to 1: density ∝ Π xᵢ^(αᵢ − 1). */
export function dirichlet(concentrations: readonly number[]): MultivariateDistribution {
  require('dirichlet', concentrations.length >= 2 &&
    concentrations.every(positive), 'needs at least two concentrations > 0');
  const sum = concentrations.reduce((total, a) => total + a, 0);
  const constant = concentrations.reduce((total, a) => total - logGamma(a), logGamma(sum));
  const logDensity = (x: readonly number[]) => {
    const shares = x.length === concentrations.length && x.every((each) => each >= 0);
    if (!shares || Math.abs(x.reduce((total, each) => total + each, 0) - 1) > ROUNDING) return -Infinity;
    return x.reduce((log, each, i) => {
      const power = concentrations[i]! - 1;
      return power === 0 ? log : log + power * Math.log(each);
    }, constant);
  };
  return {
    description: { distribution: 'dirichlet', concentrations },
    logDensity,
    density: (x) => Math.exp(logDensity(x)),
    sample(random) {
      const parts = concentrations.map((a) => drawGamma(a, random));
      const total = parts.reduce((each, part) => each + part, 0);
      return parts.map((part) => part / total);
    },
  };
}

/**
 * Correlation matrices of n variables, as the numbers below the diagonal, row by row: density ∝ det(R)^(shape − 1), even for shape 1. D.
 * Lewandowski, D. Kurowicka and H. Joe, J. Multivariate Analysis 100 (2009) 1989.
 */
export function lkj(n: number, shape: number): MultivariateDistribution {
  require('lkj', Number.isInteger(n) && n >= 2 && positive(shape), 'needs n ≥ 2 and a shape > 0');
  let constant = 0;
  for (let k = 1; k < n; k++) {
    const a = shape + (n - k - 1) / 2;
    constant -= (n - k) * ((2 * shape - 2 + n - k) * Math.LN2 + logBeta(a, a));
  }
  const logDensity = (x: readonly number[]) => {
    if (x.length !== (n * (n - 1)) / 2) return -Infinity;
    const log = logDeterminant(x, n);
    return log === -Infinity ? log : constant + (shape - 1) * log;
  };
  return {
    description: { distribution: 'lkj', n, shape },
    logDensity,
    density: (x) => Math.exp(logDensity(x)),
    sample: (random) => drawCorrelations(n, shape, random),
  };
}

/** By Cholesky's factor; −∞ where the matrix is not positive definite. */
function logDeterminant(x: readonly number[], n: number): number {
  const factor: number[][] = [];
  let sum = 0;
  for (let r = 0, at = 0; r < n; r++) {
    const row: number[] = [];
    let left = 1;
    for (let c = 0; c < r; c++) {
      let value = x[at++]!;
      for (let k = 0; k < c; k++) value -= row[k]! * factor[c]![k]!;
      row.push(value / factor[c]![c]!);
      left -= row[c]! ** 2;
    }
    if (!(left > 0)) return -Infinity;
    row.push(Math.sqrt(left));
    factor.push(row);
    sum += Math.log(left);
  }
  return sum;
}

/** Partial correlations are beta variables, and make the rows of Cholesky's factor. */
function drawCorrelations(n: number, shape: number, random: Random): number[] {
  const factor: number[][] = [[1]];
  for (let r = 1; r < n; r++) {
    const row: number[] = [];
    let left = 1;
    for (let c = 0; c < r; c++) {
      const a = shape + (n - 2 - c) / 2;
      const [x, y] = [drawGamma(a, random), drawGamma(a, random)];
      row.push(((x - y) / (x + y)) * Math.sqrt(left));
      left -= row[c]! ** 2;
    }
    row.push(Math.sqrt(Math.max(0, left)));
    factor.push(row);
  }
  return factor.flatMap((row, r) =>
    factor.slice(0, r).map((other, c) => other.reduce((sum, l, k) => (k <= c ? sum + l * row[k]! : sum), 0)),
  );
}
