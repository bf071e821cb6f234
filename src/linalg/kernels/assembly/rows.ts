/** Products with stored rows: y ← y + A x, where rowPtr and columns are i32 and columns count within x. */

/** Real rows, real vectors. */
export function rowsReal(y: usize, x: usize, rowPtr: usize, columns: usize, values: usize, rows: i32): void {
  let at = load<i32>(rowPtr);
  for (let row = 0; row < rows; row++) {
    const end = load<i32>(rowPtr + ((<usize>(row + 1)) << 2));
    let a = 0.0;
    let b = 0.0;
    for (; at < end - 1; at += 2) {
      a +=
        load<f64>(values + ((<usize>at) << 3)) *
        load<f64>(x + ((<usize>load<i32>(columns + ((<usize>at) << 2))) << 3));
      b +=
        load<f64>(values + ((<usize>at) << 3), 8) *
        load<f64>(x + ((<usize>load<i32>(columns + ((<usize>at) << 2), 4)) << 3));
    }
    if (at < end) {
      a +=
        load<f64>(values + ((<usize>at) << 3)) *
        load<f64>(x + ((<usize>load<i32>(columns + ((<usize>at) << 2))) << 3));
      at++;
    }
    const out = y + ((<usize>row) << 3);
    store<f64>(out, load<f64>(out) + (a + b));
  }
}

/** Real rows, complex vectors. */
export function rowsMixed(y: usize, x: usize, rowPtr: usize, columns: usize, values: usize, rows: i32): void {
  let at = load<i32>(rowPtr);
  for (let row = 0; row < rows; row++) {
    const end = load<i32>(rowPtr + ((<usize>(row + 1)) << 2));
    let sum = f64x2.splat(0);
    for (; at < end; at++) {
      const factor = v128.load64_splat(values + ((<usize>at) << 3));
      const entry = v128.load(x + ((<usize>load<i32>(columns + ((<usize>at) << 2))) << 4));
      sum = f64x2.add(sum, f64x2.mul(factor, entry));
    }
    const out = y + ((<usize>row) << 4);
    v128.store(out, f64x2.add(v128.load(out), sum));
  }
}

/** Complex rows, complex vectors. */
export function rowsComplex(
  y: usize,
  x: usize,
  rowPtr: usize,
  columns: usize,
  values: usize,
  rows: i32,
): void {
  const sign = f64x2.replace_lane(f64x2.splat(1), 0, -1);
  let at = load<i32>(rowPtr);
  for (let row = 0; row < rows; row++) {
    const end = load<i32>(rowPtr + ((<usize>(row + 1)) << 2));
    let straight = f64x2.splat(0);
    let turned = f64x2.splat(0);
    for (; at < end; at++) {
      const value = v128.load(values + ((<usize>at) << 4));
      const entry = v128.load(x + ((<usize>load<i32>(columns + ((<usize>at) << 2))) << 4));
      straight = f64x2.add(straight, f64x2.mul(v128.shuffle<f64>(value, value, 0, 0), entry));
      turned = f64x2.add(
        turned,
        f64x2.mul(v128.shuffle<f64>(value, value, 1, 1), v128.shuffle<f64>(entry, entry, 1, 0)),
      );
    }
    const out = y + ((<usize>row) << 4);
    v128.store(out, f64x2.add(v128.load(out), f64x2.add(straight, f64x2.mul(sign, turned))));
  }
}
