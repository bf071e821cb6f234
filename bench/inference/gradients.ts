/** Posteriors with gradients. Truths of means and deviations in closed form, or of posteriordb's reference draws. */
import { stream } from 'flotilla/conduit';
import { normal, uniform, halfCauchy, type Distribution } from 'flotilla/experiment';
import { box } from './problems.ts';

export interface Smooth {
  readonly name: string;
  readonly prior: readonly Distribution[];
  readonly log: (x: readonly number[]) => number;
  readonly gradient: (x: readonly number[]) => number[];
  /** Means of some variables by another program, with their Monte Carlo errors. */
  readonly reference?: readonly { readonly index: number; readonly mean: number; readonly error: number }[];
  /** The same for Stan: a program of bench/peers/inference.R, and its data. */
  readonly stan?: {
    readonly model: string;
    readonly data: Readonly<Record<string, number | number[] | number[][]>>;
  };
}

/** Normal with all correlations rho, in a wide box. */
export function correlated(n: number, rho: number): Smooth {
  const shared = rho / (1 + (n - 1) * rho);
  const pull = (x: readonly number[]) => {
    const sum = x.reduce((total, each) => total + each, 0);
    return x.map((each) => -(each - shared * sum) / (1 - rho));
  };
  return {
    name: `normal ${n}, ρ ${rho}`,
    prior: box(n, uniform(-50, 50)),
    stan: { model: 'normal', data: { n, rho, box: 50 } },
    log: (x) => 0.5 * pull(x).reduce((sum, g, i) => sum + g * x[i]!, 0),
    gradient: pull,
  };
}

/** exp(−5 (x + y + z)) in the unit cube: all of it at walls. */
export const corner: Smooth = {
  name: 'corner',
  prior: box(3, uniform(0, 1)),
  log: (x) => -5 * x.reduce((sum, each) => sum + each, 0),
  gradient: (x) => x.map(() => -5),
};

const EFFECTS = [28, 8, -3, 7, -1, 1, 18, 12];
const ERRORS = [15, 10, 16, 11, 9, 11, 10, 18];
/** Eight schools, non-centred, as posteriordb has it: mu ~ N(0, 5²), tau ~ half-Cauchy(5). */
export const schools: Smooth = {
  name: 'eight schools, non-centred',
  // posteriordb's reference draws: rstan 2.21.1, 10 chains of 10,000 draws, of which every tenth.
  reference: [
    { index: 0, mean: 4.4105, error: 0.033 },
    { index: 1, mean: 3.6021, error: 0.0319 },
  ],
  prior: [normal(0, 5), halfCauchy(5), ...box(8, normal(0, 1))],
  stan: { model: 'schools', data: { J: 8, y: EFFECTS, sigma: ERRORS } },
  log: ([mu = 0, tau = 0, ...eta]) =>
    EFFECTS.reduce((sum, y, i) => sum - 0.5 * ((y - mu - tau * eta[i]!) / ERRORS[i]!) ** 2, 0),
  gradient([mu = 0, tau = 0, ...eta]) {
    const pulls = EFFECTS.map((y, i) => (y - mu - tau * eta[i]!) / ERRORS[i]! ** 2);
    return [
      pulls.reduce((sum, g) => sum + g, 0),
      pulls.reduce((sum, g, i) => sum + g * eta[i]!, 0),
      ...pulls.map((g) => g * tau),
    ];
  },
};

/** Logistic regression of 200 outcomes on 10 columns of data, made here; coefficients ~ N(0, 2.5²). */
export function logistic(rows = 200, columns = 10): Smooth {
  const random = stream(1, 'logistic');
  const data = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
  const truth = Array.from({ length: columns }, () => random.normal());
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const hits = data.map((row) => (random.uniform() < 1 / (1 + Math.exp(-dot(row, truth))) ? 1 : 0));
  return {
    name: `logistic regression, ${columns} of ${rows}`,
    prior: box(columns, normal(0, 2.5)),
    stan: { model: 'logistic', data: { N: rows, K: columns, X: data, y: hits } },
    log: (x) =>
      data.reduce((sum, row, k) => {
        const eta = dot(row, x);
        return sum + hits[k]! * eta - Math.max(eta, 0) - Math.log1p(Math.exp(-Math.abs(eta)));
      }, 0),
    gradient(x) {
      const total = new Array<number>(columns).fill(0);
      data.forEach((row, k) => {
        const left = hits[k]! - 1 / (1 + Math.exp(-dot(row, x)));
        for (let j = 0; j < columns; j++) total[j]! += left * row[j]!;
      });
      return total;
    },
  };
}
