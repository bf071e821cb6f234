export { dirichlet, lkj } from './dirichlet.ts';
export {
  geometric,
  multinomial,
  negativeBinomial,
  poisson,
  type MultivariateDistribution,
} from './discrete.ts';
export type { Distribution } from './distribution.ts';
export { exponential, gamma, inverseGamma, weibull } from './gamma.ts';
export { multivariateNormal } from './multivariate-normal.ts';
export { halfNormal, logNormal, normal, truncatedNormal, uniform } from './normal.ts';
export { beta, cauchy, halfCauchy, laplace, studentT } from './tails.ts';
