import type { Formula } from './formula.ts';
import type { Node } from './node.ts';

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;

/**
 * log: x = 2^k (1 + f) with √2 / 2 < 1 + f < √2; log(1 + f) = f − s (f − R(s)), s = f / (2 + f) (FDLIBM e_log.c).
 */
export function logarithm(f: Formula, x: Node): Node {
  const subnormal = f.lt(x, 2 ** -1022);
  const normal = f.select(subnormal, f.mul(x, 2 ** 54), x);
  const mantissa = f.mantissa(normal);
  const upper = f.gt(mantissa, Math.SQRT2);
  const exponent = f.sub(f.exponent(normal), f.select(subnormal, 54, 0));
  const k = f.select(upper, f.add(exponent, 1), exponent);
  const fraction = f.sub(f.select(upper, f.mul(mantissa, 0.5), mantissa), 1);
  const s = f.div(fraction, f.add(2, fraction));
  const z = f.mul(s, s);
  const r = f.mul(
    z,
    f.polynomial(
      z,
      1.479819860511658591e-1,
      1.531383769920937332e-1,
      1.818357216161805012e-1,
      2.222219843214978396e-1,
      2.857142874366239149e-1,
      3.999999999940941908e-1,
      6.66666666666673513e-1,
    ),
  );
  const half = f.mul(f.mul(0.5, fraction), fraction);
  const inner = f.sub(half, f.add(f.mul(s, f.add(half, r)), f.mul(k, LN2_LOW)));
  const finite = f.sub(f.mul(k, LN2_HIGH), f.sub(inner, fraction));
  const positive = f.select(f.eq(x, Infinity), x, finite);
  const atZero = f.select(f.eq(x, 0), -Infinity, NaN);
  return f.select(f.gt(x, 0), positive, atZero);
}
