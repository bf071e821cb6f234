/** The no-U-turn sampler on normal distributions, and going on where it was stopped. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hmc, infer, normal, nuts, run, sample, uniform, type Sampler } from 'flotilla/experiment';

const root = mkdtempSync(join(tmpdir(), 'nuts-'));
after(() => rmSync(root, { recursive: true }));

function near(found: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${what}: ${found} is not ${expected} ± ${tolerance}`);
}

const flat = uniform(-20, 20);
/** Standard deviations 1 and 3, correlation 0.9; c on its own, with a scale a hundred times smaller. */
const [SD_B, RHO, SD_C] = [3, 0.9, 0.01];
const rest = normal(0, Math.sqrt(1 - RHO ** 2));
const gaussian = (seed: number, solver: Sampler) =>
  infer({
    seed,
    variables: { a: { prior: flat }, b: { prior: flat }, c: { prior: uniform(-1, 1) } },
    logLikelihood({ a, b, c }) {
      const beside = b / SD_B - RHO * a;
      return {
        value: normal(0, 1).logDensity(a) + rest.logDensity(beside) + normal(0.5, SD_C).logDensity(c),
        gradient: {
          a: -a - RHO * rest.score(beside),
          b: rest.score(beside) / SD_B,
          c: normal(0.5, SD_C).score(c),
        },
      };
    },
    solver,
  });

describe('nuts: correlated variables of different scales', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    it(`seed ${seed}`, async () => {
      const { samples, mean, sd, evaluations } = await run(gaussian(seed, nuts()));
      assert.equal(samples.length, 4000);
      near(mean.a, 0, 0.1, 'mean of a');
      near(mean.b, 0, 0.3, 'mean of b');
      near(mean.c, 0.5, 0.001, 'mean of c');
      near(sd.a, 1, 0.1, 'sd of a');
      near(sd.b, SD_B, 0.3, 'sd of b');
      near(sd.c, SD_C, 0.001, 'sd of c');
      const product = samples.reduce((sum, { a, b }) => sum + (a - mean.a) * (b - mean.b), 0);
      near(product / samples.length / (sd.a * sd.b), RHO, 0.02, 'correlation');
      // Trajectories end where they turn back: longer ones would be a waste.
      assert.ok(evaluations < 6000 * 20, `${evaluations} evaluations`);
    });
  }
});

describe('goes on where it was stopped, bit for bit', () => {
  for (const solver of [nuts({ samples: 150, burnIn: 100 }), hmc({ samples: 150, burnIn: 100 })]) {
    it(solver.name, async () => {
      const dir = join(root, solver.name);
      const whole = await run(gaussian(7, solver));
      // In the burn-in, in the middle of trajectories, and among the samples.
      for (const until of [{ generations: 1 }, { evaluations: 1500 }, { generations: 3 }]) {
        const part = await run(gaussian(7, solver), { dir, resume: true, until });
        assert.equal(part.stopped, Object.keys(until)[0]);
      }
      assert.deepEqual(await run(gaussian(7, solver), { dir, resume: true }), whole);
      // The same, in one process.
      const again = gaussian(7, solver);
      await run(again, { until: { evaluations: 777 } });
      assert.deepEqual(await run(again), whole);
    });
  }
});

it('says that it needs a gradient', async () => {
  await assert.rejects(
    run(sample({ variables: { x: { bounds: [0, 1] } }, logDensity: () => 0, solver: nuts() })),
    { code: 'ERR_MODEL', message: /nuts needs a model that returns \{ value, gradient \}/ },
  );
});

it('refuses a share that is none', () => {
  for (const acceptance of [0, 1, 2, NaN])
    assert.throws(() => nuts({ acceptance }), {
      code: 'ERR_OPTION',
      message: /acceptance must be a number between 0 and 1/,
    });
});
