import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Scalar } from '../scalar.ts';

/** Eigenvalues ascending; vector k has its entries at `vectors[k]`, complex ones interleaved. */
export interface DenseEigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/**
 * All eigenpairs of a small Hermitian matrix.
 *
 * @param matrix n × n, row by row, complex entries interleaved; its Hermitian part counts.
 */
export function denseEigen(matrix: Float64Array, n: number, scalar: Scalar): DenseEigen {
  return scalar === 'real' ? symmetric(matrix, n) : hermitian(matrix, n);
}

function symmetric(matrix: Float64Array, n: number): DenseEigen {
  const a = new Matrix(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) a.set(i, j, (matrix[i * n + j]! + matrix[j * n + i]!) / 2);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(a, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((p, q) => realEigenvalues[p]! - realEigenvalues[q]!);
  return {
    values: Float64Array.from(order, (i) => realEigenvalues[i]!),
    vectors: order.map((i) => Float64Array.from({ length: n }, (_, row) => eigenvectorMatrix.get(row, i))),
  };
}

/**
 * A + iB as the symmetric [[A, −B], [B, A]], whose eigenvalues come twice: (x, y) and (−y, x) stand
 * for x + iy.
 */
function hermitian(matrix: Float64Array, n: number): DenseEigen {
  const wide = new Float64Array(4 * n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const [re, im] = [matrix[2 * (i * n + j)]!, matrix[2 * (i * n + j) + 1]!];
      wide[i * 2 * n + j] = re;
      wide[(n + i) * 2 * n + n + j] = re;
      wide[(n + i) * 2 * n + j] = im;
      wide[i * 2 * n + n + j] = -im;
    }
  const { values, vectors } = symmetric(wide, 2 * n);
  const scale = Math.max(Math.abs(values[0]!), Math.abs(values.at(-1)!), 1e-300);
  const found: { value: number; vector: Float64Array }[] = [];
  for (let begin = 0; begin < 2 * n;) {
    let end = begin + 1;
    while (end < 2 * n && values[end]! - values[end - 1]! <= 1e-11 * scale) end++;
    // Of 2m vectors of a cluster m are independent over the complex numbers: those that keep most.
    const rest = vectors
      .slice(begin, end)
      .map((v) => Float64Array.from({ length: 2 * n }, (_, i) => v[(i & 1) * n + (i >> 1)]!));
    const first = found.length;
    for (let m = 0; m < (end - begin) / 2; m++) {
      for (let turn = 0; turn < 2; turn++)
        for (const candidate of rest)
          for (const { vector } of found.slice(first)) subtract(candidate, vector);
      rest.sort((p, q) => Math.hypot(...q) - Math.hypot(...p));
      const best = rest.shift()!;
      const norm = Math.hypot(...best);
      found.push({ value: values[begin + 2 * m]!, vector: best.map((x) => x / norm) });
    }
    begin = end;
  }
  return {
    values: Float64Array.from(found, ({ value }) => value),
    vectors: found.map(({ vector }) => vector),
  };
}

/** x ← x − ⟨v, x⟩ v. */
export function subtract(x: Float64Array, v: Float64Array): void {
  let [re, im] = [0, 0];
  for (let i = 0; i < x.length; i += 2) {
    re += v[i]! * x[i]! + v[i + 1]! * x[i + 1]!;
    im += v[i]! * x[i + 1]! - v[i + 1]! * x[i]!;
  }
  for (let i = 0; i < x.length; i += 2) {
    x[i]! -= re * v[i]! - im * v[i + 1]!;
    x[i + 1]! -= re * v[i + 1]! + im * v[i]!;
  }
}
