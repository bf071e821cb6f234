/** Every reason for which a run ends by itself is named in its result. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  cmaes,
  differentialEvolution,
  hmc,
  infer,
  mcmc,
  nelderMead,
  nested,
  normal,
  optimize,
  randomSearch,
  run,
  tmcmc,
  uniform,
  type Optimizer,
  type Sampler,
} from 'flotilla/experiment';

const bounded = { x: { bounds: [-10, 10] }, y: { bounds: [-10, 10] } } as const;
const sphere = ({ x, y }: { x: number; y: number }) => x * x + y * y;

const SEARCHES: [reason: string, solver: Optimizer, objective: typeof sphere, target?: number][] = [
  ['minImprovement', cmaes({ minStep: 0 }), sphere],
  ['minStep', cmaes({ minImprovement: 0, minStep: 1e-4 }), sphere],
  ['maxCondition', cmaes({ maxCondition: 100, minImprovement: 0 }), ({ x, y }) => x * x + 1e6 * y * y],
  ['target', cmaes(), sphere, 1e-3],
  ['minImprovement', differentialEvolution(), sphere],
  ['minImprovement', nelderMead({ minStep: 0 }), sphere],
  ['minStep', nelderMead({ minImprovement: 0, minStep: 1e-4 }), sphere],
  ['all points', randomSearch({ points: 50 }), sphere],
];
for (const [reason, solver, objective, target] of SEARCHES) {
  it(`${solver.name}: ${reason}`, async () => {
    const until = { generations: 5000, ...(target !== undefined && { target }) };
    const { stopped, generations } = await run(optimize({ variables: bounded, objective, solver, until }));
    assert.equal(stopped, reason);
    assert.ok(generations < 5000);
  });
}

const SAMPLERS: [reason: string, solver: Sampler][] = [
  ['annealed', tmcmc({ population: 100 })],
  ['minEvidence', nested({ population: 50, steps: 20 })],
  ['samples', mcmc({ samples: 50, burnIn: 50 })],
  ['samples', hmc({ samples: 50, burnIn: 50 })],
];
for (const [reason, solver] of SAMPLERS) {
  it(`${solver.name}: ${reason}`, async () => {
    const { stopped } = await run(
      infer({
        variables: { x: { prior: uniform(-10, 10) } },
        logLikelihood: ({ x }) => ({
          value: normal(0, 1).logDensity(x),
          gradient: { x: normal(0, 1).score(x) },
        }),
        solver,
      }),
    );
    assert.equal(stopped, reason);
  });
}
