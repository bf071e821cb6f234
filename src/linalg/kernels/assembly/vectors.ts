/**
 * Vectors of f64 in the memory of a rank. Complex vectors are pairs (re, im), so that what is linear with real
 * factors serves both. Sums run in four accumulators: the order depends on the length alone.
 */

/** Σ x[i] y[i]. */
export function dot(x: usize, y: usize, n: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let i = 0;
  for (; i <= n - 4; i += 4) {
    const at = (<usize>i) << 3;
    a = f64x2.add(a, f64x2.mul(v128.load(x + at), v128.load(y + at)));
    b = f64x2.add(b, f64x2.mul(v128.load(x + at, 16), v128.load(y + at, 16)));
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; i < n; i++) sum += load<f64>(x + ((<usize>i) << 3)) * load<f64>(y + ((<usize>i) << 3));
  return sum;
}

/** ⟨x, x⟩, ⟨x, y⟩ and ⟨y, y⟩ in one pass, real parts, to three numbers at `out`. */
export function dots(x: usize, y: usize, n: i32, out: usize): void {
  let xx = f64x2.splat(0);
  let xy = f64x2.splat(0);
  let yy = f64x2.splat(0);
  let i = 0;
  for (; i <= n - 2; i += 2) {
    const a = v128.load(x + (<usize>i << 3));
    const b = v128.load(y + (<usize>i << 3));
    xx = f64x2.add(xx, f64x2.mul(a, a));
    xy = f64x2.add(xy, f64x2.mul(a, b));
    yy = f64x2.add(yy, f64x2.mul(b, b));
  }
  let sxx = f64x2.extract_lane(xx, 0) + f64x2.extract_lane(xx, 1);
  let sxy = f64x2.extract_lane(xy, 0) + f64x2.extract_lane(xy, 1);
  let syy = f64x2.extract_lane(yy, 0) + f64x2.extract_lane(yy, 1);
  if (i < n) {
    const a = load<f64>(x + (<usize>i << 3));
    const b = load<f64>(y + (<usize>i << 3));
    sxx += a * a;
    sxy += a * b;
    syy += b * b;
  }
  store<f64>(out, sxx);
  store<f64>(out, sxy, 8);
  store<f64>(out, syy, 16);
}

/** Imaginary part of Σ conj(x[i]) y[i] over n complex numbers. */
export function dotImaginary(x: usize, y: usize, n: i32): f64 {
  let a = f64x2.splat(0);
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 4;
    const b = v128.load(y + at);
    a = f64x2.add(a, f64x2.mul(v128.load(x + at), v128.shuffle<f64>(b, b, 1, 0)));
  }
  return f64x2.extract_lane(a, 0) - f64x2.extract_lane(a, 1);
}

/** y ← y + a x. */
export function axpy(y: usize, a: f64, x: usize, n: i32): void {
  const f = f64x2.splat(a);
  let i = 0;
  for (; i <= n - 2; i += 2) {
    const at = (<usize>i) << 3;
    v128.store(y + at, f64x2.add(v128.load(y + at), f64x2.mul(f, v128.load(x + at))));
  }
  if (i < n) {
    const at = (<usize>i) << 3;
    store<f64>(y + at, load<f64>(y + at) + a * load<f64>(x + at));
  }
}

/** y ← y + (re + i im) x over n complex numbers. */
export function axpyComplex(y: usize, re: f64, im: f64, x: usize, n: i32): void {
  const r = f64x2.splat(re);
  const m = f64x2.replace_lane(f64x2.splat(im), 0, -im);
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 4;
    const v = v128.load(x + at);
    const turned = v128.shuffle<f64>(v, v, 1, 0);
    v128.store(y + at, f64x2.add(v128.load(y + at), f64x2.add(f64x2.mul(r, v), f64x2.mul(m, turned))));
  }
}

/** x ← a x. */
export function scale(x: usize, a: f64, n: i32): void {
  const f = f64x2.splat(a);
  let i = 0;
  for (; i <= n - 2; i += 2)
    v128.store(x + ((<usize>i) << 3), f64x2.mul(f, v128.load(x + ((<usize>i) << 3))));
  if (i < n) store<f64>(x + ((<usize>i) << 3), a * load<f64>(x + ((<usize>i) << 3)));
}

/** y ← a x + b y + c z: the three-term recurrences of Lanczos and Chebyshev. */
export function combine(y: usize, b: f64, a: f64, x: usize, c: f64, z: usize, n: i32): void {
  const fa = f64x2.splat(a);
  const fb = f64x2.splat(b);
  const fc = f64x2.splat(c);
  let i = 0;
  for (; i <= n - 2; i += 2) {
    const at = (<usize>i) << 3;
    const sum = f64x2.add(
      f64x2.mul(fb, v128.load(y + at)),
      f64x2.add(f64x2.mul(fa, v128.load(x + at)), f64x2.mul(fc, v128.load(z + at))),
    );
    v128.store(y + at, sum);
  }
  if (i < n) {
    const at = (<usize>i) << 3;
    store<f64>(y + at, b * load<f64>(y + at) + (a * load<f64>(x + at) + c * load<f64>(z + at)));
  }
}

/** Index of the first number that is NaN or infinite, or −1. */
export function firstNotFinite(x: usize, n: i32): i32 {
  for (let i = 0; i < n; i++) if (!isFinite<f64>(load<f64>(x + ((<usize>i) << 3)))) return i;
  return -1;
}

/**
 * V ← V U for n rows of `columns` vectors that lie `stride` bytes apart; U is columns × kept, row by row. Works on 32 rows at a
 * time through `scratch` (columns × 32 f64), so that the basis needs no second copy.
 */
export function rotate(
  v: usize,
  stride: usize,
  n: i32,
  columns: i32,
  u: usize,
  kept: i32,
  scratch: usize,
): void {
  for (let from = 0; from < n; from += 32) {
    const rows = min<i32>(32, n - from);
    const bytes = (<usize>rows) << 3;
    for (let j = 0; j < columns; j++)
      memory.copy(scratch + ((<usize>j) << 8), v + <usize>j * stride + ((<usize>from) << 3), bytes);
    for (let k = 0; k < kept; k++) {
      const out = v + <usize>k * stride + ((<usize>from) << 3);
      memory.fill(out, 0, bytes);
      for (let j = 0; j < columns; j++)
        axpy(out, load<f64>(u + ((<usize>(j * kept + k)) << 3)), scratch + ((<usize>j) << 8), rows);
    }
  }
}

/** Copies the chosen numbers, of `width` f64 each, one after the other: what a neighbour needs of a vector. */
export function gather(out: usize, x: usize, indices: usize, count: i32, width: i32): void {
  const bytes = (<usize>width) << 3;
  for (let i = 0; i < count; i++)
    memory.copy(out + <usize>i * bytes, x + <usize>load<i32>(indices + ((<usize>i) << 2)) * bytes, bytes);
}
