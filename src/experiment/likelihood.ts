import { ExperimentError } from '../conduit/index.ts';
import { show } from '../internal/index.ts';
import { normal, poisson, studentT } from './distributions/index.ts';

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
