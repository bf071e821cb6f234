/** Likelihoods of reference data against SciPy 1.x, and parameters of one data set given what all have told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  conditioned,
  geometricData,
  negativeBinomialData,
  normal,
  positiveNormalData,
  positiveStudentTData,
  run,
  tmcmc,
  uniform,
} from 'flotilla/experiment';

function close(found: number, expected: number, relative: number): void {
  assert.ok(
    Math.abs(found - expected) <= relative * Math.max(1, Math.abs(expected)),
    `${found} is not ${expected}`,
  );
}

describe('likelihoods', () => {
  it('positiveNormalData: scipy.stats.truncnorm', () => {
    close(positiveNormalData([0.5, 2]).log({ mean: [1, -3], sd: 0.8 }), -11.6730515618188, 1e-12);
    // Far below 0, where nearly nothing of the distribution is left.
    close(positiveNormalData([0.1]).log({ mean: [-40], sd: 1 }), -0.3154965194509032, 1e-10);
    assert.throws(() => positiveNormalData([0.1]).log({ mean: [1], sd: 0 }), { code: 'ERR_MODEL' });
  });
  it('positiveStudentTData: scipy.stats.t and its tail', () => {
    close(positiveStudentTData([0.5, 2]).log({ mean: [1, -3], sd: 0.8, dof: 3 }), -2.8180290565746313, 1e-12);
  });
  it('geometricData: scipy.stats.geom', () => {
    close(geometricData([0, 4]).log({ mean: [2, 3] }), -3.635634939595124, 1e-12);
  });
  it('negativeBinomialData: scipy.stats.nbinom', () => {
    close(negativeBinomialData([0, 4]).log({ mean: [2, 3], dispersion: 2.5 }), -3.6653279184109593, 1e-12);
  });
  it('data that cannot be are refused', () => {
    for (const make of [positiveNormalData, positiveStudentTData, geometricData, negativeBinomialData])
      assert.throws(() => make([1, -1]), {
        code: 'ERR_OPTION',
        message: /not negative|whole numbers from 0/,
      });
    for (const make of [geometricData, negativeBinomialData])
      assert.throws(() => make([0.5]), { code: 'ERR_OPTION', message: /whole numbers from 0/ });
  });
});

describe('conditioned', () => {
  // ψ ~ N(1, 0.5²), θ ~ N(ψ, 1): θ ~ N(1, 1.25); with a datum y ~ N(θ, 0.5²) also the posterior is normal.
  const hyper = {
    samples: Array.from({ length: 201 }, (_, k) => ({ mu: normal(1, 0.5).quantile((k + 0.5) / 201) })),
  };
  const experiment = (logLikelihood?: (p: { theta: number }) => number) =>
    conditioned({
      hyper,
      variables: { theta: { prior: uniform(-8, 10) } },
      conditional: ({ mu }) => ({ theta: normal(mu, 1) }),
      ...(logLikelihood && { logLikelihood }),
      solver: tmcmc({ population: 2000 }),
    });
  it('a data set to come', async () => {
    const { mean, sd, logEvidence } = await run(experiment());
    close(mean.theta, 1, 0.12);
    close(sd.theta, Math.sqrt(1.25), 0.08);
    close(logEvidence!, 0, 0.1);
  });
  it('a data set that there is', async () => {
    const { mean, sd, logEvidence } = await run(experiment(({ theta }) => normal(theta, 0.5).logDensity(3)));
    const precision = 1 / 1.25 + 4;
    close(mean.theta, (1 / 1.25 + 12) / precision, 0.04);
    close(sd.theta, 1 / Math.sqrt(precision), 0.04);
    close(logEvidence!, normal(1, Math.sqrt(1.5)).logDensity(3), 0.1);
  });
  it('needs samples', () => {
    assert.throws(
      () =>
        conditioned({
          hyper: { samples: [] as { mu: number }[] },
          variables: { theta: { prior: uniform(0, 1) } },
          conditional: ({ mu }) => ({ theta: normal(mu, 1) }),
          solver: tmcmc(),
        }),
      { code: 'ERR_OPTION', message: /needs a conditional and samples/ },
    );
  });
});
