import { type Random } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value } from '../solver.ts';
import { apply, cholesky, covarianceOf } from './linear.ts';
import { drawPriors, logPrior, priorScale } from './priors.ts';

export interface McmcOptions {
  /** Samples of each chain that are kept. Default 2500. */
  readonly samples?: number;
  /** Chains that run side by side: so many evaluations at once. Default 4. */
  readonly chains?: number;
  /** Steps of each chain before samples are kept; meanwhile the proposals adapt to the posterior. Default 1000. */
  readonly burnIn?: number;
  /** After a rejection, a second and shorter proposal is tried: its share of the first one's length; 0: none is. Default 0.2. */
  readonly secondTry?: number;
}

/** Strict JSON. */
interface State {
  generation: number;
  batches: number;
  /** Steps done by each chain. */
  steps: number;
  points: Point[];
  values: number[];
  factor: number[][];
  scale: number;
  /** First proposals that were rejected, of the chains that try again; null: accepted. Empty: first proposals are next. */
  rejected: ({ point: Point; value: number } | null)[];
  /** Of the burn-in, from which the proposals are made. */
  history: Point[];
  samples: Point[];
  sampleValues: number[];
  accepted: number;
}

/** Steps of a generation. */
const STEPS = 100;

/**
 * Metropolis chains with delayed rejection, and proposals that adapt during the burn-in only, so that the samples are of an ordinary
 * Markov chain. H. Haario, M. Laine, A. Mira and E. Saksman, "DRAM: Efficient adaptive MCMC", Stat. Comput. 16 (2006) 339.
 */
export function mcmc(options: McmcOptions = {}): Sampler {
  const of = 'mcmc';
  check.names(of, options, ['samples', 'chains', 'burnIn', 'secondTry']);
  const { samples = 2500, chains = 4, burnIn = 1000, secondTry = 0.2 } = options;
  check.wholeNumber(of, 'samples', samples, 1);
  check.wholeNumber(of, 'chains', chains, 1);
  check.wholeNumber(of, 'burnIn', burnIn, 0);
  if (secondTry !== 0) check.share(of, 'secondTry', secondTry);
  const complete = { samples, chains, burnIn, secondTry };
  return {
    for: 'sample',
    name: of,
    options: complete,
    begin: (space, state) => new Mcmc(space, complete, state as State | undefined),
  };
}

class Mcmc implements ChainSearch {
  readonly #space: Space;
  readonly #options: Required<McmcOptions>;
  readonly #state: State;

