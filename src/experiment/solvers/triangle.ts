import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/*
 * Lower triangles, row by row in one array: symmetric matrices C and their Cholesky factors L, C = L Lᵀ. What the inner loops read are
 * Float64Arrays, because the solver's own time is spent there.
 */

/** Where row r begins; its diagonal element is r further. */
const row = (r: number) => (r * (r + 1)) / 2;

export function identity(n: number): number[] {
  const triangle = new Array<number>(row(n)).fill(0);
  for (let i = 0; i < n; i++) triangle[row(i) + i] = 1;
  return triangle;
}

/** C_ii. */
export const variance = (triangle: ArrayLike<number>, i: number): number => triangle[row(i) + i]!;

/** Row and column i of C, times a factor: C_ii by its square. */
export function scaleRow(triangle: number[], n: number, i: number, by: number): void {
  for (let c = 0; c <= i; c++) triangle[row(i) + c]! *= by;
  for (let r = i; r < n; r++) triangle[row(r) + i]! *= by;
}

/** C ← C + Σ weight v vᵀ. Four at a time: one by one, half the time goes by with reading and writing C. */
export function addOuter(
  triangle: Float64Array,
  terms: readonly (readonly [weight: number, v: Float64Array])[],
): void {
  for (let first = 0; first < terms.length; first += 4) {
    const [aWeight, a] = terms[first]!;
    const [bWeight, b] = terms[first + 1] ?? [0, a];
    const [cWeight, c] = terms[first + 2] ?? [0, a];
    const [dWeight, d] = terms[first + 3] ?? [0, a];
    for (let r = 0; r < a.length; r++) {
      const at = row(r);
      const ar = aWeight * a[r]!;
      const br = bWeight * b[r]!;
      const cr = cWeight * c[r]!;
      const dr = dWeight * d[r]!;
      for (let k = 0; k <= r; k++) triangle[at + k]! += ar * a[k]! + br * b[k]! + cr * c[k]! + dr * d[k]!;
    }
  }
}

/** L. A direction that rounding has left without extent gets as much of it as rounding can have taken. */
export function factorOf(triangle: ArrayLike<number>, n: number): Float64Array {
  const factor = Float64Array.from(triangle);
  for (let r = 0; r < n; r++) {
    const mine = row(r);
    for (let c = 0; c < r; c++) {
      const other = row(c);
      let left = factor[mine + c]!;
      for (let k = 0; k < c; k++) left -= factor[mine + k]! * factor[other + k]!;
      factor[mine + c] = left / factor[other + c]!;
    }
    const whole = factor[mine + r]!;
    let left = whole;
    for (let k = 0; k < r; k++) left -= factor[mine + k]! ** 2;
    factor[mine + r] = Math.sqrt(Math.max(left, n * Number.EPSILON * whole));
  }
  return factor;
}

/** y ← L y. From the last row to the first, none of which needs what comes after it. */
export function multiply(factor: Float64Array, y: Float64Array): void {
  for (let r = y.length - 1; r >= 0; r--) {
    const at = row(r);
    let sum = 0;
    for (let c = 0; c <= r; c++) sum += factor[at + c]! * y[c]!;
    y[r] = sum;
  }
}

/** L⁻¹ y. */
export function solve(factor: Float64Array, y: Float64Array): Float64Array {
  const z = new Float64Array(y.length);
  for (let r = 0; r < y.length; r++) {
    const at = row(r);
    let left = y[r]!;
    for (let c = 0; c < r; c++) left -= factor[at + c]! * z[c]!;
    z[r] = left / factor[at + r]!;
  }
  return z;
}

/** Lᵀ y. */
export function multiplyTransposed(factor: Float64Array, y: Float64Array): Float64Array {
  const z = new Float64Array(y.length);
  for (let r = 0; r < y.length; r++) {
    const at = row(r);
    for (let c = 0; c <= r; c++) z[c]! += factor[at + c]! * y[r]!;
  }
  return z;
}

/** L⁻ᵀ y. */
export function solveTransposed(factor: Float64Array, y: Float64Array): Float64Array {
  const z = Float64Array.from(y);
  for (let r = y.length - 1; r >= 0; r--) {
    const at = row(r);
    z[r]! /= factor[at + r]!;
    for (let c = 0; c < r; c++) z[c]! -= factor[at + c]! * z[r]!;
  }
  return z;
}

/** yᵀ C⁻¹ y. */
export function squareUnder(factor: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (const z of solve(factor, y)) sum += z * z;
  return sum;
}

/** The largest eigenvalue over the smallest; one that rounding has made negative counts as tiny. */
export function conditionOf(triangle: ArrayLike<number>, n: number): number {
  const whole = Array.from({ length: n }, (_, r) =>
    Array.from({ length: n }, (_, c) => triangle[c <= r ? row(r) + c : row(c) + r]!),
  );
  const { realEigenvalues } = new EigenvalueDecomposition(new Matrix(whole), { assumeSymmetric: true });
  const most = Math.max(...realEigenvalues);
  return most / Math.max(Math.min(...realEigenvalues), 1e-30 * most);
}
