/** Samplers on posteriors known in closed form, over several seeds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { infer, normal, run, tmcmc, uniform } from 'flotilla/experiment';

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
      near(mean.x, -2, 0.1, 'mean');
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
