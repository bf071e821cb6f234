/** Functions to minimise, and runs of CMA-ES on them without anything around it. */
import { stream } from 'flotilla/conduit';
import { cmaes } from 'flotilla/experiment';

interface SearchProblem {
  readonly name: string;
  readonly n: number;
  /** Of the first variables, so many are whole numbers. */
  readonly wholes: number;
  readonly f: (x: readonly number[]) => number;
  /** Default: even in ±5. */
  readonly start?: number;
  readonly step: number;
  readonly restarts?: boolean;
  /** Of the seeds, this share is run. */
  readonly share: number;
}

const sphere = (x: readonly number[]) => x.reduce((sum, each) => sum + each * each, 0);
const ellipsoid = (condition: number) => (x: readonly number[]) =>
  x.reduce((sum, each, i) => sum + condition ** (i / (x.length - 1)) * each * each, 0);
const rosenbrock = (x: readonly number[]) =>
  x.slice(1).reduce((sum, b, i) => sum + 100 * (b - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2, 0);
const rastrigin = (x: readonly number[]) =>
  x.reduce((sum, each) => sum + each * each + 10 * (1 - Math.cos(2 * Math.PI * each)), 0);

export const SEARCHES: readonly SearchProblem[] = [
  { name: 'sphere 20', n: 20, wholes: 0, f: sphere, step: 2, share: 0.5 },
  { name: 'ellipsoid 1e12, 20', n: 20, wholes: 0, f: ellipsoid(1e12), step: 2, share: 0.5 },
  { name: 'Rosenbrock 20', n: 20, wholes: 0, f: rosenbrock, start: 0, step: 0.5, share: 0.5 },
  { name: 'Rosenbrock 40', n: 40, wholes: 0, f: rosenbrock, start: 0, step: 0.5, share: 0.5 },
  { name: 'Rastrigin 10', n: 10, wholes: 0, f: rastrigin, step: 2, restarts: true, share: 0.5 },
  { name: 'sphere, 1 whole of 5', n: 5, wholes: 1, f: sphere, step: 2, share: 0.5 },
  { name: 'sphere, 10 whole of 20', n: 20, wholes: 10, f: sphere, step: 2, share: 0.5 },
  { name: 'ellipsoid 1e6, 1 of 5', n: 5, wholes: 1, f: ellipsoid(1e6), step: 2, share: 0.5 },
  { name: 'ellipsoid 1e6, 10 of 20', n: 20, wholes: 10, f: ellipsoid(1e6), step: 2, share: 0.5 },
];

const MOST = 400_000;

export function search(problem: SearchProblem, seed: number): { evaluations: number; loss: number } {
  const { n, wholes, f, start, step, restarts = false } = problem;
  const random = stream(seed, 'start');
  const variables = Array.from({ length: n }, (_, i) => ({
    name: `x${i}`,
    // A restart begins within bounds: Rastrigin's function has its minima there.
    lower: restarts ? -5 : -Infinity,
    upper: restarts ? 5 : Infinity,
    start: start ?? 10 * random.uniform() - 5,
    step,
    granularity: i < wholes ? 1 : 0,
    prior: undefined,
  }));
  const solver = cmaes(restarts ? { restarts: 'bipop' } : { minImprovement: 0, minStep: 0 });
  const run = solver.begin({ variables, constraints: [], random: (item) => stream(seed, 'bench', item) });
  let evaluations = 0;
  let loss = Infinity;
  while (run.stopped() === undefined && loss > 1e-8 && evaluations < MOST) {
    const points = run.ask();
    const values = points.map((x) => ({
      value: f(x.map((each, i) => (i < wholes ? Math.round(each) : each))),
    }));
    evaluations += points.length;
    for (const { value } of values) loss = Math.min(loss, value);
    run.tell(points, values);
  }
  return { evaluations, loss };
}
