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
const raised = ({ x, y }: { x: number; y: number }) => 1 + x * x + y * y;

const SEARCHES: [reason: string, solver: Optimizer, objective: typeof sphere, target?: number][] = [
  ['minImprovement', cmaes({ minStep: 0 }), raised],
  ['minStep', cmaes({ minImprovement: 0, minStep: 1e-4 }), sphere],
  ['maxCondition', cmaes({ maxCondition: 100, minImprovement: 0 }), ({ x, y }) => x * x + 1e6 * y * y],
  ['target', cmaes(), sphere, 1e-3],
  ['minImprovement', differentialEvolution(), raised],
  ['minStep', differentialEvolution({ minStep: 1e-4 }), sphere],
  ['minImprovement', nelderMead({ minStep: 0 }), raised],
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

it('a wall-clock limit, between two batches', async () => {
  const objective = async ({ x, y }: { x: number; y: number }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return sphere({ x, y });
  };
  const experiment = optimize({
    variables: bounded,
    objective,
    solver: cmaes({ minStep: 0, minImprovement: 0 }),
  });
  const { stopped, evaluations } = await run(experiment, { until: { seconds: 0.05 } });
  assert.equal(stopped, 'seconds');
  const more = await run(experiment, { until: { evaluations: evaluations + 6 } });
  assert.equal(more.evaluations, evaluations + 6);
});

it('a limit on the time of a sample', async () => {
  const slow = (onError: 'abort' | 'reject') =>
    optimize({
      variables: bounded,
      onError,
      timeout: 0.02,
      // Ends when it is told that nobody waits for it, and not before.
      objective: ({ x, y }, _, { id, signal }) =>
        id === 2
          ? new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(0)))
          : sphere({ x, y }),
      solver: cmaes(),
      until: { evaluations: 6 },
    });
  await assert.rejects(run(slow('abort')), {
    code: 'ERR_MODEL',
    message: /sample 2 at .*took longer than its timeout of 0\.02 s/,
  });
  assert.equal((await run(slow('reject'))).rejected, 1);
});

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
