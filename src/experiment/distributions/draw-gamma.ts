import type { Random } from '../../conduit/index.ts';

/** A draw from a gamma distribution of this shape and scale 1. G. Marsaglia and W. W. Tsang, ACM TOMS 26 (2000) 363. */
export function drawGamma(shape: number, random: Random): number {
  // Below 1 by a power of a uniform number, §6 there.
  if (shape < 1) return drawGamma(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
