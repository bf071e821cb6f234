import { ExperimentError, type Random } from '../../conduit/index.ts';
import { show } from '../../internal/index.ts';

/** A distribution of one number. A value: `normal(0, 1)`. */
export interface Distribution {
  /** Its name and parameters, for the record of a run. */
  readonly description: Readonly<Record<string, unknown>>;
  /** Where its density is not zero: from, to. */
  readonly support: readonly [number, number];
  /** Whole numbers only. */
  readonly discrete?: boolean;
  /** Density at x; of a discrete distribution the probability of x. */
  density(x: number): number;
  /** Logarithm of the density; −∞ outside the support. */
  logDensity(x: number): number;
  /** Derivative of `logDensity`. */
  score(x: number): number;
  /** The x below which a share p of the probability lies, 0 < p < 1. */
  quantile(p: number): number;
  /** Draws one. */
  sample(random: Random): number;
}

interface Definition {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly support: readonly [number, number];
  /** Within the support. */
  readonly logDensity: (x: number) => number;
  readonly score?: (x: number) => number;
  readonly quantile: (p: number) => number;
  readonly discrete?: boolean;
}

/** Sampling is by inversion: one uniform number for each, so that a stream stays in step whatever is drawn. */
export function define({ name, parameters, support, discrete = false, ...given }: Definition): Distribution {
  const [lower, upper] = support;
  const inside = (x: number) => x >= lower && x <= upper && (!discrete || Number.isInteger(x));
  const logDensity = (x: number) => (inside(x) ? given.logDensity(x) : -Infinity);
  return {
    description: { distribution: name, ...parameters },
    support,
    ...(discrete && { discrete }),
    logDensity,
    density: (x) => Math.exp(logDensity(x)),
    score: given.score ?? ((x) => differentiate(logDensity, x)),
    quantile(p) {
      if (p > 0 && p < 1) return given.quantile(p);
      throw new ExperimentError('ERR_OPTION', `${name}: a quantile is for 0 < p < 1, not ${show(p)}`);
    },
    sample: (random) => given.quantile(random.uniform()),
  };
}

/** Central difference: six digits or so, enough for a gradient whose exact form was not worth a formula. */
function differentiate(f: (x: number) => number, x: number): number {
  const h = 6e-6 * Math.max(1, Math.abs(x));
  return (f(x + h) - f(x - h)) / (2 * h);
}

/** Parameters that make no distribution are refused where it is made. */
export function require(name: string, condition: boolean, needed: string): void {
  if (!condition) throw new ExperimentError('ERR_OPTION', `${name}: ${needed}`);
}

/** A JavaScript program may pass a text that compares like a number. */
export const positive = (x: number): boolean => Number.isFinite(x) && x > 0;
export const number = (x: number): boolean => typeof x === 'number' && !Number.isNaN(x);