  constructor(space: Space, options: Required<McmcOptions>, state?: State) {
    this.#space = space;
    this.#options = options;
    const n = space.variables.length;
    const widths = space.variables.map(({ prior }) => priorScale(prior!));
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      steps: 0,
      points: [],
      values: [],
      factor: widths.map((width, r) => widths.map((_, c) => (r === c ? width : 0))),
      scale: 2.38 / Math.sqrt(n),
      rejected: [],
      history: [],
      samples: [],
      sampleValues: [],
      accepted: 0,
    };
  }

  get state(): State {
    return structuredClone(this.#state);
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { batches, points, rejected, scale } = this.#state;
    const random = this.#space.random(2 * batches);
    if (points.length === 0) return drawPriors(this.#space, this.#options.chains, random);
    if (rejected.length === 0) return points.map((point) => this.#propose(point, scale, random));
    const shorter = scale * this.#options.secondTry;
    return points.filter((_, i) => rejected[i]).map((point) => this.#propose(point, shorter, random));
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const random = this.#space.random(2 * state.batches + 1);
    state.batches++;
    const told = values.map(({ value }) => value);
    if (state.points.length === 0) {
      state.points = [...points];
      state.values = told;
    } else if (state.rejected.length === 0) {
      this.#first(points, told, random);
    } else {
      this.#second(points, told, random);
    }
  }

  stopped(): string | undefined {
    const { samples, chains } = this.#options;
    return this.#state.samples.length >= samples * chains ? 'samples' : undefined;
  }

  figures(): Record<string, number> {
    const { steps, accepted, points, scale } = this.#state;
    return { steps, acceptance: accepted / (steps * points.length), scale };
  }

  chain(): Chain {
    return { points: this.#state.samples, values: this.#state.sampleValues };
  }

  #propose(point: Point, scale: number, random: Random): Point {
    const move = apply(
      this.#state.factor,
      point.map(() => random.normal()),
    );
    return point.map((x, i) => x + scale * move[i]!);
  }

  #first(points: readonly Point[], values: readonly number[], random: Random): void {
    const state = this.#state;
    const again = points.map((point, i) => {
      const log = this.#log(point, values[i]!) - this.#log(state.points[i]!, state.values[i]!);
      return this.#decide(i, point, values[i]!, log, random) ? null : { point, value: values[i]! };
    });
    if (this.#options.secondTry > 0 && again.some((each) => each !== null)) state.rejected = again;
    else this.#next();
  }

  /** A. Mira, Metron 59 (2001) 231: the second proposal pays for the first one's rejection. */
  #second(points: readonly Point[], values: readonly number[], random: Random): void {
    const state = this.#state;
    const tried = state.rejected.flatMap((each, i) => (each ? [{ ...each, i }] : []));
    tried.forEach(({ point: first, value: firstValue, i }, k) => {
      const here = this.#log(state.points[i]!, state.values[i]!);
      const there = this.#log(points[k]!, values[k]!);
      const middle = this.#log(first, firstValue);
      const forth = this.#logProposal(first, state.points[i]!) + logRejection(middle - here);
      const back = this.#logProposal(first, points[k]!) + logRejection(middle - there);
      const log = there + back - here - forth;
      this.#decide(i, points[k]!, values[k]!, Number.isNaN(log) ? -Infinity : log, random);
    });
    state.rejected = [];
    this.#next();
  }

  #decide(i: number, point: Point, value: number, log: number, random: Random): boolean {
    // Drawn in any case, so that the stream stays in step. A chain that began where the posterior is zero goes anywhere else.
    const accepts = Math.log(random.uniform()) < log || (Number.isNaN(log) && value > -Infinity);
    if (!accepts) return false;
    this.#state.points[i] = point;
    this.#state.values[i] = value;
    this.#state.accepted++;
    return true;
  }

  /** All chains have made a step. */
  #next(): void {
    const state = this.#state;
    const { burnIn } = this.#options;
    state.steps++;
    if (state.steps > burnIn) {
      state.samples.push(...state.points);
      state.sampleValues.push(...state.values);
    } else {
      state.history.push(...state.points);
      if (state.steps % STEPS === 0) this.#adapt();
      if (state.steps === burnIn) state.history = [];
    }
    if (state.steps % STEPS === 0 || this.stopped() !== undefined) state.generation++;
  }

  /** Proposals like the later half of what the chains have seen, and longer or shorter as the first tries are accepted. */
  #adapt(): void {
    const { history } = this.#state;
    const late = history.slice(history.length >> 1);
    const covariance = covarianceOf(late, new Array<number>(late.length).fill(1 / late.length));
    if (covariance.every((row, i) => row[i]! > 0)) this.#state.factor = cholesky(covariance);
  }

  #log(point: Point, value: number): number {
    return value + logPrior(this.#space, point);
  }

  /** Up to a constant, ln of the first proposals' density from one point to another. */
  #logProposal(to: Point, from: Point): number {
    const { factor, scale } = this.#state;
    const z: number[] = [];
    to.forEach((x, r) => {
      let sum = (x - from[r]!) / scale;
      for (let c = 0; c < r; c++) sum -= factor[r]![c]! * z[c]!;
      z.push(sum / factor[r]![r]!);
    });
    return -0.5 * z.reduce((sum, each) => sum + each * each, 0);
  }
}

/** ln(1 − min(1, eˣ)). */
const logRejection = (x: number) => (x >= 0 ? -Infinity : Math.log1p(-Math.exp(x)));
