import { ExperimentError, type Random } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value } from '../solver.ts';
import { apply, cholesky, covarianceOf } from './linear.ts';
import { drawPriors, logPrior } from './priors.ts';

export interface TmcmcOptions {
  /** Samples: chains that run side by side, each its own evaluations. Default 1000. */
  readonly population?: number;
  /**
   * Metropolis steps of each chain a generation. 'auto' (default): until the chains have forgotten where they began, which is when the correlation
   * between their beginnings and where they are is below `correlation`. One step a generation is cheap, and biases the evidence.
   */
  readonly steps?: number | 'auto';
  /** Default 0.2. */
  readonly correlation?: number;
  /** With 'auto', no more steps than this. Default 40. */
  readonly maxSteps?: number;
  /** Coefficient of variation of the weights from one generation to the next: smaller means more, and safer, generations. Default 1. */
  readonly variation?: number;
}

/** Strict JSON. */
interface State {
  generation: number;
  /** Batches told: the streams of random numbers. */
  batches: number;
  /** Exponent of the likelihood, from 0 (prior) to 1 (posterior). */
  exponent: number;
  logEvidence: number;
  points: Point[];
  values: number[];
  /** Where the chains of this generation began. */
  starts: Point[];
  /** Cholesky factor of the proposals' covariance, and what it is multiplied with. */
  factor: number[][];
  scale: number;
  /** Steps of this generation done. */
  step: number;
  acceptance: number;
}

/**
 * Transitional Markov chain Monte Carlo: samples of the prior are weighted, resampled and moved through p(θ) L(θ)^ρ, ρ from 0 to 1; the
 * mean weights give the evidence. J. Ching and Y.-C. Chen, J. Eng. Mech. 133 (2007) 816; several steps a generation as in W. Betz,
 * I. Papaioannou and D. Straub, J. Eng. Mech. 142 (2016) 04016016. The proposals' scale follows the acceptance rate.
 */
export function tmcmc(options: TmcmcOptions = {}): Sampler {
  const of = 'tmcmc';
  check.names(of, options, ['population', 'steps', 'correlation', 'maxSteps', 'variation']);
  const { population = 1000, steps = 'auto', correlation = 0.2, maxSteps = 40, variation = 1 } = options;
  check.wholeNumber(of, 'population', population, 2);
  if (steps !== 'auto') check.wholeNumber(of, 'steps', steps, 1);
  check.positiveNumber(of, 'correlation', correlation);
  check.wholeNumber(of, 'maxSteps', maxSteps, 1);
  check.positiveNumber(of, 'variation', variation);
  const complete = { population, steps, correlation, maxSteps, variation };
  return {
    for: 'sample',
    name: of,
    options: complete,
    begin: (space, state) => new Tmcmc(space, complete, state as State | undefined),
  };
}

class Tmcmc implements ChainSearch {
  readonly #space: Space;
  readonly #options: Required<TmcmcOptions>;
  readonly #state: State;

