import type { Formula } from './formula.ts';
import type { Node } from './node.ts';

/** Largest magnitude whose sine and cosine are computed; beyond it they are NaN. */
export const MOST_ANGLE = 1e8;

/**
 * π/2 in four parts of at most 27 bits and a rest, so that products with a whole number below 2^26 are exact (Cody and Waite). Their sum is π/2 to 160 bits.
 */
const PARTS = halfPiParts();

export function sine(f: Formula, x: Node): Node {
  const { value } = quadrants(f, x, 0);
  // −0 stays −0.
  return f.select(f.eq(x, 0), x, value);
}

export function cosine(f: Formula, x: Node): Node {
  return quadrants(f, x, 1).value;
}

/** sin(x + quarter · π/2). */
function quadrants(f: Formula, x: Node, quarter: number): { readonly value: Node } {
  const small = f.le(f.abs(x), MOST_ANGLE);
  const n = f.nearest(f.mul(x, 2 / Math.PI));
  const { r, low } = reduced(f, x, n);
  const turned = f.add(n, quarter);
  const q = f.sub(turned, f.mul(4, f.floor(f.mul(turned, 0.25))));
  const odd = f.or(f.eq(q, 1), f.eq(q, 3));
  const magnitude = f.select(odd, kernelCosine(f, r, low), kernelSine(f, r, low));
  const signed = f.select(f.ge(q, 2), f.neg(magnitude), magnitude);
  return { value: f.select(small, signed, NaN) };
}

/** x − n π/2 as a number and a rest. Each difference is exact or its error is kept (Knuth's two-sum). */
function reduced(f: Formula, x: Node, n: Node): { readonly r: Node; readonly low: Node } {
  let high = x;
  let low = f.graph.constant(0);
  for (const part of PARTS) {
    const b = f.neg(f.mul(n, part));
    const sum = f.add(high, b);
    const virtual = f.sub(sum, high);
    const error = f.add(f.sub(high, f.sub(sum, virtual)), f.sub(b, virtual));
    high = sum;
    low = f.add(low, error);
  }
  const r = f.add(high, low);
  return { r, low: f.add(f.sub(high, r), low) };
}

/** Sine of r + low, |r| ≤ π/4 (FDLIBM k_sin.c). */
function kernelSine(f: Formula, r: Node, low: Node): Node {
  const z = f.mul(r, r);
  const v = f.mul(z, r);
  const p = f.polynomial(
    z,
    1.58969099521155010221e-10,
    -2.50507602534068634195e-8,
    2.75573137070700676789e-6,
    -1.98412698298579493134e-4,
    8.33333333332248946124e-3,
  );
  const tail = f.sub(f.mul(z, f.sub(f.mul(0.5, low), f.mul(v, p))), low);
  return f.sub(r, f.sub(tail, f.mul(v, -1.66666666666666324348e-1)));
}

/** Cosine of r + low (the form of FreeBSD's k_cos.c). */
function kernelCosine(f: Formula, r: Node, low: Node): Node {
  const z = f.mul(r, r);
  const p = f.mul(
    z,
    f.polynomial(
      z,
      -1.13596475577881948265e-11,
      2.0875723212981748279e-9,
      -2.75573143513906633035e-7,
      2.48015872894767294178e-5,
      -1.38888888888741095749e-3,
      4.16666666666666019037e-2,
    ),
  );
  const half = f.mul(0.5, z);
  const w = f.sub(1, half);
  const rest = f.sub(f.sub(1, w), half);
  return f.add(w, f.add(rest, f.sub(f.mul(z, p), f.mul(r, low))));
}

/** Cuts π/2 = 0x1.921fb54442d18469898cc51701b839a252049c11… into parts. */
function halfPiParts(): readonly number[] {
  const digits = 0x1921fb54442d18469898cc51701b839a252049c1114cfn;
  const scale = 176;
  const parts: number[] = [];
  let rest = digits;
  for (let part = 0; part < 4; part++) {
    const drop = BigInt(rest.toString(2).length - 27);
    const top = (rest >> drop) << drop;
    parts.push(Number(top) / 2 ** scale);
    rest -= top;
  }
  return [...parts, Number(rest) / 2 ** scale];
}
