import { ExperimentError, type Random } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value, Warning } from '../solver.ts';
import { logit, logPriorOf, pointOf } from './cube.ts';
import { largest, logAdd } from './logarithms.ts';
import { systematic } from './resampling.ts';
import { fitMixture } from './mixture.ts';
import { FEW, proposeFrom, type Proposal, type Shape } from './tmcmc-proposals.ts';

export interface TmcmcOptions {
  /** Samples: chains that run side by side, each its own evaluations. Default 1000. */
  readonly population?: number;
  /**
   * Metropolis steps of each chain a generation. 'auto' (default): until the chains get no further from where they began, or have forgotten
   * it. One step a generation is cheap, and biases the evidence. With `keep: 'all'`, 20.
   */
  readonly steps?: number | 'auto';
  /**
   * With 'auto': chains have forgotten where they began when the correlation is below this. Default 0.07 up to 6 variables, where it is what
   * a narrow neck needs; 0.2 above.
   */
  readonly correlation?: number;
  /** With 'auto', no more steps than this. Default 40 + 8 n. */
  readonly maxSteps?: number;
  /** Coefficient of variation of the weights from one generation to the next: smaller means more, and safer, generations. Default 0.5 up to 6 variables; above, and with `keep: 'all'`, 1. */
  readonly variation?: number;
  /**
   * 'last' (default): the samples are the ends of the chains. 'all': every state of fewer chains is a sample, at a fraction of the
   * evaluations; biased with several peaks and in more than some ten dimensions.
   */
  readonly keep?: 'last' | 'all';
}

/** Strict JSON. */
interface State {
  generation: number;
  /** Batches told: the streams of random numbers. */
  batches: number;
  /** Exponent of the likelihood, from 0 (prior) to 1 (posterior). */
  exponent: number;
  /** Of each half of the population: the two never mix, so that their difference tells the error. */
  logEvidences: number[];
  /** Of ln Z, if all weights so far had been those of independent samples. */
  variance: number;
  /** The chains: members of the first half are at even places. Coordinates as in cube.ts. */
  places: number[][];
  values: number[];
  /** Member of the first population that each descends from. */
  origins: number[];
  /** Where the chains of this generation began; empty: done. */
  starts: number[][];
  startValues: number[];
  /** With `keep: 'all'`: states of this generation so far, step by step. */
  pool: { place: number[]; value: number; origin: number }[][];
  /** What the proposals of each half are made from. */
  shapes: Shape[];
  scale: number;
  fresh: number;
  /** Steps of this generation done, and the mean square of the way from the start after the last of them. */
  step: number;
  jump: number;
  acceptance: number;
  /** Generations that ended because of maxSteps. */
  cut: number;
}

type Settings = Required<Omit<TmcmcOptions, 'maxSteps'>> & { readonly maxSteps: number };

/** Steps of a generation when all states are kept. */
const KEPT_STEPS = 20;
/** Chains that cannot forget, as among many peaks, get no further when their mean square way grows by less a step. */
const GAIN = 0.025;
/** Variables beyond which each must forget more. */
const MANY = 12;
/** Parts of a mixture at most. */
const MOST_PARTS = 12;
/** Acceptance of partial draws: the share that is new follows. */
const FRESH = 0.5;
/** An error of ln Z above which another solver should be asked. */
const ROUGH = 0.3;

/**
 * Transitional Markov chain Monte Carlo: samples of the prior are weighted, resampled and moved through p(θ) L(θ)^ρ, ρ from 0 to 1; the
 * mean weights give the evidence. J. Ching and Y.-C. Chen, J. Eng. Mech. 133 (2007) 816; several steps a generation as in W. Betz,
 * I. Papaioannou and D. Straub, J. Eng. Mech. 142 (2016) 04016016. Chains move in the unit cube of the prior, so that walls cost nothing
 * and whole numbers move too. The error of the evidence is the largest of what two halves of the population differ by, of what their
 * lineages tell (A. Lee and N. Whiteley, Biometrika 105 (2018) 609), and of what independent samples of the same weights would have.
 */
