import { ritzValues } from './tridiagonal.ts';

/**
 * Eigenvalues of a Hermitian matrix, ascending, by Householder reflections to a tridiagonal one
 * (J. H. Wilkinson, The Algebraic Eigenvalue Problem, 1965, §5.30) and QL. O(n³), without vectors.
 *
 * @param re n × n real parts, row by row; overwritten.
 * @param im imaginary parts, overwritten; undefined for a real matrix.
 */
export function hermitianValues(re: Float64Array, im: Float64Array | undefined, n: number): Float64Array {
  const [diagonal, off] = [new Array<number>(n), new Array<number>(Math.max(0, n - 1))];
  const [v, u, p, q] = [0, 0, 0, 0].map(() => new Float64Array(n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let k = 0; k < n; k++) {
    diagonal[k] = re[k * n + k]!;
    if (k === n - 1) break;
    // The column below the diagonal becomes (α, 0, 0, …), of which only |α| matters.
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = re[i * n + k]!;
      u[i] = im ? im[i * n + k]! : 0;
      square += v[i]! ** 2 + u[i]! ** 2;
    }
    const size = Math.sqrt(square);
    off[k] = size;
    const first = Math.hypot(v[k + 1]!, u[k + 1]!);
    if (size === 0 || size - first <= 1e-17 * size) continue;
    const [c, s] = first === 0 ? [1, 0] : [v[k + 1]! / first, u[k + 1]! / first];
    v[k + 1]! += c * size;
    u[k + 1]! += s * size;
    const half = size * (size + first); // ‖v‖² / 2
    reflect(re, im, n, k + 1, half, [v, u, p, q]);
  }
  return ritzValues(diagonal, off).values;
}

/** A ← H A H on rows and columns from `from` on, H = 1 − v vᴴ / half. */
function reflect(
  re: Float64Array,
  im: Float64Array | undefined,
  n: number,
  from: number,
  half: number,
  [v, u, p, q]: readonly [Float64Array, Float64Array, Float64Array, Float64Array],
): void {
  let projection = 0;
  for (let i = from; i < n; i++) {
    let [a, b] = [0, 0];
    const row = i * n;
    if (im === undefined) for (let j = from; j < n; j++) a += re[row + j]! * v[j]!;
    else
      for (let j = from; j < n; j++) {
        a += re[row + j]! * v[j]! - im[row + j]! * u[j]!;
        b += re[row + j]! * u[j]! + im[row + j]! * v[j]!;
      }
    p[i] = a / half;
    q[i] = b / half;
    projection += v[i]! * p[i]! + u[i]! * q[i]!;
  }
  const share = projection / (2 * half);
  for (let i = from; i < n; i++) {
    p[i]! -= share * v[i]!;
    q[i]! -= share * u[i]!;
  }
  // A ← A − w vᴴ − v wᴴ.
  for (let i = from; i < n; i++) {
    const row = i * n;
    const [a, b, c, d] = [p[i]!, q[i]!, v[i]!, u[i]!];
    if (im === undefined) for (let j = from; j < n; j++) re[row + j]! -= a * v[j]! + c * p[j]!;
    else
      for (let j = from; j < n; j++) {
        re[row + j]! -= a * v[j]! + b * u[j]! + c * p[j]! + d * q[j]!;
        im[row + j]! -= b * v[j]! - a * u[j]! + d * p[j]! - c * q[j]!;
      }
  }
}
