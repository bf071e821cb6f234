/** Samplers on posteriors known in closed form, over several seeds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  hierarchical,
  hmc,
  infer,
  mcmc,
  nested,
  normal,
  normalData,
  nuts,
  poissonData,
  run,
  sample,
  studentTData,
  tmcmc,
  uniform,
  gamma,
  type Sampler,
} from 'flotilla/experiment';

const SEEDS = [1, 2, 3, 4, 5];

function near(found: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found} is not ${expected} ± ${tolerance}`);
}

const flat = uniform(-5, 5);
const five = {
  a: { prior: flat },
  b: { prior: flat },
  c: { prior: flat },
  d: { prior: flat },
  e: { prior: flat },
};
const standard = normal(0, 1);
const gauss5 = (x: Readonly<Record<string, number>>) =>
  Object.values(x).reduce((sum, each) => sum + standard.logDensity(each), 0);

describe('tmcmc', () => {
  const means: number[] = [];
  for (const seed of SEEDS) {
    it(`N(−2, 3²) on U(−15, 15), seed ${seed}`, async () => {
      const { mean, sd, logEvidence, stopped } = await run(
        infer({
          seed,
          variables: { x: { prior: uniform(-15, 15) } },
          logLikelihood: ({ x }) => normal(-2, 3).logDensity(x),
          solver: tmcmc({ population: 5000 }),
        }),
      );
      // Four standard errors of 5000 independent samples, 3 / √5000 each; all five seeds together are held to 0.1.
      near(mean.x, -2, 0.17, 'mean');
      means.push(mean.x);
      const all = means.reduce((sum, each) => sum + each, 0) / means.length;
      if (means.length === SEEDS.length) near(all, -2, 0.1, 'mean of all seeds');
      near(sd.x, 3, 0.1, 'sd');
      near(logEvidence!, -3.4012, 0.05, 'ln Z');
      assert.equal(stopped, 'annealed');
    });

    it(`N(0, I₅) on U(−5, 5)⁵, seed ${seed}`, async () => {
      const { mean, sd, samples, logEvidence } = await run(
        infer({ seed, variables: five, logLikelihood: gauss5, solver: tmcmc({ population: 5000 }) }),
      );
      assert.equal(samples.length, 5000);
      for (const name of ['a', 'b', 'c', 'd', 'e'] as const) {
        near(mean[name], 0, 0.1, `mean of ${name}`);
        near(sd[name], 1, 0.1, `sd of ${name}`);
      }
      near(logEvidence!, -5 * Math.log(10), 0.15, 'ln Z');
    });
  }

  it('the evidence has no bias', async () => {
    const evidence = async (seed: number) => {
      const experiment = infer({
        seed,
        variables: { a: { prior: flat }, b: { prior: flat } },
        logLikelihood: ({ a, b }) => normal(1, 0.1).logDensity(a) + normal(b - a, 0.1).logDensity(0),
        solver: tmcmc({ population: 500 }),
      });
      return (await run(experiment)).logEvidence!;
    };
    const runs = await Promise.all(Array.from({ length: 20 }, (_, seed) => evidence(seed)));
    const mean = runs.reduce((sum, z) => sum + z / runs.length, 0);
    near(mean, -Math.log(100), 0.1, 'mean of ln Z over 20 seeds');
  });
});

const correlated = {
  variables: { a: { prior: flat }, b: { prior: flat } },
  logLikelihood: ({ a, b }: { a: number; b: number }) => ({
    value: normal(1, 0.1).logDensity(a) + normal(0, 0.1).logDensity(b - a),
    gradient: {
      a: normal(1, 0.1).score(a) - normal(0, 0.1).score(b - a),
      b: normal(0, 0.1).score(b - a),
    },
  }),
};

for (const [name, solver] of [
  ['mcmc', mcmc()],
  ['hmc', hmc()],
  ['nuts', nuts()],
  ['nested', nested({ population: 200, steps: 50 })],
] as [string, Sampler][]) {
  describe(name, () => {
    for (const seed of SEEDS) {
      it(`N(−2, 3²), seed ${seed}`, async () => {
        const { mean, sd, logEvidence } = await run(
          sample({
            seed,
            variables: { x: { bounds: [-15, 15] } },
            logDensity: ({ x }) => ({
              value: normal(-2, 3).logDensity(x),
              gradient: { x: normal(-2, 3).score(x) },
            }),
            solver,
          }),
        );
        // Some four standard errors of so many independent samples.
        const tolerance = name === 'nested' ? 0.6 : 0.25;
        near(mean.x, -2, tolerance, 'mean');
        near(sd.x, 3, tolerance, 'sd');
        if (logEvidence !== undefined) near(logEvidence, -3.4012, 0.2, 'ln Z');
      });
      it(`a narrow ridge, seed ${seed}`, async () => {
        const { mean, sd, logEvidence, logEvidenceError } = await run(infer({ seed, ...correlated, solver }));
        near(mean.a, 1, 0.02, 'mean of a');
        near(mean.b, 1, 0.03, 'mean of b');
        near(sd.a, 0.1, 0.02, 'sd of a');
        near(sd.b, Math.SQRT1_2 / 5, 0.03, 'sd of b');
        if (logEvidence !== undefined) near(logEvidence, -Math.log(100), 4 * logEvidenceError!, 'ln Z');
      });
    }
  });
}

it('hmc says that it needs a gradient', async () => {
  await assert.rejects(
    run(sample({ variables: { x: { bounds: [0, 1] } }, logDensity: () => 0, solver: hmc() })),
    { code: 'ERR_MODEL', message: /needs a model that returns \{ value, gradient \}/ },
  );
});

describe('reference data', () => {
  const data = [4.1, 2.3, 3.7, 5.2, 3.9, 2.8, 4.4, 3.3];
  it('of a known deviation: the posterior of the mean is normal', async () => {
    const { mean, sd, logEvidence } = await run(
      infer({
        variables: { m: { prior: normal(0, 10) } },
        likelihood: normalData(data),
        model: ({ m }) => ({ mean: data.map(() => m), sd: 1 }),
        solver: tmcmc({ population: 4000 }),
      }),
    );
    const precision = data.length + 1 / 100;
    const total = data.reduce((sum, y) => sum + y, 0);
    near(mean.m, total / precision, 0.03, 'mean');
    near(sd.m, 1 / Math.sqrt(precision), 0.02, 'sd');
    // ln N(data; 0, I + 100 · 11ᵀ), by the determinant and inverse of a rank-one update.
    const n = data.length;
    const squares = data.reduce((sum, y) => sum + y * y, 0) - (100 * total ** 2) / (1 + 100 * n);
    near(logEvidence!, -0.5 * (n * Math.log(2 * Math.PI) + Math.log(1 + 100 * n) + squares), 0.15, 'ln Z');
  });
  it('of counts: a gamma prior has a gamma posterior', async () => {
    const counts = [3, 5, 2, 4, 6];
    const { mean, sd } = await run(
      infer({
        variables: { rate: { prior: gamma(2, 3) } },
        likelihood: poissonData(counts),
        model: ({ rate }) => ({ rate: counts.map(() => rate) }),
        solver: tmcmc({ population: 4000 }),
      }),
    );
    const [shape, scale] = [2 + 20, 1 / (1 / 3 + 5)];
    near(mean.rate, shape * scale, 0.06, 'mean');
    near(sd.rate, Math.sqrt(shape) * scale, 0.04, 'sd');
  });
  it('with an outlier: Student t holds on to the others', async () => {
    const { mean } = await run(
      infer({
        variables: { m: { prior: uniform(-100, 100) } },
        likelihood: studentTData([...data, 80]),
        model: ({ m }) => ({ mean: new Array<number>(9).fill(m), sd: 1, dof: 2 }),
        solver: tmcmc({ population: 2000 }),
      }),
    );
    near(mean.m, 3.7, 0.4, 'mean');
  });
  it('a model that predicts too few is told so', async () => {
    await assert.rejects(
      run(
        infer({
          variables: { m: { prior: uniform(0, 1) } },
          likelihood: normalData(data),
          model: () => ({ mean: [1, 2], sd: 1 }),
          solver: tmcmc(),
        }),
      ),
      /the model predicts 2 values for 8 data/,
    );
  });
});

it('hierarchical: the spread of several groups', async () => {
  // Group means θ ~ N(μ, 1), data y ~ N(θ, 0.5²), one each: y ~ N(μ, 1.25), so μ | y ~ N(mean y, 1.25 / 8) under a flat prior.
  const observed = [1.2, 3.1, 2.2, 0.7, 2.9, 1.8, 2.4, 1.3];
  const prior = uniform(-10, 15);
  const parts = [];
  for (const [seed, y] of observed.entries()) {
    const { samples } = await run(
      infer({
        seed,
        variables: { theta: { prior } },
        logLikelihood: ({ theta }) => normal(y, 0.5).logDensity(theta),
        solver: tmcmc({ population: 1000 }),
      }),
    );
    parts.push({ samples, priors: { theta: prior } });
  }
  const { mean, sd } = await run(
    hierarchical({
      variables: { mu: { prior: uniform(-10, 15) } },
      conditional: ({ mu }) => ({ theta: normal(mu, 1) }),
      parts,
      solver: tmcmc({ population: 1000 }),
    }),
  );
  near(
    mean.mu,
    observed.reduce((sum, y) => sum + y / 8, 0),
    0.1,
    'mean',
  );
  near(sd.mu, Math.sqrt(1.25 / 8), 0.05, 'sd');
});