export function tmcmc(options: TmcmcOptions = {}): Sampler {
  const of = 'tmcmc';
  check.names(of, options, ['population', 'steps', 'correlation', 'maxSteps', 'variation', 'keep']);
  const { population = 1000, correlation, variation } = options;
  check.wholeNumber(of, 'population', population, 4);
  const keep = check.oneOf(of, 'keep', options.keep ?? 'last', ['last', 'all']);
  const steps = options.steps ?? (keep === 'all' ? KEPT_STEPS : 'auto');
  if (steps !== 'auto') check.wholeNumber(of, 'steps', steps, 1);
  if (keep === 'all' && (steps === 'auto' || 4 * steps > population))
    throw new ExperimentError(
      'ERR_OPTION',
      `${of}: keep 'all' needs a number of steps, at most a quarter of the population`,
    );
  if (correlation !== undefined) check.positiveNumber(of, 'correlation', correlation);
  if (options.maxSteps !== undefined) check.wholeNumber(of, 'maxSteps', options.maxSteps, 1);
  if (variation !== undefined) check.positiveNumber(of, 'variation', variation);
  const complete = { population, steps, keep };
  return {
    for: 'sample',
    name: of,
    options: {
      ...complete,
      correlation: correlation ?? `0.07 up to ${FEW} variables, else 0.2`,
      maxSteps: options.maxSteps ?? '40 + 8 n',
      variation: variation ?? `0.5 up to ${FEW} variables, else and with keep 'all' 1`,
    },
    begin(space, state) {
      const maxSteps = options.maxSteps ?? 40 + 8 * space.variables.length;
      // Of a search like this one, checked by its fingerprint.
      const settings = {
        ...complete,
        maxSteps,
        // Of the straight line's evidence 0.2 leaves a bias of −0.14 ± 0.03, 0.07 one of −0.03 ± 0.02.
        correlation: correlation ?? (space.variables.length <= FEW ? 0.07 : 0.2),
        variation: variation ?? (space.variables.length <= FEW && keep === 'last' ? 0.5 : 1),
      };
      return new Tmcmc(space, settings, state as State | undefined);
    },
  };
}

const first = (z: number[]): Proposal => ({ z, back: 0, kind: 'walk' });

class Tmcmc implements ChainSearch {
  readonly #space: Space;
  readonly #settings: Settings;
  readonly #state: State;
  /** What was last asked for: it follows from the state. */
  #proposals: Proposal[] = [];

