import { define, positive, require, type Distribution } from './distribution.ts';
import { betaInverse, logBeta, logGamma } from './special.ts';

/** On [0, 1], density ∝ x^(a − 1) (1 − x)^(b − 1). */
export function beta(a: number, b: number): Distribution {
  require('beta', positive(a) && positive(b), 'needs a > 0 and b > 0');
  const constant = logBeta(a, b);
  return define({
    name: 'beta',
    parameters: { a, b },
    support: [0, 1],
    logDensity: (x) =>
      (a === 1 ? 0 : (a - 1) * Math.log(x)) + (b === 1 ? 0 : (b - 1) * Math.log1p(-x)) - constant,
    quantile: (p) => betaInverse(p, a, b),
  });
}

/** The Cauchy distribution about `location`, half width at half maximum `scale`. It has no mean. */
export function cauchy(location: number, scale: number): Distribution {
  require('cauchy', Number.isFinite(location) && positive(scale), 'needs a finite location and scale > 0');
  return define({
    name: 'cauchy',
    parameters: { location, scale },
    support: [-Infinity, Infinity],
    logDensity: (x) => -Math.log(Math.PI * scale) - Math.log1p(((x - location) / scale) ** 2),
    quantile: (p) => location + scale * Math.tan(Math.PI * (p - 0.5)),
  });
}

/** |x| of a Cauchy variable about 0: a prior for a scale that may be large. */
export function halfCauchy(scale: number): Distribution {
  require('halfCauchy', positive(scale), 'needs scale > 0');
  return define({
    name: 'halfCauchy',
    parameters: { scale },
    support: [0, Infinity],
    logDensity: (x) => Math.log(2 / (Math.PI * scale)) - Math.log1p((x / scale) ** 2),
    score: (x) => (-2 * x) / (scale * scale + x * x),
    quantile: (p) => scale * Math.tan((Math.PI * p) / 2),
  });
}

/** Density ∝ exp(−|x − mean| / width). */
export function laplace(mean: number, width: number): Distribution {
  require('laplace', Number.isFinite(mean) && positive(width), 'needs a finite mean and width > 0');
  return define({
    name: 'laplace',
    parameters: { mean, width },
    support: [-Infinity, Infinity],
    logDensity: (x) => -Math.abs(x - mean) / width - Math.log(2 * width),
    score: (x) => Math.sign(mean - x) / width,
    quantile: (p) => (p < 0.5 ? mean + width * Math.log(2 * p) : mean - width * Math.log(2 - 2 * p)),
  });
}

/** Student's t with `dof` degrees of freedom, moved and stretched. */
export function studentT(dof: number, location = 0, scale = 1): Distribution {
  require('studentT', positive(dof) && positive(scale), 'needs dof > 0 and scale > 0');
  require('studentT', Number.isFinite(location), 'needs a finite location');
  const constant =
    logGamma((dof + 1) / 2) - logGamma(dof / 2) - 0.5 * Math.log(dof * Math.PI) - Math.log(scale);
  return define({
    name: 'studentT',
    parameters: { dof, location, scale },
    support: [-Infinity, Infinity],
    logDensity: (x) => constant - ((dof + 1) / 2) * Math.log1p(((x - location) / scale) ** 2 / dof),
    quantile(p) {
      // 2 min(p, 1 − p) is I_x(dof/2, 1/2) at x = dof / (dof + t²) (Abramowitz and Stegun 26.7.1).
      const x = betaInverse(2 * Math.min(p, 1 - p), dof / 2, 0.5);
      const t = Math.sqrt(dof * (1 / x - 1));
      return location + scale * (p < 0.5 ? -t : t);
    },
  });
}
