import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { require } from './distribution.ts';
import type { MultivariateDistribution } from './discrete.ts';

/** The normal distribution of a mean and a covariance matrix, which must be positive definite. */
export function multivariateNormal(
  mean: readonly number[],
  covariance: readonly (readonly number[])[],
): MultivariateDistribution {
  const n = mean.length;
  const square = covariance.length === n && covariance.every((row) => row.length === n);
  require('multivariateNormal', square, `needs a ${n} × ${n} covariance for a mean of ${n}`);
  const matrix = new Matrix(covariance.map((row) => [...row]));
  require('multivariateNormal', matrix.isSymmetric(), 'needs a symmetric covariance');
  const cholesky = new CholeskyDecomposition(matrix);
  require('multivariateNormal', cholesky.isPositiveDefinite(), 'needs a positive definite covariance');
  const factor = cholesky.lowerTriangularMatrix.to2DArray();
  const constant = factor.reduce((sum, row, i) => sum + Math.log(row[i]!), 0.5 * n * Math.log(2 * Math.PI));
  const logDensity = (x: readonly number[]) => {
    if (x.length !== n) return -Infinity;
    // Forward substitution: L z = x − mean.
    const z: number[] = [];
    for (let i = 0; i < n; i++) {
      let sum = x[i]! - mean[i]!;
      for (let j = 0; j < i; j++) sum -= factor[i]![j]! * z[j]!;
      z.push(sum / factor[i]![i]!);
    }
    return -constant - 0.5 * z.reduce((sum, zi) => sum + zi * zi, 0);
  };
  return {
    description: { distribution: 'multivariateNormal', mean, covariance },
    logDensity,
    density: (x) => Math.exp(logDensity(x)),
    sample(random) {
      const z = mean.map(() => random.normal());
      return mean.map((m, i) => factor[i]!.reduce((sum, l, j) => (j <= i ? sum + l * z[j]! : sum), m));
    },
  };
}
