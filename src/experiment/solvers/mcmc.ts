import { ExperimentError, type Random } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value } from '../solver.ts';
import { apply, cholesky, covarianceOf } from './linear.ts';
import { logit, logPriorOf, pointOf } from './cube.ts';

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

type Place = readonly number[];

/** A step that is kept: where all chains are. */
interface Kept {
  readonly places: readonly Place[];
  readonly values: readonly number[];
}

/** Strict JSON. */
interface State {
  generation: number;
  batches: number;
  /** Steps done by each chain. */
  steps: number;
  /** Where each chain is, in the coordinates of cube.ts. */
  places: Place[];
  values: number[];
  /** Rounds of draws of the prior for chains to begin at. */
  tries: number;
  factor: number[][];
  scale: number;
  /** First proposals that were rejected, of the chains that try again; null: accepted. Empty: first proposals are next. */
  rejected: ({ point: Place; value: number } | null)[];
  /** Of the burn-in, from which the proposals are made. */
  history: Place[];
  accepted: number;
}

/** Steps of a generation. */
const STEPS = 100;
/** Draws of the prior in which each chain must find a likelihood that is not zero. */
const TRIES = 100;
/** Standard deviation of the prior in these coordinates, those of the logistic distribution. */
const WIDTH = Math.PI / Math.sqrt(3);

/**
 * Metropolis chains with delayed rejection, and proposals that adapt during the burn-in only, so that the samples are of an ordinary
 * Markov chain. Chains move in the unit cube of the prior, so that walls cost nothing and whole numbers move too. H. Haario, M. Laine, A. Mira and E. Saksman, "DRAM: Efficient adaptive MCMC", Stat. Comput. 16 (2006) 339.
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
    // Of a search like this one, checked by its fingerprint.
    begin: (space, state, trail) =>
      new Mcmc(space, complete, state as State | undefined, trail as readonly Kept[] | undefined),
  };
}

class Mcmc implements ChainSearch {
  readonly #space: Space;
  readonly #options: Required<McmcOptions>;
  readonly #state: State;
  readonly #trail: Kept[];
  /** What was last asked for: it follows from the state. */
  #proposals: Place[] = [];

  constructor(space: Space, options: Required<McmcOptions>, state?: State, trail: readonly Kept[] = []) {
    this.#trail = [...trail];
    this.#space = space;
    this.#options = options;
    const n = space.variables.length;
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      steps: 0,
      places: [],
      values: [],
      tries: 0,
      factor: space.variables.map((_, r) => space.variables.map((_, c) => (r === c ? WIDTH : 0))),
      scale: 2.38 / Math.sqrt(n),
      rejected: [],
      history: [],
      accepted: 0,
    };
  }

  get state(): State {
    return this.#state;
  }

  get trail(): readonly Kept[] {
    return this.#trail;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    this.#proposals = this.#ask();
    return this.#proposals.map((z) => pointOf(this.#space, z));
  }

  #ask(): Place[] {
    const { batches, places, rejected, scale } = this.#state;
    const { chains, secondTry } = this.#options;
    const random = this.#space.random(2 * batches);
    if (places.length < chains)
      return Array.from({ length: chains - places.length }, () =>
        this.#space.variables.map(() => logit(random.uniform())),
      );
    if (rejected.length === 0) return places.map((z) => this.#propose(z, scale, random));
    const shorter = scale * secondTry;
    return places.filter((_, i) => rejected[i]).map((z) => this.#propose(z, shorter, random));
  }

  tell(_: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const random = this.#space.random(2 * state.batches + 1);
    state.batches++;
    const told = values.map(({ value }) => value);
    if (state.places.length < this.#options.chains) this.#begin(told);
    else if (state.rejected.length === 0) this.#first(this.#proposals, told, random);
    else this.#second(this.#proposals, told, random);
  }

  /** A chain begins at a draw of the prior whose likelihood is not zero. */
  #begin(told: readonly number[]): void {
    const state = this.#state;
    told.forEach((value, i) => {
      if (value === -Infinity) return;
      state.places.push(this.#proposals[i]!);
      state.values.push(value);
    });
    if (++state.tries < TRIES || state.places.length === this.#options.chains) return;
    throw new ExperimentError(
      'ERR_MODEL',
      `mcmc: the likelihood is zero at ${TRIES} samples of the prior where a chain could begin`,
    );
  }

  stopped(): string | undefined {
    return this.#trail.length >= this.#options.samples ? 'samples' : undefined;
  }

  figures(): Record<string, number> {
    const { steps, accepted, places, scale } = this.#state;
    return { steps, acceptance: accepted / (steps * places.length), scale };
  }

  chain(): Chain {
    const each = Array.from({ length: this.#options.chains }, (_, c) => c);
    return {
      points: each.flatMap((c) => this.#trail.map(({ places }) => pointOf(this.#space, places[c]!))),
      values: each.flatMap((c) => this.#trail.map(({ values }) => values[c]!)),
      lengths: each.map(() => this.#trail.length),
      converged: this.stopped() !== undefined,
    };
  }

  #propose(point: Place, scale: number, random: Random): Place {
    const move = apply(
      this.#state.factor,
      point.map(() => random.normal()),
    );
    return point.map((x, i) => x + scale * move[i]!);
  }

  #first(points: readonly Place[], values: readonly number[], random: Random): void {
    const state = this.#state;
    const again = points.map((point, i) => {
      const log = this.#log(point, values[i]!) - this.#log(state.places[i]!, state.values[i]!);
      return this.#decide(i, point, values[i]!, log, random) ? null : { point, value: values[i]! };
    });
    if (this.#options.secondTry > 0 && again.some((each) => each !== null)) state.rejected = again;
    else this.#next();
  }

  /** A. Mira, Metron 59 (2001) 231: the second proposal pays for the first one's rejection. */
  #second(points: readonly Place[], values: readonly number[], random: Random): void {
    const state = this.#state;
    const tried = state.rejected.flatMap((each, i) => (each ? [{ ...each, i }] : []));
    tried.forEach(({ point: first, value: firstValue, i }, k) => {
      const here = this.#log(state.places[i]!, state.values[i]!);
      const there = this.#log(points[k]!, values[k]!);
      const middle = this.#log(first, firstValue);
      const forth = this.#logProposal(first, state.places[i]!) + logRejection(middle - here);
      const back = this.#logProposal(first, points[k]!) + logRejection(middle - there);
      const log = there + back - here - forth;
      this.#decide(i, points[k]!, values[k]!, Number.isNaN(log) ? -Infinity : log, random);
    });
    state.rejected = [];
    this.#next();
  }

  #decide(i: number, point: Place, value: number, log: number, random: Random): boolean {
    // Drawn in any case, so that the stream stays in step.
    const accepts = Math.log(random.uniform()) < log;
    if (!accepts) return false;
    this.#state.places[i] = point;
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
      this.#trail.push({ places: [...state.places], values: [...state.values] });
    } else {
      state.history.push(...state.places);
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

  #log(point: Place, value: number): number {
    return value + logPriorOf(point);
  }

  /** Up to a constant, ln of the first proposals' density from one point to another. */
  #logProposal(to: Place, from: Place): number {
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
