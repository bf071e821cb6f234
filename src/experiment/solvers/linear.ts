import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Weighted covariance of points (weights sum to 1). */
export function covarianceOf(points: readonly (readonly number[])[], weights: readonly number[]): number[][] {
  const n = points[0]!.length;
  const mean = new Array<number>(n).fill(0);
  points.forEach((point, k) => point.forEach((x, i) => (mean[i]! += weights[k]! * x)));
  const covariance = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  points.forEach((point, k) => {
    const w = weights[k]!;
    if (w === 0) return;
    for (let r = 0; r < n; r++) {
      const row = covariance[r]!;
      const d = w * (point[r]! - mean[r]!);
      for (let c = 0; c <= r; c++) row[c]! += d * (point[c]! - mean[c]!);
    }
  });
  for (let r = 0; r < n; r++) for (let c = r + 1; c < n; c++) covariance[r]![c] = covariance[c]![r]!;
  return covariance;
}

/** Lower triangular L with L Lᵀ = matrix; a matrix that is only semidefinite gets as much on its diagonal as it needs. */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const trace = matrix.reduce((sum, row, i) => sum + row[i]!, 0) || 1e-300;
  for (let jitter = 0; ; jitter = jitter === 0 ? 1e-14 : jitter * 100) {
    const lifted = matrix.map((row, i) => row.map((x, j) => (i === j ? x + jitter * trace : x)));
    const decomposition = new CholeskyDecomposition(new Matrix(lifted));
    if (decomposition.isPositiveDefinite()) return decomposition.lowerTriangularMatrix.to2DArray();
  }
}

/** L z. */
export function apply(factor: readonly (readonly number[])[], z: readonly number[]): number[] {
  return factor.map((row, r) => {
    let sum = 0;
    for (let c = 0; c <= r; c++) sum += row[c]! * z[c]!;
    return sum;
  });
}
