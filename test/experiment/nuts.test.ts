/** The no-U-turn sampler on posteriors known in closed form or by quadrature, what it tells of itself, and going on where it was stopped. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  exponential,
  halfCauchy,
  hmc,
  infer,
  normal,
  nuts,
  poisson,
  run,
  sample,
  uniform,
  type Sampler,
} from 'flotilla/experiment';
import { bfmiOf, noEnergies, noteEnergy } from '../../src/experiment/solvers/energies.ts';
import { windowsOf } from '../../src/experiment/solvers/warm-up.ts';

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
  for (const seed of [1, 2, 3]) {
    it(`seed ${seed}`, async () => {
      const { samples, mean, sd, evaluations } = await run(gaussian(seed, nuts({ burnIn: 300 })));
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

describe('walls cost nothing', () => {
  for (const solver of [nuts(), hmc()]) {
    it(`${solver.name}: exp(−5 (x + y + z)) in the unit cube, exp(−x) above 0`, async () => {
      const inside = { prior: uniform(0, 1) };
      const { mean, sd, diagnostics, evaluations } = await run(
        infer({
          variables: { x: inside, y: inside, z: inside, above: { prior: exponential(2) } },
          logLikelihood: ({ x, y, z, above }) => ({
            value: -5 * (x + y + z) - 1.5 * above,
            gradient: { x: -5, y: -5, z: -5, above: -1.5 },
          }),
          solver,
        }),
      );
      near(mean.x, 0.193216, 5 * diagnostics.x.mcseMean, 'mean');
      near(sd.x, 0.1821, 5 * diagnostics.x.mcseSd, 'sd');
      // The rates add: 1/2 + 3/2.
      near(mean.above, 0.5, 5 * diagnostics.above.mcseMean, 'mean above');
      near(sd.above, 0.5, 5 * diagnostics.above.mcseSd, 'sd above');
      if (solver.name === 'nuts')
        assert.ok((1000 * diagnostics.x.bulk) / evaluations > 40, `${diagnostics.x.bulk} of ${evaluations}`);
    });
  }
});

it('a dense metric straightens a ridge', async () => {
  const names = Array.from({ length: 10 }, (_, i) => `x${i}`);
  const [rho, n] = [0.95, 10];
  const shared = rho / (1 + (n - 1) * rho);
  const { diagnostics, evaluations, mean, warnings } = await run(
    infer({
      variables: Object.fromEntries(names.map((name) => [name, { prior: uniform(-50, 50) }])),
      logLikelihood(p) {
        const sum = names.reduce((total, name) => total + p[name]!, 0);
        const gradient = Object.fromEntries(
          names.map((name) => [name, -(p[name]! - shared * sum) / (1 - rho)]),
        );
        return {
          value: 0.5 * names.reduce((total, name) => total + p[name]! * gradient[name]!, 0),
          gradient,
        };
      },
      solver: nuts({ metric: 'dense' }),
    }),
  );
  assert.ok((1000 * diagnostics.x0!.bulk) / evaluations > 80, `${diagnostics.x0!.bulk} of ${evaluations}`);
  near(mean.x0!, 0, 5 * diagnostics.x0!.mcseMean, 'mean');
  assert.deepEqual(warnings, []);
});

const EFFECTS = [28, 8, -3, 7, -1, 1, 18, 12];
const ERRORS = [15, 10, 16, 11, 9, 11, 10, 18];

it('eight schools, non-centred, as by quadrature over mu and tau', async () => {
  // Given both, an effect is normal: N(y; mu, s² + tau²).
  const [spread, centre] = [halfCauchy(5), normal(0, 5)];
  let [total, first, second] = [0, 0, 0];
  for (let i = 0; i < 400; i++) {
    const tau = 5 * Math.tan((Math.PI / 2) * ((i + 0.5) / 400));
    for (let k = 0; k < 200; k++) {
      const mu = -25 + (k + 0.5) / 4;
      const log = EFFECTS.reduce(
        (sum, y, j) => sum + normal(mu, Math.hypot(ERRORS[j]!, tau)).logDensity(y),
        centre.logDensity(mu),
      );
      // The points lie as the half-Cauchy prior does.
      const weight = Math.exp(log);
      total += weight;
      first += weight * mu;
      second += weight * Math.log(tau);
    }
  }
  assert.equal(spread.support[0], 0);
  const eta = Object.fromEntries(EFFECTS.map((_, i) => [`eta${i}`, { prior: normal(0, 1) }]));
  const { samples, mean, diagnostics, bfmi } = await run(
    infer({
      variables: { mu: { prior: centre }, tau: { prior: spread }, ...eta },
      logLikelihood(p: Readonly<Record<string, number>>) {
        const pulls = EFFECTS.map((y, i) => (y - p.mu! - p.tau! * p[`eta${i}`]!) / ERRORS[i]! ** 2);
        return {
          value: pulls.reduce((sum, g, i) => sum - 0.5 * (g * ERRORS[i]!) ** 2, 0),
          gradient: {
            mu: pulls.reduce((sum, g) => sum + g, 0),
            tau: pulls.reduce((sum, g, i) => sum + g * p[`eta${i}`]!, 0),
            ...Object.fromEntries(pulls.map((g, i) => [`eta${i}`, g * p.tau!])),
          },
        };
      },
      solver: nuts(),
    }),
  );
  const { mu } = diagnostics as Record<string, { mcseMean: number; rHat: number }>;
  near((mean as Record<string, number>).mu!, first / total, 5 * mu!.mcseMean, 'mu');
  const logTau =
    samples.reduce((sum, p) => sum + Math.log((p as Record<string, number>).tau!), 0) / samples.length;
  near(logTau, second / total, 0.12, 'ln tau');
  assert.equal(bfmi!.length, 4);
  assert.ok(bfmi!.every((each) => each > 0.5 && each < 1.5));
});

describe('what it tells of itself', () => {
  const funnel = (solver: Sampler) =>
    run(
      infer({
        variables: {
          v: { prior: normal(0, 3) },
          x: { prior: normal(0, 1000) },
          y: { prior: normal(0, 1000) },
        },
        // R. M. Neal (2003): x and y ~ N(0, e^v), a neck that no step size suits.
        logLikelihood({ v, x, y }) {
          const e = Math.exp(-v);
          return {
            value: -0.5 * (x * x + y * y) * e - v,
            gradient: { v: 0.5 * (x * x + y * y) * e - 1, x: -x * e, y: -y * e },
          };
        },
        solver,
      }),
    );
  it('divergences in a funnel', async () => {
    const { divergences, warnings } = await funnel(nuts({ samples: 300, burnIn: 200, maxDepth: 7 }));
    assert.ok(divergences! > 0);
    assert.ok(warnings.includes('divergences'));
  });
  it('trajectories that were cut', async () => {
    const { depthHits, warnings } = await run(gaussian(1, nuts({ maxDepth: 1, samples: 100 })));
    assert.ok(depthHits! > 100, `${depthHits}`);
    assert.ok(warnings.includes('depth'));
  });
  it('BFMI: how far energies jump, beside how far they spread', () => {
    // Mean 7/3: (1 + 4) / (16/9 + 1/9 + 25/9).
    const energies = noEnergies();
    assert.ok(Number.isNaN(bfmiOf(energies)));
    for (const each of [1, 2, 4]) noteEnergy(energies, each);
    near(bfmiOf(energies), 45 / 42, 1e-12, 'BFMI');
  });
  it("windows of the warm-up are Stan's", () => {
    assert.deepEqual(windowsOf(1000), { from: 75, ends: [100, 150, 250, 450, 950] });
    assert.deepEqual(windowsOf(100), { from: 15, ends: [90] });
    assert.deepEqual(windowsOf(10), { from: 10, ends: [] });
  });
});

it('refuses priors of whole numbers, and a likelihood that is zero wherever it looks', async () => {
  for (const solver of [nuts(), hmc()]) {
    assert.throws(() => infer({ variables: { k: { prior: poisson(3) } }, logLikelihood: () => 0, solver }), {
      code: 'ERR_OPTION',
      message: /'k' has a prior of whole numbers, which have no gradient/,
    });
    await assert.rejects(
      run(infer({ variables: { x: { prior: uniform(0, 1) } }, logLikelihood: () => -Infinity, solver })),
      { code: 'ERR_MODEL', message: /the likelihood is zero, or its gradient no number, at 100 samples/ },
    );
  }
});

describe('goes on where it was stopped, bit for bit', () => {
  for (const [name, solver] of [
    ['nuts', nuts({ samples: 150, burnIn: 100 })],
    ['nuts, dense', nuts({ samples: 60, burnIn: 160, metric: 'dense' })],
    ['hmc', hmc({ samples: 150, burnIn: 100 })],
  ] as [string, Sampler][]) {
    it(name, async () => {
      const dir = join(root, name);
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
