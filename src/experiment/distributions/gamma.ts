import { define, positive, require, type Distribution } from './distribution.ts';
import { gammaInverse, logGamma } from './special.ts';

/** Waiting times of a given mean. */
export function exponential(mean: number): Distribution {
  require('exponential', positive(mean), 'needs a mean > 0');
  return define({
    name: 'exponential',
    parameters: { mean },
    support: [0, Infinity],
    logDensity: (x) => -x / mean - Math.log(mean),
    score: () => -1 / mean,
    quantile: (p) => -mean * Math.log1p(-p),
  });
}

/** Density ∝ x^(shape − 1) exp(−x / scale). */
export function gamma(shape: number, scale: number): Distribution {
  require('gamma', positive(shape) && positive(scale), 'needs shape > 0 and scale > 0');
  const constant = logGamma(shape) + shape * Math.log(scale);
  return define({
    name: 'gamma',
    parameters: { shape, scale },
    support: [0, Infinity],
    logDensity: (x) => (shape === 1 ? 0 : (shape - 1) * Math.log(x)) - x / scale - constant,
    quantile: (p) => scale * gammaInverse(p, shape),
  });
}

/** 1 / x of a gamma variable of this shape and scale 1 / `scale`: density ∝ x^(−shape − 1) exp(−scale / x). */
export function inverseGamma(shape: number, scale: number): Distribution {
  require('inverseGamma', positive(shape) && positive(scale), 'needs shape > 0 and scale > 0');
  const constant = shape * Math.log(scale) - logGamma(shape);
  return define({
    name: 'inverseGamma',
    parameters: { shape, scale },
    support: [Number.MIN_VALUE, Infinity],
    logDensity: (x) => constant - (shape + 1) * Math.log(x) - scale / x,
    quantile: (p) => scale / gammaInverse(1 - p, shape),
  });
}

/** Density ∝ x^(shape − 1) exp(−(x / scale)^shape). */
export function weibull(shape: number, scale: number): Distribution {
  require('weibull', positive(shape) && positive(scale), 'needs shape > 0 and scale > 0');
  return define({
    name: 'weibull',
    parameters: { shape, scale },
    support: [0, Infinity],
    logDensity: (x) =>
      Math.log(shape / scale) + (shape === 1 ? 0 : (shape - 1) * Math.log(x / scale)) - (x / scale) ** shape,
    quantile: (p) => scale * (-Math.log1p(-p)) ** (1 / shape),
  });
}
