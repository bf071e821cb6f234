/** Symmetric tridiagonal matrices: what Lanczos makes of an operator. */
import { LinalgError } from '../error.ts';

/**
 * Eigenvalues ascending, and the first and the last component of each unit eigenvector, up to
 * signs.
 */
export interface RitzValues {
  readonly values: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
}

/**
 * Eigenvalues by implicit QL with Wilkinson's shifts (H. Bowdler, R. S. Martin, C. Reinsch and J.
 * H. Wilkinson, Numer. Math. 11, 293, 1968); of the eigenvectors only the first and the last row
 * are carried along, which makes it O(m²).
 *
 * @param diagonal m numbers.
 * @param off m − 1 numbers or more.
 */
export function ritzValues(diagonal: readonly number[], off: readonly number[]): RitzValues {
  const m = diagonal.length;
  const z = new Float64Array(m);
  z[m - 1] = 1;
  const a = new Float64Array(m);
  a[0] = 1;
  const d = implicitQl(diagonal, off, (i, sine, cosine) => {
    for (const row of [a, z]) {
      const above = row[i + 1]!;
      row[i + 1] = sine * row[i]! + cosine * above;
      row[i] = cosine * row[i]! - sine * above;
    }
  });
  const order = ascending(d);
  const sorted = (row: Float64Array) => Float64Array.from(order, (i) => row[i]!);
  return { values: sorted(d), first: sorted(a), last: sorted(z) };
}

/**
 * All eigenvalues and unit eigenvectors, values ascending. O(m³).
 *
 * @param diagonal m numbers.
 * @param off m − 1 numbers or more.
 */
export function tridiagonalEigen(
  diagonal: readonly number[],
  off: readonly number[],
): { readonly values: Float64Array; readonly vectors: readonly Float64Array[] } {
  const m = diagonal.length;
  const columns = Array.from({ length: m }, (_, i) => {
    const unit = new Float64Array(m);
    unit[i] = 1;
    return unit;
  });
  const d = implicitQl(diagonal, off, (i, sine, cosine) => {
    const [left, right] = [columns[i]!, columns[i + 1]!];
    for (let j = 0; j < m; j++) {
      const [x, y] = [left[j]!, right[j]!];
      right[j] = sine * x + cosine * y;
      left[j] = cosine * x - sine * y;
    }
  });
  const order = ascending(d);
  return { values: Float64Array.from(order, (i) => d[i]!), vectors: order.map((i) => columns[i]!) };
}

const ascending = (values: Float64Array) => Array.from(values.keys()).sort((p, q) => values[p]! - values[q]!);

/** Rotates columns i and i + 1 of the eigenvectors. */
type Rotate = (i: number, sine: number, cosine: number) => void;

/** The eigenvalues, not in order. */
function implicitQl(diagonal: readonly number[], off: readonly number[], rotate: Rotate): Float64Array {
  const m = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = new Float64Array(m);
  for (let i = 0; i < m - 1; i++) e[i] = off[i]!;
  for (let l = 0; l < m; l++) {
    for (let turn = 0; ; turn++) {
      let s = l;
      for (; s < m - 1; s++) {
        const size = Math.abs(d[s]!) + Math.abs(d[s + 1]!);
        if (Math.abs(e[s]!) <= Number.EPSILON * size) break;
      }
      if (s === l) break;
      if (turn === 60)
        throw new LinalgError('ERR_CONVERGENCE', 'QL of a tridiagonal matrix does not converge');
      sweep(d, e, rotate, l, s);
    }
  }
  return d;
}

/** One QL step on rows l to s. */
function sweep(d: Float64Array, e: Float64Array, rotate: Rotate, l: number, s: number): void {
  let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  let r = Math.hypot(g, 1);
  g = d[s]! - d[l]! + e[l]! / (g + (g < 0 ? -r : r));
  let [sine, cosine, p] = [1, 1, 0];
  for (let i = s - 1; i >= l; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[s] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1]! - p;
    r = (d[i]! - g) * sine + 2 * cosine * b;
    p = sine * r;
    d[i + 1] = g + p;
    g = cosine * r - b;
    rotate(i, sine, cosine);
  }
  d[l]! -= p;
  e[l] = g;
  e[s] = 0;
}

/**
 * The unit eigenvector of a simple eigenvalue, by inverse iteration: LU with partial pivoting,
 * three solves. O(m).
 *
 * @param value an eigenvalue to working accuracy.
 */
export function ritzVector(diagonal: readonly number[], off: readonly number[], value: number): Float64Array {
  const m = diagonal.length;
  if (m === 1) return Float64Array.of(1);
  const scale = Math.max(
    ...diagonal.map(Math.abs),
    ...off.slice(0, Math.max(0, m - 1)).map(Math.abs),
    1e-200,
  );
  const tiny = Number.EPSILON * scale;
  // U has three diagonals u, v, w; L its factors and whether rows were exchanged.
  const [u, v, w] = [new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  const [factor, exchanged] = [new Float64Array(m), new Uint8Array(m)];
  let [a, b] = [diagonal[0]! - value, m > 1 ? off[0]! : 0];
  for (let i = 0; i < m - 1; i++) {
    const below = off[i]!;
    const next = diagonal[i + 1]! - value;
    const beyond = i + 2 < m ? off[i + 1]! : 0;
    if (Math.abs(below) > Math.abs(a)) {
      exchanged[i] = 1;
      [u[i], v[i], w[i]] = [below, next, beyond];
      factor[i] = a / below;
      [a, b] = [b - factor[i]! * next, -factor[i]! * beyond];
    } else {
      [u[i], v[i], w[i]] = [a === 0 ? tiny : a, b, 0];
      factor[i] = below / u[i]!;
      [a, b] = [next - factor[i]! * b, beyond];
    }
  }
  u[m - 1] = a === 0 ? tiny : a;
  const x = new Float64Array(m).map((_, i) => 1 + ((i * 7919) % 101) / 200);
  for (let turn = 0; turn < 3; turn++) {
    if (turn > 0)
      for (let i = 0; i < m - 1; i++) {
        if (exchanged[i] === 1) [x[i], x[i + 1]] = [x[i + 1]!, x[i]!];
        x[i + 1]! -= factor[i]! * x[i]!;
      }
    for (let i = m - 1; i >= 0; i--) {
      const later = (i + 1 < m ? v[i]! * x[i + 1]! : 0) + (i + 2 < m ? w[i]! * x[i + 2]! : 0);
      const pivot = Math.abs(u[i]!) < tiny ? Math.sign(u[i]! || 1) * tiny : u[i]!;
      x[i] = (x[i]! - later) / pivot;
    }
    let norm = 0;
    for (const value of x) norm = Math.max(norm, Math.abs(value));
    for (let i = 0; i < m; i++) x[i]! /= norm;
  }
  const norm = Math.hypot(...x);
  return x.map((value) => value / norm);
}

/** ‖(T − value) x‖ of the leading part of T that has as many rows as x. */
export function tridiagonalResidual(
  diagonal: readonly number[],
  off: readonly number[],
  value: number,
  x: Float64Array,
): number {
  let square = 0;
  for (let i = 0; i < x.length; i++) {
    const left = i > 0 ? off[i - 1]! * x[i - 1]! : 0;
    const right = i + 1 < x.length ? off[i]! * x[i + 1]! : 0;
    square += (left + (diagonal[i]! - value) * x[i]! + right) ** 2;
  }
  return Math.sqrt(square);
}
