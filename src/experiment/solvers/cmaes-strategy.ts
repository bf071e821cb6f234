/** The constants of CMA-ES for a dimension and a population: table 1 of the tutorial, but for cSigma, which is pycma 4's. */
export interface Strategy {
  readonly dimension: number;
  readonly population: number;
  /** Of the samples from best to worst; positive ones sum to 1. */
  readonly weights: readonly number[];
  readonly muEff: number;
  readonly cC: number;
  readonly cSigma: number;
  readonly dSigma: number;
  readonly c1: number;
  readonly cMu: number;
  /** E|N(0, I)|. */
  readonly expectedNorm: number;
  /** Generations between two looks at the condition of the covariance, of which a quarter at most is replaced meanwhile. */
  readonly conditionEvery: number;
  /** Generations over which an improvement is looked for. */
  readonly historyLength: number;
}

export function strategy(n: number, population: number): Strategy {
  const raw = Array.from({ length: population }, (_, i) => Math.log((population + 1) / 2) - Math.log(i + 1));
  const positive = raw.map((w) => Math.max(w, 0));
  const negative = raw.map((w) => Math.min(w, 0));
  const effective = (weights: readonly number[]) => {
    const squares = weights.reduce((sum, w) => sum + w * w, 0);
    return squares === 0 ? 0 : weights.reduce((sum, w) => sum + w, 0) ** 2 / squares;
  };
  const muEff = effective(positive);
  const cC = (4 + muEff / n) / (n + 4 + (2 * muEff) / n);
  const cSigma = (muEff + 2) / (n + muEff + 3);
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  const cMu = Math.min(1 - c1, (2 * (0.25 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff));
  const alpha = Math.min(
    1 + c1 / cMu,
    1 + (2 * effective(negative)) / (muEff + 2),
    (1 - c1 - cMu) / (n * cMu),
  );
  const positiveSum = positive.reduce((sum, w) => sum + w, 0);
  const negativeSum = -negative.reduce((sum, w) => sum + w, 0) || 1;
  return {
    dimension: n,
    population,
    weights: raw.map((w) => (w >= 0 ? w / positiveSum : (alpha * w) / negativeSum)),
    muEff,
    cC,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma,
    c1,
    cMu,
    expectedNorm: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
    conditionEvery: Math.max(1, Math.floor(1 / (4 * (c1 + cMu)))),
    historyLength: 10 + Math.ceil((30 * n) / population),
  };
}
