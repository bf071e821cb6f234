/**
 * Five experiments with a record in `--dir`. `--die model --after N`: a rank ends itself in the N-th sample it evaluates; `--die engine --after N`: the
 * engine's rank ends itself after N milliseconds.
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import {
  cmaes,
  infer,
  mcmc,
  nested,
  normal,
  nsga2,
  optimize,
  pareto,
  run,
  tmcmc,
  uniform,
  type Sampler,
} from 'flotilla/experiment';

const { values } = parseArgs({
  options: { die: { type: 'string' }, after: { type: 'string' }, dir: { type: 'string' } },
});
const { dir } = values;
const end = () => process.kill(process.pid, 'SIGKILL');
let left = values.die === 'model' ? Number(values.after) : Infinity;
if (values.die === 'engine' && world().rank === 0) setTimeout(end, Number(values.after));

async function pause(): Promise<void> {
  if (left-- <= 0) end();
  await new Promise((resolve) => setTimeout(resolve, 1));
}

const first = optimize({
  name: 'first',
  seed: 4,
  variables: { x: { bounds: [-10, 10] }, y: { bounds: [-10, 10] } },
  async objective({ x, y }, _, sample) {
    await pause();
    if (x > 8) throw new RangeError('too far');
    return x * x + (y - 1) ** 2 + 1e-3 * sample.rng.uniform();
  },
  solver: cmaes(),
  onError: 'reject',
  until: { generations: 60 },
});
const second = infer({
  name: 'second',
  variables: { x: { prior: uniform(-15, 15) } },
  async logLikelihood({ x }) {
    await pause();
    return x > 10 ? -Infinity : normal(-2, 3).logDensity(x);
  },
  solver: tmcmc({ population: 50, steps: 5 }),
});
const sampled = (name: string, solver: Sampler) =>
  infer({
    name,
    variables: { x: { prior: uniform(-5, 5) }, y: { prior: uniform(-5, 5) } },
    async logLikelihood({ x, y }) {
      await pause();
      return Math.hypot(x, y) > 4 ? -Infinity : -2 * (x * x + (y - x) ** 2);
    },
    solver,
  });
const third = sampled('third', nested({ population: 20, batch: 4 }));
const fourth = sampled('fourth', mcmc({ samples: 120, burnIn: 100, chains: 2 }));
const fifth = pareto({
  name: 'fifth',
  variables: { x: { bounds: [0, 3] }, y: { bounds: [0, 3] } },
  goals: { near: 'minimize', far: 'minimize' },
  async objectives({ x, y }, _, sample) {
    await pause();
    return { near: Math.hypot(x, y) + 1e-3 * sample.rng.uniform(), far: Math.hypot(x - 3, y) };
  },
  constraints: [({ x, y }) => 1 - x - y],
  reference: { near: 3, far: 3 },
  solver: nsga2({ population: 10, minImprovement: 0 }),
  until: { generations: 12 },
});
const results = await run([first, second, third, fourth, fifth], {
  ...(dir !== undefined && { dir }),
  resume: true,
});
if (world().rank === 0) console.log(JSON.stringify(results));
