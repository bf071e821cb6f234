import { subtract } from './dense.ts';

/** The singular values of a small matrix: M = U Σ Wᴴ. Columns of U and W as arrays of (re, im). */
export interface SmallSvd {
  /** Descending. */
  readonly values: Float64Array;
  readonly u: readonly Float64Array[];
  readonly w: readonly Float64Array[];
}

/**
 * One-sided Jacobi rotations (M. R. Hestenes, J. SIAM 6, 51, 1958) of a k × k matrix: its columns
 * become orthogonal, and their norms are the singular values, to the accuracy of the largest.
 *
 * @param columns of (re, im); overwritten.
 */
export function jacobiSvd(columns: Float64Array[]): SmallSvd {
  const k = columns.length;
  const w = Array.from({ length: k }, (_, j) => {
    const unit = new Float64Array(2 * k);
    unit[2 * j] = 1;
    return unit;
  });
  for (let sweep = 0, turned = true; turned && sweep < 40; sweep++) {
    turned = false;
    for (let p = 0; p < k; p++)
      for (let q = p + 1; q < k; q++) if (rotatePair(columns, w, p, q)) turned = true;
  }
  const norms = columns.map((column) => Math.hypot(...column));
  const order = norms.map((_, j) => j).sort((a, b) => norms[b]! - norms[a]!);
  const values = Float64Array.from(order, (j) => norms[j]!);
  const u: Float64Array[] = [];
  for (const [place, j] of order.entries()) {
    const norm = values[place]!;
    if (norm > 1e-15 * values[0]!) u.push(columns[j]!.map((x) => x / norm));
    else u.push(completed(u, k));
  }
  return { values, u, w: order.map((j) => w[j]!) };
}

/** Makes columns p and q orthogonal; false where they are. */
function rotatePair(columns: Float64Array[], w: Float64Array[], p: number, q: number): boolean {
  const [x, y] = [columns[p]!, columns[q]!];
  let [a, b, re, im] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i += 2) {
    a += x[i]! ** 2 + x[i + 1]! ** 2;
    b += y[i]! ** 2 + y[i + 1]! ** 2;
    re += x[i]! * y[i]! + x[i + 1]! * y[i + 1]!;
    im += x[i]! * y[i + 1]! - x[i + 1]! * y[i]!;
  }
  const overlap = Math.hypot(re, im);
  if (overlap <= 1e-15 * Math.sqrt(a * b) || overlap <= 1e-300) return false;
  const phase = [re / overlap, im / overlap] as const;
  const zeta = (b - a) / (2 * overlap);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  turn(x, y, c, c * t, phase);
  turn(w[p]!, w[q]!, c, c * t, phase);
  return true;
}

/** (x, y) ← (c x − s ȳ′, s x + c y′) with y′ = y / phase. */
function turn(
  x: Float64Array,
  y: Float64Array,
  c: number,
  s: number,
  [re, im]: readonly [number, number],
): void {
  for (let i = 0; i < x.length; i += 2) {
    const [a, b] = [x[i]!, x[i + 1]!];
    const [u, v] = [y[i]! * re + y[i + 1]! * im, y[i + 1]! * re - y[i]! * im];
    x[i] = c * a - s * u;
    x[i + 1] = c * b - s * v;
    y[i] = s * a + c * u;
    y[i + 1] = s * b + c * v;
  }
}

/** A unit vector that is orthogonal to those given. */
function completed(given: readonly Float64Array[], k: number): Float64Array {
  let best = new Float64Array(2 * k);
  let largest = -1;
  for (let j = 0; j < k && largest < 0.5; j++) {
    const unit = new Float64Array(2 * k);
    unit[2 * j] = 1;
    for (let turns = 0; turns < 2; turns++) for (const v of given) subtract(unit, v);
    const norm = Math.hypot(...unit);
    if (norm > largest) [best, largest] = [unit, norm];
  }
  return best.map((x) => x / largest);
}
