import type { Formula } from './formula.ts';
import type { Node } from './node.ts';

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LOG2_E = 1.442695040888963387;

/**
 * exp: x = k ln 2 + r, |r| ≤ ln 2 / 2; exp r = 1 + 2r / (R − r) with R even in r (FDLIBM e_exp.c, s. "Method").
 */
export function exponential(f: Formula, x: Node): Node {
  // Beyond these the result is infinite or 0; NaN passes both.
  const low = f.select(f.lt(x, -746), -746, x);
  const clamped = f.select(f.gt(low, 710), 710, low);
  const k = f.nearest(f.mul(clamped, LOG2_E));
  const high = f.sub(clamped, f.mul(k, LN2_HIGH));
  const rest = f.mul(k, LN2_LOW);
  const r = f.sub(high, rest);
  const t = f.mul(r, r);
  const p = f.polynomial(
    t,
    4.13813679705723846039e-8,
    -1.6533902205465251539e-6,
    6.61375632143793436117e-5,
    -2.77777777770155933842e-3,
    1.66666666666666019037e-1,
  );
  const c = f.sub(r, f.mul(t, p));
  const fraction = f.div(f.mul(r, c), f.sub(2, c));
  const one = f.sub(1, f.sub(f.sub(rest, fraction), high));
  return f.scaled(one, k);
}

/**
 * tanh by exp − 1 of twice its argument, which stays exact near 0 (FDLIBM s_tanh.c, s_expm1.c). The steps are those of FDLIBM, whose error at its worst
 * passes 1 ulp, so that results agree with `Math.tanh`.
 */
export function hyperbolicTangent(f: Formula, x: Node): Node {
  const magnitude = f.abs(x);
  const large = f.ge(magnitude, 1);
  const bounded = f.select(f.lt(magnitude, 22), magnitude, 22);
  const doubled = f.add(bounded, bounded);
  const t = exponentialMinusOne(f, f.select(large, doubled, f.neg(doubled)));
  const below = f.div(f.neg(t), f.add(t, 2));
  const above = f.sub(1, f.div(2, f.add(t, 2)));
  const bigger = f.select(f.lt(magnitude, 22), f.select(large, above, below), 1);
  const signed = f.withSign(bigger, x);
  const tiny = f.not(f.ge(magnitude, 2 ** -28));
  // NaN is not ≥ anything: it is returned as it is, with tiny numbers.
  return f.select(tiny, x, signed);
}

/** exp(x) − 1 for −2 < x ≤ 0 or 2 ≤ x ≤ 44: cases of FDLIBM that tanh never meets are left out. */
function exponentialMinusOne(f: Formula, x: Node): Node {
  const magnitude = f.abs(x);
  const half = f.select(f.lt(x, 0), -0.5, 0.5);
  const direct = f.lt(magnitude, 0.3465735912322998);
  const once = f.select(f.lt(magnitude, 1.0397205352783203), -1, f.trunc(f.add(f.mul(x, LOG2_E), half)));
  const k = f.select(direct, 0, once);
  const high = f.sub(x, f.mul(k, LN2_HIGH));
  const low = f.mul(k, LN2_LOW);
  const r = f.sub(high, low);
  const c = f.sub(f.sub(high, r), low);
  const halfR = f.mul(0.5, r);
  const square = f.mul(r, halfR);
  const r1 = f.polynomial(
    square,
    -2.01099218183624371326e-7,
    4.00821782732936239552e-6,
    -7.93650757867487942473e-5,
    1.58730158725481460165e-3,
    -3.33333333333331316428e-2,
    1,
  );
  const t = f.sub(3, f.mul(r1, halfR));
  const e = f.mul(square, f.div(f.sub(r1, t), f.sub(6, f.mul(r, t))));
  const unscaled = f.sub(r, f.sub(f.mul(r, e), square));
  const correction = f.sub(f.sub(f.mul(r, f.sub(e, c)), c), square);
  const remainder = f.sub(r, correction);
  const scale = f.powerOfTwo(k);
  const inverse = f.powerOfTwo(f.neg(k));
  const minusOne = f.sub(f.mul(0.5, remainder), 0.5);
  const low20 = f.mul(f.sub(f.sub(1, inverse), f.sub(correction, r)), scale);
  const high20 = f.mul(f.add(f.sub(r, f.add(correction, inverse)), 1), scale);
  const outer = f.sub(f.mul(f.sub(1, f.sub(correction, r)), scale), 1);
  const positive = f.select(f.lt(k, 20), low20, f.select(f.le(k, 56), high20, outer));
  const negative = f.select(f.eq(k, -1), minusOne, outer);
  return f.select(f.eq(k, 0), unscaled, f.select(f.gt(k, 0), positive, negative));
}
