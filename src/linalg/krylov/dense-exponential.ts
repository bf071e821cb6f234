/** A small complex matrix, row by row. */
export interface SmallMatrix {
  readonly n: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const TERMS = 18;

/** exp(A) of a small matrix by Taylor's series of A / 2ˢ, squared s times. */
export function denseExponential(matrix: SmallMatrix): SmallMatrix {
  const { n } = matrix;
  let size = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) row += Math.hypot(matrix.re[i * n + j]!, matrix.im[i * n + j]!);
    size = Math.max(size, row);
  }
  const squarings = Math.max(0, Math.ceil(Math.log2(size || 1)) + 1);
  const factor = 2 ** -squarings;
  const scaled = { n, re: matrix.re.map((x) => x * factor), im: matrix.im.map((x) => x * factor) };
  let sum = identity(n);
  // Horner: 1 + A (1 + A / 2 (1 + A / 3 (…))).
  for (let k = TERMS; k > 0; k--) {
    const next = multiply(scaled, sum);
    sum = identity(n);
    for (let i = 0; i < n * n; i++) {
      sum.re[i]! += next.re[i]! / k;
      sum.im[i]! += next.im[i]! / k;
    }
  }
  for (let s = 0; s < squarings; s++) sum = multiply(sum, sum);
  return sum;
}

function identity(n: number): SmallMatrix {
  const re = new Float64Array(n * n);
  for (let i = 0; i < n; i++) re[i * n + i] = 1;
  return { n, re, im: new Float64Array(n * n) };
}

function multiply(a: SmallMatrix, b: SmallMatrix): SmallMatrix {
  const { n } = a;
  const out = { n, re: new Float64Array(n * n), im: new Float64Array(n * n) };
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const [x, y] = [a.re[i * n + k]!, a.im[i * n + k]!];
      if (x === 0 && y === 0) continue;
      for (let j = 0; j < n; j++) {
        const [u, v] = [b.re[k * n + j]!, b.im[k * n + j]!];
        out.re[i * n + j]! += x * u - y * v;
        out.im[i * n + j]! += x * v + y * u;
      }
    }
  return out;
}
