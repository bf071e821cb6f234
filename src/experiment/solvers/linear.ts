import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** A symmetric matrix as B diag(D²) Bᵀ: `axes` are the rows of B one after the other, `scales` are D. */
export interface Eigen {
  readonly axes: number[];
  readonly scales: number[];
}

/** Eigendecomposition of a symmetric n × n matrix given row by row. Eigenvalues that rounding has made negative count as tiny. */
export function symmetricEigen(matrix: readonly number[], n: number): Eigen {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
    Matrix.from1DArray(n, n, [...matrix]),
    {
      assumeSymmetric: true,
    },
  );
  const least = 1e-30 * Math.max(...realEigenvalues, 1e-290);
  return {
    axes: eigenvectorMatrix.to1DArray(),
    scales: realEigenvalues.map((value) => Math.sqrt(Math.max(value, least))),
  };
}

/** B x. */
export function turn(axes: readonly number[], x: readonly number[]): number[] {
  const n = x.length;
  const y = new Array<number>(n).fill(0);
  for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) y[r]! += axes[r * n + c]! * x[c]!;
  return y;
}

/** Bᵀ x. */
export function turnBack(axes: readonly number[], x: readonly number[]): number[] {
  const n = x.length;
  const y = new Array<number>(n).fill(0);
  for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) y[c]! += axes[r * n + c]! * x[r]!;
  return y;
}

/** √(vᵀ C⁻¹ v). */
export function lengthUnder({ axes, scales }: Eigen, v: readonly number[]): number {
  const n = v.length;
  let sum = 0;
  for (let c = 0; c < n; c++) {
    let along = 0;
    for (let r = 0; r < n; r++) along += axes[r * n + c]! * v[r]!;
    sum += (along / scales[c]!) ** 2;
  }
  return Math.sqrt(sum);
}

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
