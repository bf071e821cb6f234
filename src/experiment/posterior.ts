import type { Random } from '../conduit/index.ts';
import { diagnose, type Diagnostics } from './diagnostics.ts';
import type { Ending } from './experiment.ts';
import type { Chain, Findings, Warning } from './solver.ts';
import { systematic } from './solvers/resampling.ts';
import { toParameters, type Parameters, type Variable } from './variables.ts';

/** The result of a sampler. */
export interface Posterior<K extends string> extends Ending, Findings {
  /** The most probable sample: of the product of prior and likelihood. */
  readonly best: { readonly parameters: Parameters<K>; readonly logPosterior: number } | undefined;
  readonly samples: readonly Parameters<K>[];
  /** The same samples as [chain][draw], of solvers that run chains. */
  readonly chains?: readonly (readonly Parameters<K>[])[];
  /** ln of the likelihood at each sample. */
  readonly logLikelihoods: readonly number[];
  /** Relative weights of the samples, where they differ. */
  readonly weights?: readonly number[];
  /** Mean of each parameter over the samples. */
  readonly mean: Parameters<K>;
  /** Standard deviation of each parameter over the samples. */
  readonly sd: Parameters<K>;
  /** 5 %, 50 % and 95 % quantiles of each parameter: the middle of a 90 % interval and its ends. */
  readonly quantiles: Readonly<Record<K, readonly [low: number, median: number, high: number]>>;
  /** How well the chains have mixed, by parameter. Samplers without chains tell `mcseMean` and `ess` alone; the rest is NaN. */
  readonly diagnostics: Readonly<Record<K, Diagnostics>>;
  /** What is wrong with the posterior, as far as anybody noticed: empty when nothing is. `explain` says it in words. */
  readonly warnings: readonly Warning[];
}

const WORST_RHAT = 1.01;
const LEAST_ESS = 100;
const LEAST_BFMI = 0.3;

/** What a sampler has found, as a result tells it. */
export function summarize<K extends string>(
  { points, values, weights, lengths, ...findings }: Chain,
  variables: readonly Variable[],
): Omit<Posterior<K>, keyof Ending> {
  let best = -1;
  let most = -Infinity;
  points.forEach((point, i) => {
    const log = values[i]! + variables.reduce((sum, { prior }, j) => sum + prior!.logDensity(point[j]!), 0);
    if (log > most) [best, most] = [i, log];
  });
  const columns = variables.map((_, j) => Float64Array.from(points, (point) => point[j]!));
  const shares = sharesOf(weights, points.length);
  const mean = columns.map((column) => column.reduce((sum, x, i) => sum + shares[i]! * x, 0));
  const sd = columns.map((column, j) =>
    Math.sqrt(column.reduce((sum, x, i) => sum + shares[i]! * (x - mean[j]!) ** 2, 0)),
  );
  const samples = points.map((point) => toParameters<K>(variables, point));
  const named = <T>(each: (j: number) => T) =>
    // The variables are those that K was inferred from.
    Object.fromEntries(variables.map(({ name }, j) => [name, each(j)])) as Record<K, T>;
  const ess = findings.effectiveSamples ?? NaN;
  const diagnostics = named((j) => (lengths ? ofChains(columns[j]!, lengths) : ofSamples(sd[j]!, ess)));
  return {
    best:
      best < 0 ? undefined : { parameters: toParameters<K>(variables, points[best]!), logPosterior: most },
    samples,
    ...(lengths && { chains: cut(samples, lengths) }),
    logLikelihoods: values,
    ...(weights && { weights }),
    ...findings,
    mean: toParameters<K>(variables, mean),
    sd: named((j) => sd[j]!),
    quantiles: named((j) => quantilesOf(columns[j]!, shares)),
    diagnostics,
    warnings: warn(findings, lengths?.length ?? 0, Object.values(diagnostics)),
  };
}

function sharesOf(weights: readonly number[] | undefined, count: number): Float64Array {
  if (weights === undefined) return new Float64Array(count).fill(1 / count);
  const total = weights.reduce((sum, w) => sum + w, 0);
  return Float64Array.from(weights, (w) => w / total);
}

function cut<T>(items: readonly T[], lengths: readonly number[]): T[][] {
  let from = 0;
  return lengths.map((length) => items.slice(from, (from += length)));
}

function ofChains(column: Float64Array, lengths: readonly number[]): Diagnostics {
  // A limit may have cut the chains at different places.
  const shortest = Math.min(...lengths);
  return diagnose(cut([...column], lengths).map((chain) => chain.slice(0, shortest)));
}

const ofSamples = (sd: number, ess: number): Diagnostics => ({
  rHat: NaN,
  bulk: NaN,
  tail: NaN,
  ess,
  mcseMean: sd / Math.sqrt(ess),
  mcseSd: NaN,
});

/** The least samples with shares of at least 5, 50 and 95 % up to them. */
function quantilesOf(column: Float64Array, shares: Float64Array): [number, number, number] {
  const order = Uint32Array.from(column, (_, i) => i).sort((a, b) => column[a]! - column[b]!);
  const wanted = [0.05, 0.5, 0.95];
  const found = [NaN, NaN, NaN] as [number, number, number];
  let below = 0;
  let k = 0;
  for (const i of order) {
    below += shares[i]!;
    while (k < 3 && below >= wanted[k]! - 1e-12) found[k++] = column[i]!;
  }
  return found;
}

function warn(
  { warnings = [], divergences = 0, bfmi = [] }: Partial<Chain>,
  chains: number,
  diagnostics: readonly Diagnostics[],
): Warning[] {
  const found = new Set<Warning>(warnings);
  if (divergences > 0) found.add('divergences');
  if (bfmi.some((each) => each < LEAST_BFMI)) found.add('bfmi');
  if (chains > 0) {
    // Constant chains, whose R-hat is NaN, have not moved: that is worse, not better.
    if (diagnostics.some(({ rHat }) => !(rHat <= WORST_RHAT))) found.add('rHat');
    if (diagnostics.some(({ bulk, tail }) => !(Math.min(bulk, tail) >= LEAST_ESS * chains))) found.add('ess');
  }
  return [...found];
}

/**
 * Even samples of a posterior whose samples have weights, such as that of `nested`: systematic resampling. Of one without
 * weights an even choice.
 *
 * @param count how many; more than `effectiveSamples` are copies of each other
 * @param random `stream(seed, name)` of flotilla/conduit
 */
export function resample<K extends string>(
  { samples, weights }: Pick<Posterior<K>, 'samples' | 'weights'>,
  count: number,
  random: Random,
): Parameters<K>[] {
  return systematic(sharesOf(weights, samples.length), count, random).map((i) => samples[i]!);
}