  constructor(space: Space, settings: Settings, state?: State) {
    this.#space = space;
    this.#settings = settings;
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      exponent: 0,
      logEvidences: [0, 0],
      variance: 0,
      places: [],
      values: [],
      origins: [],
      starts: [],
      startValues: [],
      pool: [],
      shapes: [],
      fresh: 1,
      scale: 2.38 / Math.sqrt(space.variables.length),
      step: 0,
      jump: 0,
      acceptance: 0,
      cut: 0,
    };
  }

  get state(): State {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { places, starts, shapes, batches } = this.#state;
    const random = this.#space.random(2 * batches);
    this.#proposals =
      places.length === 0
        ? Array.from({ length: this.#settings.population }, () =>
            first(this.#space.variables.map(() => logit(random.uniform()))),
          )
        : places.map((z, i) => proposeFrom(z, starts, shapes[i % 2]!, i % 2, this.#state, random));
    return this.#proposals.map(({ z }) => pointOf(this.#space, z));
  }

  tell(_: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const random = this.#space.random(2 * state.batches + 1);
    state.batches++;
    if (state.places.length === 0) {
      state.places = this.#proposals.map(({ z }) => z);
      state.values = values.map(({ value }) => value);
      state.origins = state.places.map((_, i) => i);
      state.generation++;
      this.#anneal(random);
      return;
    }
    this.#move(values, random);
    state.step++;
    if (!this.#mixed()) return;
    if (this.#settings.keep === 'all') this.#gather();
    state.generation++;
    if (state.exponent < 1) this.#anneal(random);
    else state.starts = [];
  }

  stopped(): string | undefined {
    const { exponent, starts } = this.#state;
    return exponent === 1 && starts.length === 0 ? 'annealed' : undefined;
  }

  figures(): Record<string, number> {
    const { exponent, acceptance, scale, step } = this.#state;
    return { exponent, logEvidence: this.#logEvidence(), acceptance, scale, steps: step };
  }

  chain(): Chain {
    const { places, values, cut, starts } = this.#state;
    const points = places.map((z) => pointOf(this.#space, z));
    if (this.stopped() === undefined) return { points, values, converged: false, warnings: [] };
    const logEvidenceError = this.#error();
    const warnings: Warning[] = [];
    if (cut > 0) warnings.push('mixing');
    if (logEvidenceError > ROUGH) warnings.push('evidence');
    return {
      points,
      values,
      logEvidence: this.#logEvidence(),
      logEvidenceError,
      converged: starts.length === 0,
      effectiveSamples: this.#effective(),
      warnings,
    };
  }

  #logEvidence(): number {
    const [a, b] = this.#state.logEvidences as [number, number];
    return logAdd(a, b) - Math.LN2;
  }

  #error(): number {
    const [a, b] = this.#state.logEvidences as [number, number];
    return Math.max(Math.abs(a - b) / 2, this.#lineageError(), Math.sqrt(this.#state.variance));
  }

  /** From how many pairs of samples descend from one member of the first population. */
  #lineageError(): number {
    const { origins, generation } = this.#state;
    const n = origins.length;
    const counts = new Map<number, number>();
    for (const origin of origins) counts.set(origin, (counts.get(origin) ?? 0) + 1);
    let same = 0;
    for (const count of counts.values()) same += count * count;
    const apart = 1 - same / (n * n);
    return Math.sqrt(Math.max(0, 1 - (n / (n - 1)) ** generation * apart));
  }

  /** Samples that the last resampling has copied are as many as their chains have moved apart. */
  #effective(): number {
    const { places, acceptance, step } = this.#state;
    const distinct = new Set(places.map((z) => z.join())).size;
    return step === 0 ? distinct : Math.min(distinct, places.length * Math.min(1, acceptance * step));
  }

  /** Each chain to its proposal, or not (N. Metropolis et al., 1953). */
  #move(values: readonly Value[], random: Random): void {
    const state = this.#state;
    let accepted = 0;
    const counts = { mixture: [0, 0], partial: [0, 0], walk: [0, 0] };
    this.#proposals.forEach(({ z, back, kind }, i) => {
      const { value } = values[i]!;
      const gain = state.exponent * (value - state.values[i]!);
      const log = gain + logPriorOf(z) - logPriorOf(state.places[i]!) + back;
      counts[kind][1]!++;
      // Drawn in any case, so that the stream stays in step.
      if (!(Math.log(random.uniform()) < log)) return;
      state.places[i] = z;
      state.values[i] = value;
      counts[kind][0]!++;
      accepted++;
    });
    if (this.#settings.keep === 'all')
      state.pool.push(
        state.places.map((place, i) => ({ place, value: state.values[i]!, origin: state.origins[i]! })),
      );
    state.acceptance = accepted / this.#proposals.length;
    if (this.#space.variables.length <= FEW) return;
    // A. Gelman, G. O. Roberts and W. R. Gilks, Bayesian Statistics 5 (1996) 599.
    const { walk, partial } = counts;
    state.scale *= Math.exp(walk[0]! / Math.max(1, walk[1]!) - 0.234);
    state.fresh = Math.min(1, state.fresh * Math.exp(partial[0]! / Math.max(1, partial[1]!) - FRESH));
  }

  #mixed(): boolean {
    const { steps, correlation } = this.#settings;
    const state = this.#state;
    if (steps !== 'auto') return state.step >= steps;
    const before = state.jump;
    state.jump = meanSquareWay(state.starts, state.places);
    if (state.step < 2) return false;
    // The more variables, the more is left of what each has not forgotten.
    const allowed = correlation * Math.min(1, MANY / this.#space.variables.length);
    const forgotten = (then: readonly number[], now: readonly number[]) => correlate(then, now) < allowed;
    // What hides in a neck moves more slowly than any coordinate tells.
    if (!forgotten(state.startValues, state.values)) return this.#tired();
    const still = this.#space.variables.every((_, j) =>
      forgotten(
        state.starts.map((z) => z[j]!),
        state.places.map((z) => z[j]!),
      ),
    );
    const few = this.#space.variables.length <= FEW;
    if (still || (few && state.jump - before < GAIN * state.jump)) return true;
    return this.#tired();
  }

  #tired(): boolean {
    const state = this.#state;
    if (state.step < this.#settings.maxSteps) return false;
    state.cut++;
    return true;
  }

  /** All states of the chains become the population (H.-D. Dau and N. Chopin, JRSS B 84 (2022) 114). Members of the first half stay at even places. */
  #gather(): void {
    const state = this.#state;
    const halves = [0, 1].map((half) => state.pool.flatMap((row) => row.filter((_, i) => i % 2 === half)));
    const all = halves[0]!.flatMap((each, i) => (i < halves[1]!.length ? [each, halves[1]![i]!] : []));
    state.places = all.map(({ place }) => place);
    state.values = all.map(({ value }) => value);
    state.origins = all.map(({ origin }) => origin);
    state.pool = [];
  }

  /** The next exponent, its weights, and the chains that begin there. */
  #anneal(random: Random): void {
    const state = this.#state;
    const { values } = state;
    const most = largest(values);
    if (most === -Infinity)
      throw new ExperimentError(
        'ERR_MODEL',
        `tmcmc: the likelihood is zero at every sample of the prior: ${values.length} draws`,
      );
    const weigh = (delta: number) => values.map((value) => Math.exp(delta * (value - most)));
    const next = this.#nextExponent(weigh);
    const delta = next - state.exponent;
    const weights = weigh(delta);
    state.variance += spread(weights) ** 2 / weights.length;
    this.#fit(weights);
    const chosen = this.#choose(weights, delta * most, random);
    state.places = chosen.map((i) => state.places[i]!);
    state.values = chosen.map((i) => values[i]!);
    state.origins = chosen.map((i) => state.origins[i]!);
    state.starts = [...state.places];
    state.startValues = [...state.values];
    state.exponent = next;
    state.step = 0;
    state.jump = 0;
  }

  /** Like the weighted population, and in few dimensions like what it is about to become: the neck that it has begun to enter. */
  #fit(weights: readonly number[]): void {
    const state = this.#state;
    const n = this.#space.variables.length;
    if (n > FEW) {
      // A covariance takes all the members that there are, and tells one half little of the other.
      const whole = fitMixture(state.places, shares(weights), 1)[0]!;
      state.shapes = [0, 1].map(() => ({ whole, mixture: [whole] }));
      return;
    }
    state.shapes = [0, 1].map((half): Shape => {
      const places = state.places.filter((_, i) => i % 2 === half);
      const own = weights.filter((_, i) => i % 2 === half);
      const now = shares(own.some((w) => w > 0) ? own : own.map(() => 1));
      const whole = fitMixture(places, now, 1)[0]!;
      const ahead = shares(now.map((w) => w * w));
      // A thousand members show the shape as well as all of them.
      const stride = Math.ceil(places.length / 1000);
      const some = places.filter((_, i) => i % stride === 0);
      const mixture = [now, ahead].flatMap((each) =>
        fitMixture(some, thinned(each, stride), MOST_PARTS).map((part) => ({
          ...part,
          weight: part.weight / 2,
        })),
      );
      return { whole, mixture };
    });
  }

  /** Each half resamples its own, and has an evidence of its own. */
  #choose(weights: readonly number[], offset: number, random: Random): number[] {
    const { keep, steps, population } = this.#settings;
    const size = keep === 'all' && steps !== 'auto' ? Math.floor(population / steps) : population;
    const halves = [0, 1].map((half) => {
      const members = weights.flatMap((_, i) => (i % 2 === half ? [i] : []));
      const sum = members.reduce((total, i) => total + weights[i]!, 0);
      this.#state.logEvidences[half]! += Math.log(sum / members.length) + offset;
      const count = half === 0 ? Math.ceil(size / 2) : Math.floor(size / 2);
      // A half without any likelihood takes the other's place: it counts for nothing.
      if (sum === 0) return new Array<number>(count).fill(weights.findIndex((w) => w > 0));
      const shares = members.map((i) => weights[i]! / sum);
      return systematic(shares, count, random).map((k) => members[k]!);
    });
    return Array.from({ length: size }, (_, i) => halves[i % 2]![i >> 1]!);
  }

  /** As far as the variation of the weights allows; by bisection. */
  #nextExponent(weigh: (delta: number) => number[]): number {
    const { exponent } = this.#state;
    const { variation } = this.#settings;
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

/** Every so many of the weights; equal ones where none of these is above zero. */
function thinned(weights: readonly number[], stride: number): number[] {
  const some = weights.filter((_, i) => i % stride === 0);
  return shares(some.some((w) => w > 0) ? some : some.map(() => 1));
}

function shares(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => w / sum);
}

/** Standard deviation over mean. */
function spread(weights: readonly number[]): number {
  const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
  return Math.sqrt(weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / weights.length) / mean;
}

/** Mean over chains and coordinates of the squared way, in units of each coordinate's variance. */
function meanSquareWay(from: readonly number[][], to: readonly number[][]): number {
  const n = from[0]!.length;
  let sum = 0;
  for (let j = 0; j < n; j++) {
    let [mean, square, way] = [0, 0, 0];
    for (let i = 0; i < from.length; i++) {
      const x = to[i]![j]!;
      mean += x / from.length;
      square += (x * x) / from.length;
      way += (x - from[i]![j]!) ** 2 / from.length;
    }
    sum += way / Math.max(square - mean * mean, 1e-300) / n;
  }
  return sum;
}

/** Pearson's correlation. */
function correlate(a: readonly number[], b: readonly number[]): number {
  const n = a.length;
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [da, db] = [a[i]! - ma, b[i]! - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
