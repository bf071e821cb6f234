import { ExperimentError } from '../conduit/index.ts';
import { show } from '../internal/index.ts';
import { geometric, negativeBinomial, normal, poisson, studentT } from './distributions/index.ts';
import { logNormalCumulative, studentTCumulative } from './distributions/special.ts';

/** Reference data and how they scatter about predictions of type P. */
export interface Likelihood<P> {
  readonly description: Readonly<Record<string, unknown>>;
  /** ln p(data | prediction). */
  log(prediction: P): number;
}

/** One number for all data, or one for each. */
type Each = number | readonly number[];

/** Data that scatter normally: the model predicts the mean of each, and the standard deviation of each or of all. */
export function normalData(
  data: readonly number[],
): Likelihood<{ readonly mean: readonly number[]; readonly sd: Each }> {
  check('normalData', data);
  return {
    description: { likelihood: 'normalData', data },
    log: ({ mean, sd }) =>
      sum(data, (y, i) => {
        const scale = at(sd, i, data);
        return scale > 0 ? normal(at(mean, i, data), scale).logDensity(y) : refuse('sd > 0', scale);
      }),
  };
}

/** Data with outliers: Student's t about the mean, with `dof` degrees of freedom and scale `sd`. */
export function studentTData(
  data: readonly number[],
): Likelihood<{ readonly mean: readonly number[]; readonly sd: Each; readonly dof: number }> {
  check('studentTData', data);
  return {
    description: { likelihood: 'studentTData', data },
    log: ({ mean, sd, dof }) =>
      sum(data, (y, i) => studentT(dof, at(mean, i, data), at(sd, i, data)).logDensity(y)),
  };
}

/** Data that are never negative: a normal distribution cut off at 0, of which the model predicts mean and deviation before the cut. */
export function positiveNormalData(
  data: readonly number[],
): Likelihood<{ readonly mean: readonly number[]; readonly sd: Each }> {
  checkPositive('positiveNormalData', data);
  return {
    description: { likelihood: 'positiveNormalData', data },
    log: ({ mean, sd }) =>
      sum(data, (y, i) => {
        const [m, s] = [at(mean, i, data), at(sd, i, data)];
        if (!(s > 0)) refuse('sd > 0', s);
        return normal(m, s).logDensity(y) - logNormalCumulative(m / s);
      }),
  };
}

/** Data with outliers that are never negative: Student's t cut off at 0. */
export function positiveStudentTData(
  data: readonly number[],
): Likelihood<{ readonly mean: readonly number[]; readonly sd: Each; readonly dof: number }> {
  checkPositive('positiveStudentTData', data);
  return {
    description: { likelihood: 'positiveStudentTData', data },
    log: ({ mean, sd, dof }) =>
      sum(data, (y, i) => {
        const [m, s] = [at(mean, i, data), at(sd, i, data)];
        return studentT(dof, m, s).logDensity(y) - Math.log(studentTCumulative(m / s, dof));
      }),
  };
}

/** Counts 0, 1, 2, … that fall off geometrically: the model predicts their expected number. */
export function geometricData(data: readonly number[]): Likelihood<{ readonly mean: readonly number[] }> {
  checkCounts('geometricData', data);
  return {
    description: { likelihood: 'geometricData', data },
    // Failures before the first success, of probability 1 / (1 + mean).
    log: ({ mean }) => sum(data, (k, i) => geometric(1 / (1 + at(mean, i, data))).logDensity(k + 1)),
  };
}

/** Counts that scatter more than Poisson's: the model predicts their expected number, and the variance is mean + mean² / dispersion. */
export function negativeBinomialData(
  data: readonly number[],
): Likelihood<{ readonly mean: readonly number[]; readonly dispersion: Each }> {
  checkCounts('negativeBinomialData', data);
  return {
    description: { likelihood: 'negativeBinomialData', data },
    log: ({ mean, dispersion }) =>
      sum(data, (k, i) => negativeBinomial(at(mean, i, data), at(dispersion, i, data)).logDensity(k)),
  };
}

/** Counts: the model predicts their expected number. */
export function poissonData(data: readonly number[]): Likelihood<{ readonly rate: readonly number[] }> {
  check('poissonData', data);
  return {
    description: { likelihood: 'poissonData', data },
    log: ({ rate }) => sum(data, (k, i) => poisson(at(rate, i, data)).logDensity(k)),
  };
}

function check(of: string, data: readonly number[]): void {
  if (Array.isArray(data) && data.length > 0 && data.every((y) => Number.isFinite(y))) return;
  throw new ExperimentError('ERR_OPTION', `${of} needs a list of finite numbers`);
}

function checkPositive(of: string, data: readonly number[]): void {
  check(of, data);
  if (data.some((y) => y < 0))
    throw new ExperimentError('ERR_OPTION', `${of} needs data that are not negative`);
}

function checkCounts(of: string, data: readonly number[]): void {
  check(of, data);
  if (data.some((y) => y < 0 || !Number.isInteger(y)))
    throw new ExperimentError('ERR_OPTION', `${of} needs whole numbers from 0`);
}

const sum = (data: readonly number[], term: (y: number, i: number) => number) =>
  data.reduce((total, y, i) => total + term(y, i), 0);

function at(prediction: Each, i: number, data: readonly number[]): number {
  if (typeof prediction === 'number') return prediction;
  if (prediction.length === data.length) return prediction[i]!;
  throw new ExperimentError(
    'ERR_MODEL',
    `the model predicts ${prediction.length} values for ${data.length} data`,
  );
}

function refuse(needed: string, given: unknown): never {
  throw new ExperimentError('ERR_MODEL', `the model must predict ${needed}, not ${show(given)}`);
}
