import type { Random } from '../../conduit/index.ts';
import { define, positive, require, type Distribution } from './distribution.ts';
import { logGamma } from './special.ts';

/** Trials up to and with the first success: 1, 2, 3, … */
export function geometric(probability: number): Distribution {
  require('geometric', positive(probability) && probability <= 1, 'needs 0 < probability ≤ 1');
  const failure = Math.log1p(-probability);
  return define({
    name: 'geometric',
    parameters: { probability },
    support: [1, Infinity],
    discrete: true,
    logDensity: (k) => (k === 1 ? 0 : (k - 1) * failure) + Math.log(probability),
    quantile: (p) => Math.max(1, Math.ceil(Math.log1p(-p) / failure)),
  });
}

/** Counts of events of a given mean: 0, 1, 2, … */
export function poisson(mean: number): Distribution {
  require('poisson', positive(mean), 'needs a mean > 0');
  const logDensity = (k: number) => k * Math.log(mean) - mean - logGamma(k + 1);
  return define({
    name: 'poisson',
    parameters: { mean },
    support: [0, Infinity],
    discrete: true,
    logDensity,
    quantile(p) {
      // Sums the probabilities from where they begin to count: 40 standard deviations below the mean lies nothing.
      let k = Math.max(0, Math.floor(mean - 40 * Math.sqrt(mean)));
      let below = Math.exp(logDensity(k));
      const last = mean + 40 * Math.sqrt(mean) + 40;
      while (below < p && k < last) below += Math.exp(logDensity(++k));
      return k;
    },
  });
}

/** Counts of a given mean whose variance is mean + mean² / dispersion: 0, 1, 2, … More spread than `poisson`. */
export function negativeBinomial(mean: number, dispersion: number): Distribution {
  require('negativeBinomial', positive(mean) && positive(dispersion), 'needs mean > 0 and dispersion > 0');
  const total = mean + dispersion;
  const none = dispersion * Math.log(dispersion / total) - logGamma(dispersion);
  const logDensity = (k: number) =>
    logGamma(k + dispersion) - logGamma(k + 1) + none + k * Math.log(mean / total);
  return define({
    name: 'negativeBinomial',
    parameters: { mean, dispersion },
    support: [0, Infinity],
    discrete: true,
    logDensity,
    quantile(p) {
      // From one probability to the next: (k + r) / (k + 1) times the mean's share.
      let k = 0;
      let each = Math.exp(logDensity(0));
      let below = each;
      // Where a step adds no more, rounding has the rest.
      while (below < p && (k < mean || each > Number.EPSILON * below)) {
        each *= ((k + dispersion) / (k + 1)) * (mean / total);
        below += each;
        k++;
      }
      return k;
    },
  });
}

/** A distribution of several numbers together. */
export interface MultivariateDistribution {
  readonly description: Readonly<Record<string, unknown>>;
  density(x: readonly number[]): number;
  logDensity(x: readonly number[]): number;
  sample(random: Random): number[];
}

/** How often each outcome comes up in `trials` trials. */
export function multinomial(trials: number, probabilities: readonly number[]): MultivariateDistribution {
  const sum = probabilities.reduce((total, p) => total + p, 0);
  require('multinomial', Number.isInteger(trials) && trials >= 0, 'needs a whole number of trials');
  require('multinomial', probabilities.every((p) => p >= 0) && positive(sum), 'needs probabilities ≥ 0');
  const shares = probabilities.map((p) => p / sum);
  const logDensity = (x: readonly number[]) => {
    const counts = x.length === shares.length && x.every((k) => Number.isInteger(k) && k >= 0);
    if (!counts || x.reduce((total, k) => total + k, 0) !== trials) return -Infinity;
    return shares.reduce(
      (total, p, i) => total + (x[i] === 0 ? 0 : x[i]! * Math.log(p)) - logGamma(x[i]! + 1),
      logGamma(trials + 1),
    );
  };
  return {
    description: { distribution: 'multinomial', trials, probabilities },
    logDensity,
    density: (x) => Math.exp(logDensity(x)),
    sample(random) {
      const counts = shares.map(() => 0);
      for (let trial = 0; trial < trials; trial++) {
        let left = random.uniform();
        let i = 0;
        while (i < shares.length - 1 && left >= shares[i]!) left -= shares[i++]!;
        counts[i]!++;
      }
      return counts;
    },
  };
}
