/** Posteriors of known evidence, and a run of a sampler on one without anything around it. */
import { stream } from 'flotilla/conduit';
import { normal, uniform, type Chain, type Distribution, type Sampler } from 'flotilla/experiment';

export interface Problem {
  readonly name: string;
  readonly prior: readonly Distribution[];
  readonly log: (x: readonly number[]) => number;
  readonly logEvidence: number;
}

export const box = (n: number, prior: Distribution): Distribution[] => new Array<Distribution>(n).fill(prior);
const LOG_2PI = Math.log(2 * Math.PI);

/** A normal density in a box that holds all of it, all correlations rho. */
export function normals(n: number, rho = 0): Problem {
  const constant = -0.5 * (Math.log(1 + (n - 1) * rho) + (n - 1) * Math.log(1 - rho) + n * LOG_2PI);
  const shared = rho / (1 + (n - 1) * rho);
  return {
    name: rho === 0 ? `normal ${n}` : `ρ ${rho} in ${n}`,
    prior: box(n, uniform(-5, 5)),
    log(x) {
      let [sum, squares] = [0, 0];
      for (const each of x) {
        sum += each;
        squares += each * each;
      }
      return constant - (0.5 * (squares - shared * sum * sum)) / (1 - rho);
    },
    logEvidence: -n * Math.log(10),
  };
}

/** F. Feroz, M. P. Hobson and M. Bridges (2009); by radial quadrature. */
export const shells: Problem = {
  name: 'shells',
  prior: box(2, uniform(-6, 6)),
  log([x = 0, y = 0]) {
    const shell = (centre: number) => -0.5 * ((Math.hypot(x - centre, y) - 2) / 0.1) ** 2;
    const [a, b] = [shell(-3.5), shell(3.5)];
    const most = Math.max(a, b);
    return most + Math.log(Math.exp(a - most) + Math.exp(b - most)) - 0.5 * Math.log(2 * Math.PI * 0.01);
  },
  logEvidence: -1.74564,
};

/** By Gauss–Legendre quadrature of 4,000 × 4,000 points. */
export const eggbox: Problem = {
  name: 'eggbox',
  prior: box(2, uniform(0, 10 * Math.PI)),
  log: ([x = 0, y = 0]) => (2 + Math.cos(x / 2) * Math.cos(y / 2)) ** 5,
  logEvidence: 235.85594,
};

const DATA = [3.21, 4.14, 4.94, 6.06, 6.84];
/** A straight line and its noise: two quadratures, equal to 1e-8. */
export const line: Problem = {
  name: 'line',
  prior: box(3, uniform(0, 5)),
  log: ([a = 0, b = 0, sigma = 0]) =>
    DATA.reduce(
      (sum, y, i) => sum - 0.5 * ((y - a * (i + 1) - b) / sigma) ** 2 - Math.log(sigma) - 0.5 * LOG_2PI,
      0,
    ),
  logEvidence: -5.72844,
};

export const corner: Problem = {
  name: 'corner',
  prior: box(3, uniform(0, 1)),
  log: (x) => -5 * x.reduce((sum, each) => sum + each, 0),
  logEvidence: 3 * Math.log((1 - Math.exp(-5)) / 5),
};

export const disc: Problem = {
  name: 'disc',
  prior: box(2, uniform(-1, 1)),
  log: ([x = 0, y = 0]) => (x * x + y * y < 0.25 ? 0 : -10),
  logEvidence: Math.log(Math.PI / 16 + (1 - Math.PI / 16) * Math.exp(-10)),
};

export const hole: Problem = {
  name: 'hole',
  prior: box(2, uniform(-1, 1)),
  log: ([x = 0, y = 0]) => (x * x + y * y < 0.25 ? -2 * (x * x + y * y) : -Infinity),
  logEvidence: Math.log((Math.PI / 8) * (1 - Math.exp(-0.5))),
};

const EFFECTS = [28, 8, -3, 7, -1, 1, 18, 12];
const ERRORS = [15, 10, 16, 11, 9, 11, 10, 18];
/**
 * Eight schools (D. B. Rubin 1981), non-centred, with mu ~ N(0, 5²) and tau ~ U(0, 20): given both, the data are normal, so that a
 * quadrature over the two gives the evidence.
 */
export const schools: Problem = {
  name: 'eight schools',
  prior: [normal(0, 5), uniform(0, 20), ...box(8, normal(0, 1))],
  log: ([mu = 0, tau = 0, ...eta]) =>
    EFFECTS.reduce(
      (sum, y, i) =>
        sum - 0.5 * ((y - mu - tau * eta[i]!) / ERRORS[i]!) ** 2 - Math.log(ERRORS[i]!) - 0.5 * LOG_2PI,
      0,
    ),
  logEvidence: schoolsEvidence(),
};

function schoolsEvidence(): number {
  const steps = 400;
  let total = 0;
  for (let i = 0; i < steps; i++) {
    const tau = (20 * (i + 0.5)) / steps;
    // The mean is normal too: N(y; mu, s²) times N(mu; 0, 25), integrated in closed form.
    const variances = ERRORS.map((s) => s * s + tau * tau);
    const precision = variances.reduce((sum, v) => sum + 1 / v, 1 / 25);
    const pull = variances.reduce((sum, v, k) => sum + EFFECTS[k]! / v, 0);
    const log = variances.reduce(
      (sum, v, k) => sum - 0.5 * (LOG_2PI + Math.log(v) + EFFECTS[k]! ** 2 / v),
      -0.5 * Math.log(25) - 0.5 * Math.log(precision) + (0.5 * pull * pull) / precision,
    );
    total += Math.exp(log) / steps;
  }
  return Math.log(total);
}

export interface Solved {
  readonly evaluations: number;
  readonly chain: Chain;
}

/** What the sampler costs and finds, evaluated in place. */
export function solve(
  { prior, log }: Pick<Problem, 'prior' | 'log'>,
  solver: Sampler,
  seed: number,
  gradient?: (x: readonly number[]) => number[],
): Solved {
  const search = solver.begin({
    variables: prior.map((each, i) => ({
      name: `x${i}`,
      lower: each.support[0],
      upper: each.support[1],
      start: undefined,
      step: undefined,
      granularity: 0,
      prior: each,
    })),
    constraints: [],
    random: (item) => stream(seed, 'bench', item),
  });
  let evaluations = 0;
  while (search.stopped() === undefined) {
    const points = search.ask();
    if (points.length === 0) break;
    const values = points.map((x) => ({ value: log(x), ...(gradient && { gradient: gradient(x) }) }));
    evaluations += points.length;
    search.tell(points, values);
  }
  return { evaluations, chain: search.chain() };
}

/** A few figures of a list. */
export function summary(list: readonly number[]): { mean: number; sd: number; rms: number } {
  const mean = list.reduce((sum, x) => sum + x / list.length, 0);
  const sd = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, list.length - 1));
  return { mean, sd, rms: Math.sqrt(list.reduce((sum, x) => sum + (x * x) / list.length, 0)) };
}
