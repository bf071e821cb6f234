import { ExperimentError } from '../conduit/index.ts';
import { normalQuantile } from './distributions/special.ts';
import { effectiveSize, isConstant, rHatOf, splitInHalves } from './mixing.ts';

/** How far the draws of one variable can be trusted. NaN where it cannot be told: of constant chains, or of too few draws. */
export interface Diagnostics {
  /** Between chains and within: the larger of the rank-normalized and the folded one. Above 1.01: not mixed. */
  readonly rHat: number;
  /** Independent draws that would tell the middle of the distribution as well. Below 100 a chain: too few. */
  readonly bulk: number;
  /** The same for the 5 % and 95 % quantiles. */
  readonly tail: number;
  /** Independent draws that would tell the mean as well. */
  readonly ess: number;
  /** Standard error of the mean. */
  readonly mcseMean: number;
  /** Standard error of the standard deviation. */
  readonly mcseSd: number;
}

/**
 * Diagnostics of Markov chains of one variable. A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Bürkner,
 * "Rank-normalization, folding, and localization: an improved R̂ for assessing convergence of MCMC", Bayesian Analysis 16
 * (2021) 667.
 *
 * @param chains draws of each chain, all as many
 * @throws ExperimentError ERR_OPTION when the chains differ in length
 * @example
 * const { rHat, bulk } = diagnose(posterior.chains.map((chain) => chain.map(({ x }) => x)));
 */
export function diagnose(chains: readonly (readonly number[])[]): Diagnostics {
  const length = chains[0]?.length ?? 0;
  if (chains.some((chain) => chain.length !== length))
    throw new ExperimentError('ERR_OPTION', 'diagnose needs chains of one length');
  const all = chains.flat();
  if (length < 4 || isConstant(all) || !all.every(Number.isFinite))
    return { rHat: NaN, bulk: NaN, tail: NaN, ess: NaN, mcseMean: NaN, mcseSd: NaN };
  const halves = splitInHalves(chains);
  const ranked = normalScores(halves);
  const middle = quantileOf([...all].sort(ascending), 0.5);
  const folded = normalScores(halves.map((half) => half.map((x) => Math.abs(x - middle))));
  const sorted = halves.flat().sort(ascending);
  const tails = [0.05, 0.95].map((p) => {
    const at = quantileOf(sorted, p);
    return effectiveSize(halves.map((half) => half.map((x) => (x <= at ? 1 : 0))));
  });
  const mean = all.reduce((sum, x) => sum + x / all.length, 0);
  const sd = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1));
  const ess = effectiveSize(halves);
  return {
    rHat: Math.max(rHatOf(ranked), rHatOf(folded)),
    bulk: effectiveSize(ranked),
    tail: Math.min(...tails),
    ess,
    mcseMean: sd / Math.sqrt(ess),
    mcseSd: errorOfSd(halves, mean),
  };
}

/** By the delta method, from the error of the mean of the squared deviations. */
function errorOfSd(halves: readonly (readonly number[])[], mean: number): number {
  const squares = halves.map((half) => half.map((x) => (x - mean) ** 2));
  const flat = squares.flat();
  const second = flat.reduce((sum, x) => sum + x / flat.length, 0);
  const fourth = flat.reduce((sum, x) => sum + (x * x) / flat.length, 0);
  return Math.sqrt((fourth - second ** 2) / effectiveSize(squares) / second / 4);
}

/** The normal quantile of each rank's share; equal draws have their mean rank. */
function normalScores(chains: readonly (readonly number[])[]): number[][] {
  const flat = chains.flat();
  const order = Uint32Array.from(flat, (_, i) => i).sort((a, b) => flat[a]! - flat[b]!);
  const scores = new Float64Array(flat.length);
  for (let first = 0; first < order.length;) {
    let next = first + 1;
    while (next < order.length && flat[order[next]!] === flat[order[first]!]) next++;
    // Blom's scores; ranks from 1.
    const rank = (first + 1 + next) / 2;
    const score = normalQuantile((rank - 3 / 8) / (flat.length + 1 / 4));
    for (let k = first; k < next; k++) scores[order[k]!] = score;
    first = next;
  }
  let at = 0;
  return chains.map((chain) => chain.map(() => scores[at++]!));
}

const ascending = (a: number, b: number) => a - b;

/** Type 7 of R. J. Hyndman and Y. Fan, Am. Stat. 50 (1996) 361. */
function quantileOf(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (at - below) * (next - sorted[below]!);
}
