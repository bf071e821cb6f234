import { createRequire } from 'node:module';

/*
 * Special functions of stdlib (https://stdlib.io). Each is some fifty small modules: loaded when first used, since every rank of a job
 * imports this room and most never need them.
 */
const require = createRequire(import.meta.url);
type Unary = (x: number) => number;
type Ternary = (p: number, a: number, b: number) => number;

function lazily<F>(name: string): () => F {
  let loaded: F | undefined;
  return () => (loaded ??= require(`@stdlib/math-base-special-${name}`) as F);
}

const loadLogGamma = lazily<Unary>('gammaln');
const loadGammaInverse = lazily<(p: number, a: number, upper?: boolean) => number>('gammaincinv');
const loadBetaInverse = lazily<Ternary>('betaincinv');
const loadErfcInverse = lazily<Unary>('erfcinv');
const loadBeta = lazily<Ternary>('betainc');
const loadErfc = lazily<Unary>('erfc');

/** ln Γ(x). */
export const logGamma = (x: number): number => loadLogGamma()(x);
/** The x at which the regularized lower incomplete gamma function P(a, x) is p. */
export const gammaInverse = (p: number, a: number): number =>
  p <= 0.5 ? loadGammaInverse()(p, a) : loadGammaInverse()(1 - p, a, true);
/** The x at which the regularized incomplete beta function I_x(a, b) is p. */
export const betaInverse = (p: number, a: number, b: number): number => loadBetaInverse()(p, a, b);
/** The standard normal distribution function. */
export const normalCumulative = (x: number): number => loadErfc()(-x / Math.SQRT2) / 2;
/** Its inverse. */
export const normalQuantile = (p: number): number => -Math.SQRT2 * loadErfcInverse()(2 * p);
/** ln B(a, b). */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/** ln of the standard normal distribution function, also far down where that is 0: by the continued fraction of Mills' ratio. */
export function logNormalCumulative(x: number): number {
  if (x > -30) return Math.log(normalCumulative(x));
  let ratio = -x;
  for (let k = 20; k >= 1; k--) ratio = -x + k / ratio;
  return -0.5 * x * x - 0.5 * Math.log(2 * Math.PI) - Math.log(ratio);
}

/** The distribution function of Student's t (Abramowitz and Stegun 26.7.1). */
export function studentTCumulative(t: number, dof: number): number {
  const tail = loadBeta()(dof / (dof + t * t), dof / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}