  constructor(space: Space, options: Required<TmcmcOptions>, state?: State) {
    this.#space = space;
    this.#options = options;
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      exponent: 0,
      logEvidence: 0,
      points: [],
      values: [],
      starts: [],
      factor: [],
      scale: 2.38 / Math.sqrt(space.variables.length),
      step: 0,
      acceptance: 0,
    };
  }

  get state(): State {
    return structuredClone(this.#state);
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { points, factor, scale, batches } = this.#state;
    const { variables } = this.#space;
    const random = this.#space.random(2 * batches);
    if (points.length === 0) return drawPriors(this.#space, this.#options.population, random);
    return points.map((point) => {
      const move = apply(
        factor,
        variables.map(() => random.normal()),
      );
      return point.map((x, i) => x + scale * move[i]!);
    });
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const random = this.#space.random(2 * state.batches + 1);
    state.batches++;
    if (state.points.length === 0) {
      state.points = [...points];
      state.values = values.map(({ value }) => value);
      state.generation++;
      this.#anneal(random);
      return;
    }
    this.#move(points, values, random);
    if (++state.step < 2 && this.#options.steps === 'auto') return;
    if (!this.#mixed()) return;
    state.generation++;
    if (state.exponent < 1) this.#anneal(random);
    else state.starts = [];
  }

  stopped(): string | undefined {
    const { exponent, starts } = this.#state;
    return exponent === 1 && starts.length === 0 ? 'annealed' : undefined;
  }

  figures(): Record<string, number> {
    const { exponent, logEvidence, acceptance, scale } = this.#state;
    return { exponent, logEvidence, acceptance, scale };
  }

  chain(): Chain {
    const { points, values, exponent, logEvidence } = this.#state;
    return exponent === 1 ? { points, values, logEvidence } : { points, values };
  }

  /** Each chain to its proposal, or not (N. Metropolis et al., 1953). */
  #move(points: readonly Point[], values: readonly Value[], random: Random): void {
    const state = this.#state;
    let accepted = 0;
    points.forEach((proposal, i) => {
      const { value } = values[i]!;
      const gain = state.exponent * (value - state.values[i]!);
      const log = gain + logPrior(this.#space, proposal) - logPrior(this.#space, state.points[i]!);
      // Drawn in any case, so that the stream stays in step.
      if (!(Math.log(random.uniform()) < log)) return;
      state.points[i] = proposal;
      state.values[i] = value;
      accepted++;
    });
    state.acceptance = accepted / points.length;
    // From 0.44 in one dimension to 0.234 in many (A. Gelman, G. O. Roberts and W. R. Gilks, 1996).
    const target = 0.234 + 0.206 / this.#space.variables.length;
    state.scale *= Math.exp(state.acceptance - target);
  }

  #mixed(): boolean {
    const { steps, correlation, maxSteps } = this.#options;
    const { step, starts, points } = this.#state;
    if (steps !== 'auto') return step >= steps;
    if (step >= maxSteps) return true;
    return this.#space.variables.every((_, j) => correlate(starts, points, j) < correlation);
  }

  /** The next exponent, its weights, and the chains that begin there. */
  #anneal(random: Random): void {
    const state = this.#state;
    const { values } = state;
    const most = Math.max(...values);
    if (most === -Infinity)
      throw new ExperimentError('ERR_MODEL', 'tmcmc: the likelihood is zero at every sample of the prior');
    const weigh = (delta: number) => values.map((value) => Math.exp(delta * (value - most)));
    const next = this.#nextExponent(weigh);
    const delta = next - state.exponent;
    const weights = weigh(delta);
    const total = weights.reduce((sum, w) => sum + w, 0);
    state.logEvidence += Math.log(total / values.length) + delta * most;
    const shares = weights.map((w) => w / total);
    state.factor = cholesky(covarianceOf(state.points, shares));
    const chosen = resample(shares, random);
    state.points = chosen.map((i) => state.points[i]!);
    state.values = chosen.map((i) => values[i]!);
    state.starts = [...state.points];
    state.exponent = next;
    state.step = 0;
  }

  /** As far as the variation of the weights allows; by bisection. */
  #nextExponent(weigh: (delta: number) => number[]): number {
    const { exponent } = this.#state;
    const { variation } = this.#options;
    if (spread(weigh(1 - exponent)) <= variation) return 1;
    let low = 0;
    let high = 1 - exponent;
    for (let i = 0; i < 100 && high - low > 1e-12 * high; i++) {
      const middle = (low + high) / 2;
      if (spread(weigh(middle)) > variation) high = middle;
      else low = middle;
    }
    return exponent + high;
  }
}

/** Standard deviation over mean. */
function spread(weights: readonly number[]): number {
  const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
  return Math.sqrt(weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / weights.length) / mean;
}

/** Systematic resampling: as many of each as its share says, up to one. */
function resample(shares: readonly number[], random: Random): number[] {
  const n = shares.length;
  const offset = random.uniform();
  const chosen: number[] = [];
  let below = shares[0]!;
  for (let i = 0, k = 0; k < n; k++) {
    while (below * n < k + offset && i < n - 1) below += shares[++i]!;
    chosen.push(i);
  }
  return chosen;
}

/** Pearson's correlation of coordinate j. */
function correlate(a: readonly Point[], b: readonly Point[], j: number): number {
  const n = a.length;
  const mean = (points: readonly Point[]) => points.reduce((sum, point) => sum + point[j]!, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [da, db] = [a[i]![j]! - ma, b[i]![j]! - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
