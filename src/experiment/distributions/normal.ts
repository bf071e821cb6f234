import { define, number, positive, require, type Distribution } from './distribution.ts';
import { normalCumulative, normalQuantile } from './special.ts';

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** Equal density from `from` to `to`. */
export function uniform(from: number, to: number): Distribution {
  require('uniform', Number.isFinite(from) &&
    Number.isFinite(to) &&
    from < to &&
    to - from < Infinity, 'needs from < to, both finite');
  const logDensity = -Math.log(to - from);
  return define({
    name: 'uniform',
    parameters: { from, to },
    support: [from, to],
    logDensity: () => logDensity,
    score: () => 0,
    quantile: (p) => from + p * (to - from),
  });
}

/** The normal distribution of a mean and a standard deviation. */
export function normal(mean: number, sd: number): Distribution {
  require('normal', Number.isFinite(mean) && positive(sd), 'needs a finite mean and sd > 0');
  return define({
    name: 'normal',
    parameters: { mean, sd },
    support: [-Infinity, Infinity],
    logDensity: (x) => -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - HALF_LOG_2PI,
    score: (x) => (mean - x) / (sd * sd),
    quantile: (p) => mean + sd * normalQuantile(p),
  });
}

/** exp of a normal variable; `mu` and `sigma` are mean and standard deviation of the logarithm. */
export function logNormal(mu: number, sigma: number): Distribution {
  require('logNormal', Number.isFinite(mu) && positive(sigma), 'needs a finite mu and sigma > 0');
  return define({
    name: 'logNormal',
    parameters: { mu, sigma },
    support: [Number.MIN_VALUE, Infinity],
    logDensity: (x) =>
      -0.5 * ((Math.log(x) - mu) / sigma) ** 2 - Math.log(x) - Math.log(sigma) - HALF_LOG_2PI,
    quantile: (p) => Math.exp(mu + sigma * normalQuantile(p)),
  });
}

/** A normal variable known to lie between `from` and `to`; `mean` and `sd` are those before the cut. */
export function truncatedNormal(mean: number, sd: number, from: number, to: number): Distribution {
  require('truncatedNormal', Number.isFinite(mean) && positive(sd), 'needs a finite mean and sd > 0');
  require('truncatedNormal', number(from) && number(to) && from < to, 'needs from < to');
  // Work on the side of the mean where the tail is: differences of numbers near 1 would lose all digits.
  const flip = from > mean;
  const a = flip ? (mean - to) / sd : (from - mean) / sd;
  const b = flip ? (mean - from) / sd : (to - mean) / sd;
  const below = normalCumulative(a);
  const mass = normalCumulative(b) - below;
  require('truncatedNormal', mass > 0, `has no probability between ${from} and ${to}`);
  const logScale = Math.log(sd) + Math.log(mass) + HALF_LOG_2PI;
  return define({
    name: 'truncatedNormal',
    parameters: { mean, sd, from, to },
    support: [from, to],
    logDensity: (x) => -0.5 * ((x - mean) / sd) ** 2 - logScale,
    score: (x) => (mean - x) / (sd * sd),
    quantile(p) {
      const z = normalQuantile(below + (flip ? 1 - p : p) * mass);
      return Math.min(to, Math.max(from, flip ? mean - sd * z : mean + sd * z));
    },
  });
}

/** |x| of a normal variable of mean 0: a prior for a scale. `sd` is that of the whole normal distribution. */
export function halfNormal(sd: number): Distribution {
  require('halfNormal', positive(sd), 'needs sd > 0');
  return define({
    name: 'halfNormal',
    parameters: { sd },
    support: [0, Infinity],
    logDensity: (x) => Math.LN2 - 0.5 * (x / sd) ** 2 - Math.log(sd) - HALF_LOG_2PI,
    score: (x) => -x / (sd * sd),
    // By the upper tail of the whole, where small p lose no digits of it.
    quantile: (p) => -sd * normalQuantile((1 - p) / 2),
  });
}
