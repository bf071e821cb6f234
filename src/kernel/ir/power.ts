import type { Formula } from './formula.ts';
import type { Node } from './node.ts';

/** log2 e · 2/3 in two parts, and whole. */
const CP = 9.61796693925975554329e-1;
const CP_HIGH = 9.61796700954437255859e-1;
const CP_LOW = -7.02846165095275826516e-9;
/** log2 1.5 in two parts. */
const DP_HIGH = 5.84962487220764160156e-1;
const DP_LOW = 1.35003920212974897128e-8;
const LN2 = 6.93147180559945286227e-1;
const LN2_HIGH = 6.93147182464599609375e-1;
const LN2_LOW = -1.90465429995776804525e-9;

interface Double {
  readonly high: Node;
  readonly low: Node;
}

/** pow: 2^(y log2 |x|), the logarithm to some 70 bits, with the special cases of ECMAScript `Math.pow` (FDLIBM e_pow.c). */
export function power(f: Formula, x: Node, y: Node): Node {
  const magnitude = f.abs(x);
  const log = logarithm2(f, magnitude);
  const whole = f.eq(f.trunc(y), y);
  const halved = f.mul(y, 0.5);
  const odd = f.and(whole, f.ne(f.trunc(halved), halved));
  const finite = raise(f, log, y);
  const negative = f.or(f.lt(x, 0), f.and(f.eq(x, 0), f.lt(f.div(1, x), 0)));
  const zeroOrInfinite = f.or(f.eq(magnitude, 0), f.eq(magnitude, Infinity));
  // 0^y and ∞^y: 0 or ∞, by the sign of y.
  const grows = f.select(f.eq(magnitude, 0), f.lt(y, 0), f.gt(y, 0));
  const limit = f.select(grows, Infinity, 0);
  const large = f.select(zeroOrInfinite, limit, finite);
  const beyond = f.eq(f.abs(y), Infinity);
  // x^±∞: 0 or ∞; NaN for ±1.
  const rises = f.select(f.gt(magnitude, 1), f.gt(y, 0), f.lt(y, 0));
  const ofInfinity = f.select(f.eq(magnitude, 1), NaN, f.select(rises, Infinity, 0));
  const unsigned = f.select(beyond, ofInfinity, large);
  const signed = f.select(f.and(negative, odd), f.neg(unsigned), unsigned);
  const root = f.and(f.lt(x, 0), f.and(f.not(whole), f.ne(magnitude, Infinity)));
  const real = f.select(root, NaN, signed);
  const unknown = f.or(f.ne(x, x), f.ne(y, y));
  return f.select(f.eq(y, 0), 1, f.select(unknown, NaN, real));
}

/** log2 of a positive number in two parts. */
function logarithm2(f: Formula, x: Node): Double {
  const subnormal = f.lt(x, 2 ** -1022);
  const normal = f.select(subnormal, f.mul(x, 2 ** 54), x);
  const m = f.mantissa(normal);
  const exponent = f.sub(f.exponent(normal), f.select(subnormal, 54, 0));
  // The mantissa is compared with 1, 1.5 or, halved, with 1 again: at √1.5 and √3.
  const middle = f.and(f.ge(m, 1.224744871391589), f.lt(m, 1.7320508075688772));
  const upper = f.ge(m, 1.7320508075688772);
  const n = f.select(upper, f.add(exponent, 1), exponent);
  const ax = f.select(upper, f.mul(m, 0.5), m);
  const base = f.select(middle, 1.5, 1);
  const u = f.sub(ax, base);
  const v = f.div(1, f.add(ax, base));
  const s = f.mul(u, v);
  const sHigh = f.high(s);
  const sum = f.add(ax, base);
  const tHigh = f.high(sum);
  const tLow = f.sub(ax, f.sub(tHigh, base));
  const sLow = f.mul(v, f.sub(f.sub(u, f.mul(sHigh, tHigh)), f.mul(sHigh, tLow)));
  const s2 = f.mul(s, s);
  const series = f.polynomial(
    s2,
    2.06975017800338417784e-1,
    2.30660745775561754067e-1,
    2.72728123808534006489e-1,
    3.33333329818377432918e-1,
    4.28571428578550184252e-1,
    5.99999999999994648725e-1,
  );
  const r = f.add(f.mul(f.mul(s2, s2), series), f.mul(sLow, f.add(sHigh, s)));
  const square = f.mul(sHigh, sHigh);
  const cubeHigh = f.high(f.add(f.add(3, square), r));
  const cubeLow = f.sub(r, f.sub(f.sub(cubeHigh, 3), square));
  const p = f.mul(sHigh, cubeHigh);
  const q = f.add(f.mul(sLow, cubeHigh), f.mul(cubeLow, s));
  const pHigh = f.high(f.add(p, q));
  const pLow = f.sub(q, f.sub(pHigh, p));
  const zHigh = f.mul(CP_HIGH, pHigh);
  const zLow = f.add(f.add(f.mul(CP_LOW, pHigh), f.mul(pLow, CP)), f.select(middle, DP_LOW, 0));
  const dHigh = f.select(middle, DP_HIGH, 0);
  const high = f.high(f.add(f.add(f.add(zHigh, zLow), dHigh), n));
  const low = f.sub(zLow, f.sub(f.sub(f.sub(high, n), dHigh), zHigh));
  return { high, low };
}

/** 2^(y log). */
function raise(f: Formula, log: Double, y: Node): Node {
  // Beyond 2^40 every result but that of log = 0 is 0 or ∞; products stay finite.
  const bounded = f.select(f.gt(y, 2 ** 70), 2 ** 70, f.select(f.lt(y, -(2 ** 70)), -(2 ** 70), y));
  const yHigh = f.high(bounded);
  const low = f.add(f.mul(f.sub(bounded, yHigh), log.high), f.mul(bounded, log.low));
  const high = f.mul(yHigh, log.high);
  const z = f.add(low, high);
  const n = f.nearest(f.select(f.gt(z, 1100), 1100, f.select(f.lt(z, -1200), -1200, z)));
  const rest = f.sub(high, n);
  const t = f.high(f.add(low, rest));
  const u = f.mul(t, LN2_HIGH);
  const v = f.add(f.mul(f.sub(low, f.sub(t, rest)), LN2), f.mul(t, LN2_LOW));
  const w = f.add(u, v);
  const error = f.sub(v, f.sub(w, u));
  const square = f.mul(w, w);
  const p = f.polynomial(
    square,
    4.13813679705723846039e-8,
    -1.6533902205465251539e-6,
    6.61375632143793436117e-5,
    -2.77777777770155933842e-3,
    1.66666666666666019037e-1,
  );
  const c = f.sub(w, f.mul(square, p));
  const r = f.sub(f.div(f.mul(w, c), f.sub(c, 2)), f.add(error, f.mul(w, error)));
  const value = f.scaled(f.sub(1, f.sub(r, w)), n);
  return f.select(f.gt(z, 1025), Infinity, f.select(f.lt(z, -1080), 0, value));
}
