/** Densities and quantiles against SciPy 1.x (scipy.stats: logpdf or logpmf, ppf), samples against the quantiles. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stream } from 'flotilla/conduit';
import {
  beta,
  cauchy,
  dirichlet,
  exponential,
  gamma,
  geometric,
  halfCauchy,
  halfNormal,
  inverseGamma,
  laplace,
  lkj,
  logNormal,
  multinomial,
  multivariateNormal,
  negativeBinomial,
  normal,
  poisson,
  studentT,
  truncatedNormal,
  uniform,
  weibull,
  type Distribution,
} from 'flotilla/experiment';

type Pairs = [number, number][];
const PUBLISHED: [distribution: Distribution, logDensities: Pairs, quantiles: Pairs][] = [
  [
    negativeBinomial(4, 2.5),
    [
      [0, -2.388778612568591],
      [3, -1.9639304319959507],
      [20, -7.79925546362023],
    ],
    [
      [0.01, 0],
      [0.3, 2],
      [0.9, 8],
      [0.999, 20],
    ],
  ],
  [
    halfCauchy(1.5),
    [
      [0.5, -0.962408329055445],
      [4, -2.95028267720979],
    ],
    [
      [0.01, 0.023563882985497],
      [0.3, 0.76428817424164],
      [0.9, 9.4706272720126],
    ],
  ],
  [
    halfNormal(2),
    [
      [0.5, -0.950188533204673],
      [4, -2.91893853320467],
    ],
    [
      [0.01, 0.025066939016139],
      [0.3, 0.77064093281514],
      [0.9, 3.2897072539029],
    ],
  ],
  [
    uniform(-1, 3),
    [[0.5, -1.38629436111989]],
    [
      [0.01, -0.96],
      [0.3, 0.2],
      [0.9, 2.6],
    ],
  ],
  [
    normal(1, 2),
    [
      [-3, -3.61208571376462],
      [0.5, -1.64333571376462],
      [9, -9.61208571376462],
    ],
    [
      [0.01, -3.65269574808168],
      [0.3, -0.0488010254160818],
      [0.9, 3.5631031310892],
    ],
  ],
  [
    logNormal(0.3, 0.8),
    [
      [0.2, -1.93475796120691],
      [2.5, -1.90881560922867],
    ],
    [
      [0.01, 0.20990960375821],
      [0.3, 0.88734589675679],
      [0.9, 3.76309310087383],
    ],
  ],
  [
    truncatedNormal(1, 2, 4, 9),
    [
      [4.5, -0.436917131253929],
      [8, -5.03066713125393],
    ],
    [
      [0.01, 4.01035154722758],
      [0.3, 4.35393247151171],
      [0.9, 5.94493195726319],
    ],
  ],
  [
    truncatedNormal(0, 1, -1, 2),
    [
      [-0.5, -0.84377223888021],
      [1.9, -2.52377223888021],
    ],
    [
      [0.01, -0.966723251850334],
      [0.3, -0.242403817889227],
      [0.9, 1.25571536415022],
    ],
  ],
  [
    exponential(2.5),
    [
      [0.1, -0.956290731874155],
      [7, -3.71629073187415],
    ],
    [
      [0.01, 0.0251258396337536],
      [0.3, 0.891687359846831],
      [0.9, 5.75646273248512],
    ],
  ],
  [
    gamma(2.5, 1.5),
    [
      [0.3, -3.30430484723223],
      [6, -2.61070643690125],
    ],
    [
      [0.01, 0.415723557546208],
      [0.3, 2.24993109956993],
      [0.9, 6.92726767483584],
    ],
  ],
  [
    inverseGamma(3, 2),
    [
      [0.4, 0.0514572886165104],
      [3, -3.67482146021921],
    ],
    [
      [0.01, 0.237926794000846],
      [0.3, 0.553163482150172],
      [0.9, 1.8147744500565],
    ],
  ],
  [
    weibull(1.7, 2),
    [
      [0.5, -1.2276572676886],
      [4, -2.92632548853076],
    ],
    [
      [0.01, 0.133610964339439],
      [0.3, 1.09058856019621],
      [0.9, 3.26661572106363],
    ],
  ],
  [
    beta(2, 3.5),
    [
      [0.1, 0.190853983133031],
      [0.7, -0.60976658948193],
    ],
    [
      [0.01, 0.0367544687050713],
      [0.3, 0.242178465856353],
      [0.9, 0.62849223314507],
    ],
  ],
  [
    cauchy(1, 0.5),
    [
      [-4, -5.06670322213071],
      [1.2, -0.600002710407728],
    ],
    [
      [0.01, -14.910257976887],
      [0.3, 0.636728735997319],
      [0.9, 2.53884176858763],
    ],
  ],
  [
    laplace(1, 2),
    [
      [-3, -3.38629436111989],
      [1.5, -1.63629436111989],
    ],
    [
      [0.01, -6.82404601085629],
      [0.3, -0.0216512475319814],
      [0.9, 4.2188758248682],
    ],
  ],
  [
    studentT(3.5, 1, 2),
    [
      [-5, -4.54679354239844],
      [1.3, -1.69703876348394],
    ],
    [
      [0.01, -7.12142271860017],
      [0.3, -0.150677403544462],
      [0.9, 4.15315321027281],
    ],
  ],
  [
    geometric(0.3),
    [
      [1, -1.20397280432594],
      [4, -2.27399763614213],
    ],
    [
      [0.01, 1],
      [0.3, 1],
      [0.9, 7],
    ],
  ],
  [
    poisson(4.2),
    [
      [0, -4.2],
      [5, -1.81206911633543],
    ],
    [
      [0.01, 0],
      [0.3, 3],
      [0.9, 7],
    ],
  ],
];

function close(found: number, expected: number, relative: number): void {
  const off = Math.abs(found - expected);
  assert.ok(off <= relative * Math.max(1, Math.abs(expected)), `${found} is not ${expected}`);
}

for (const [distribution, logDensities, quantiles] of PUBLISHED) {
  describe(Object.values(distribution.description).join(' '), () => {
    it('log densities', () => {
      for (const [x, expected] of logDensities) {
        close(distribution.logDensity(x), expected, 1e-12);
        close(distribution.density(x), Math.exp(expected), 1e-12);
      }
    });
    it('quantiles', () => {
      for (const [p, expected] of quantiles) close(distribution.quantile(p), expected, 1e-10);
      for (const p of [0, 1, NaN]) assert.throws(() => distribution.quantile(p), { code: 'ERR_OPTION' });
    });
    it('zero outside its support', () => {
      const [lower, upper] = distribution.support;
      if (lower > -Infinity) assert.equal(distribution.logDensity(lower - 1), -Infinity);
      if (upper < Infinity) assert.equal(distribution.density(upper + 1), 0);
    });
    it('samples lie below a quantile as often as they should', () => {
      const random = stream(5, 'samples');
      const n = 4000;
      const median = distribution.quantile(0.5);
      let [below, atMost] = [0, 0];
      for (let i = 0; i < n; i++) {
        const x = distribution.sample(random);
        if (x < median) below++;
        if (x <= median) atMost++;
      }
      // Five standard deviations of a fair coin.
      const margin = 2.5 / Math.sqrt(n);
      assert.ok(below / n <= 0.5 + margin && atMost / n >= 0.5 - margin, `${below} to ${atMost} of ${n}`);
    });
    it('the score is the slope of the log density', () => {
      const [x] = logDensities[0]!;
      if (Number.isInteger(x) && distribution.logDensity(x + 0.5) === -Infinity) return; // discrete: no slope
      const h = 1e-5;
      const slope = (distribution.logDensity(x + h) - distribution.logDensity(x - h)) / (2 * h);
      close(distribution.score(x), slope, 1e-6);
    });
  });
}

it('multivariate ones', () => {
  const covariance = [
    [2, 0.5],
    [0.5, 1],
  ];
  close(multivariateNormal([1, 2], covariance).logDensity([0.3, 1.1]), -2.5405421032341993, 1e-14);
  close(multinomial(5, [0.2, 0.3, 0.5]).logDensity([1, 2, 2]), -2.002480500543707, 1e-14);
  const random = stream(1, 'multivariate');
  const n = 20_000;
  const draws = Array.from({ length: n }, () => multivariateNormal([1, 2], covariance).sample(random));
  const moment = (f: (x: number[]) => number) => draws.reduce((sum, x) => sum + f(x) / n, 0);
  close(
    moment((x) => (x[0]! - 1) * (x[1]! - 2)),
    0.5,
    0.06,
  );
  close(
    moment((x) => (x[0]! - 1) ** 2),
    2,
    0.06,
  );
  const counts = multinomial(1000, [0.2, 0.3, 0.5]).sample(random);
  assert.equal(counts[0]! + counts[1]! + counts[2]!, 1000);
  close(counts[2]! / 1000, 0.5, 0.08);
});

it('dirichlet: scipy.stats.dirichlet, and the moments of its draws', () => {
  const shares = dirichlet([1.5, 1, 3]);
  close(shares.logDensity([0.2, 0.3, 0.5]), 1.194435707357076, 1e-13);
  for (const x of [
    [0.2, 0.3],
    [0.2, 0.3, 0.6],
    [-0.1, 0.5, 0.6],
  ])
    assert.equal(shares.density(x), 0);
  const random = stream(1, 'dirichlet');
  const n = 20_000;
  const draws = Array.from({ length: n }, () => dirichlet([0.5, 1, 3]).sample(random));
  for (const [i, a] of [0.5, 1, 3].entries()) {
    const mean = draws.reduce((sum, x) => sum + x[i]! / n, 0);
    const variance = draws.reduce((sum, x) => sum + (x[i]! - mean) ** 2 / n, 0);
    close(mean, a / 4.5, 0.008);
    close(variance, ((a / 4.5) * (1 - a / 4.5)) / 5.5, 0.003);
  }
});

it('lkj: integrals over all correlation matrices are 1, and each correlation is a beta variable', () => {
  for (const shape of [0.5, 1, 2.5]) {
    // Two variables: (1 − r²)^(shape − 1), r = sin t so that the ends are no poles.
    const steps = 400;
    let total = 0;
    for (let i = 0; i < steps; i++) {
      const t = Math.PI * ((i + 0.5) / steps - 0.5);
      total += (lkj(2, shape).density([Math.sin(t)]) * Math.cos(t) * Math.PI) / steps;
    }
    close(total, 1, 1e-5);
    const random = stream(1, 'lkj');
    const n = 20_000;
    const draws = Array.from({ length: n }, () => lkj(4, shape).sample(random));
    for (let j = 0; j < 6; j++) {
      // r = 2 b − 1, b ~ beta(a, a), a = shape − 1 + 4/2: variance 1 / (2 a + 1).
      close(
        draws.reduce((sum, x) => sum + x[j]! / n, 0),
        0,
        0.02,
      );
      close(
        draws.reduce((sum, x) => sum + x[j]! ** 2 / n, 0),
        1 / (2 * (shape + 1) + 1),
        0.015,
      );
    }
    for (const x of draws.slice(0, 100)) assert.ok(lkj(4, shape).density(x) > 0);
  }
  // Three variables: over the cube of all numbers, most of whose points are no correlation matrix.
  const m = 60;
  const at = (i: number) => (2 * (i + 0.5)) / m - 1;
  let whole = 0;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++)
      for (let k = 0; k < m; k++) whole += lkj3.density([at(i), at(j), at(k)]) * (2 / m) ** 3;
  close(whole, 1, 2e-3);
  assert.equal(lkj3.density([0.9, 0.9, -0.9]), 0);
});
const lkj3 = lkj(3, 3);

it('parameters that make no distribution are refused', () => {
  const bad = [
    () => uniform(2, 1),
    () => normal(0, 0),
    () => normal(NaN, 1),
    () => gamma(-1, 1),
    () => beta(0, 1),
    () => truncatedNormal(0, 1, 3, 2),
    () => geometric(0),
    () => poisson(-1),
    () => negativeBinomial(1, 0),
    () => dirichlet([1]),
    () => dirichlet([1, -1]),
    () => lkj(1, 1),
    () => lkj(3, 0),
    () =>
      multivariateNormal(
        [0, 0],
        [
          [1, 2],
          [2, 1],
        ],
      ),
    () => multivariateNormal([0, 0], [[1]]),
  ];
  for (const make of bad) assert.throws(make, { code: 'ERR_OPTION' });
});
