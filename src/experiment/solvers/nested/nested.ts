import { ExperimentError, type Random } from '../../../conduit/index.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value, Warning } from '../../solver.ts';
import { largest, logAdd, smallest } from '../logarithms.ts';
import { bound, drawWithin, logShare, squareWithin, stretch } from './ellipsoid.ts';
import { insertionTest } from './insertion.ts';
import { checkNested, type NestedMethod, type NestedOptions, type NestedSettings } from './options.ts';
import { beginNested, type NestedState } from './state.ts';
import { effectiveSamples, Volumes, type Nested } from './volumes.ts';
import { settleSlice, settleStep, slice, startWalker, step } from './walkers.ts';

/** Draws of the prior, in populations, after which too few points of non-zero likelihood are an error. */
const MOST_DRAWS = 100;
/** Least number of these that a run can begin with; a fifth of the population is looked for. */
const LEAST_LIVE = 20;
/** Even draws from the whole cube are given up when fewer succeed. */
const CUBE_SUCCESS = 0.25;
const BOOTSTRAPS = 5;
const ENLARGE = 1.25;
/** Draws of the volumes, and samples of the threads, for the error of ln Z. */
const DRAWS = 100;
const UNEVEN = 0.001;
/** Contractions of a slice that its width aims at. */
const CONTRACTIONS = 1.5;
/** The ellipsoid's diameter is 2: a wider slice reaches no further. */
const WIDEST = 4;
/** More points are added where weights exceed this share of the largest. */
const IMPORTANT = 0.8;

/**
 * Nested sampling: the evidence as an integral over shrinking volumes of the prior. J. Skilling, Bayesian Analysis 1 (2006) 833. New
 * live points are drawn from ellipsoids about the others (Feroz, Hobson and Bridges 2009), by random walks, or by slice sampling
 * (Handley, Hobson and Lasenby 2015). Points of equal likelihood die together: discrete priors and plateaus need nothing more.
 */
export function nested(options: NestedOptions = {}): Sampler {
  const checked = checkNested(options);
  return {
    for: 'sample',
    name: 'nested',
    options: checked.options,
    begin: (space, state, trail) =>
      new NestedSearch(
        space,
        checked.settings(space.variables.length),
        // Of a search like this one, checked by its fingerprint.
        state as NestedState | undefined,
        trail as readonly Nested[] | undefined,
      ),
  };
}

class NestedSearch implements ChainSearch {
  readonly #space: Space;
  readonly #settings: NestedSettings;
  readonly #state: NestedState;
  /** The dead, in the order of their deaths. */
  readonly #trail: Nested[];

  constructor(space: Space, settings: NestedSettings, state?: NestedState, trail: readonly Nested[] = []) {
    this.#space = space;
    this.#settings = settings;
    this.#state = state ?? beginNested();
    this.#trail = [...trail];
    if (state !== undefined) return;
    this.#state.ranks = new Array<number>(settings.population).fill(0);
    this.#state.proposals = this.#cube(settings.population, space.random(0));
  }

  get state(): NestedState {
    return this.#state;
  }

  get trail(): readonly Nested[] {
    return this.#trail;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    return this.#state.proposals.map((u) => this.#toPoint(u));
  }

  tell(_: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const { proposals } = state;
    const random = this.#space.random(++state.batches);
    state.evaluations += proposals.length;
    state.since += proposals.length;
    if (state.beginning) this.#collect(proposals, values);
    else if (state.walkers.length > 0) this.#settle(proposals, values);
    else proposals.forEach((u, i) => this.#consider(u, values[i]!.value));
    if (state.ended !== null) this.#extend();
    state.proposals = state.ended === null ? this.#propose(random) : [];
    if (state.since >= this.#settings.population || state.ended !== null) {
      state.generation++;
      state.since = 0;
    }
  }

  stopped(): string | undefined {
    return this.#state.ended ?? undefined;
  }

  figures(): Record<string, number> {
    const { logEvidence, logVolume, live, bound } = this.#state;
    return { logEvidence, logVolume, bound, bestLive: largest(live.map(({ value }) => value)) };
  }

  /** The dead and the live, each with the volume that it stands for. */
  chain(): Chain {
    const { complete, live } = this.#state;
    const all = [...this.#trail, ...live];
    if (all.length === 0) return { points: [], values: [], weights: [], converged: false };
    const volumes = new Volumes(all);
    const { order, logWeights, logEvidence } = volumes.mean();
    const kept = [...order.keys()].filter((k) => all[order[k]!]!.value > -Infinity);
    const values = kept.map((k) => all[order[k]!]!.value);
    const weights = kept.map((k) => Math.exp(logWeights[k]! - logEvidence));
    const information = weights.reduce(
      (sum, w, i) => (w > 0 ? sum + w * (values[i]! - logEvidence) : sum),
      0,
    );
    const insertion = insertionTest(this.#state.ranks);
    const warnings: Warning[] = insertion < UNEVEN ? ['insertion'] : [];
    const scatter = this.#scatter(volumes);
    return {
      points: kept.map((k) => this.#toPoint(all[order[k]!]!.u)),
      values,
      weights,
      logEvidence,
      logEvidenceError: complete ? scatter : Math.max(scatter, this.#remaining()),
      information,
      effectiveSamples: effectiveSamples(logWeights),
      insertion,
      converged: complete,
      warnings,
    };
  }

  #scatter(volumes: Volumes): number {
    const random = this.#space.random(2 ** 40 + this.#state.batches);
    return Math.max(volumes.scatterOfVolumes(DRAWS, random), volumes.scatterOfThreads(DRAWS, random));
  }

  /** ln(1 + L_max X / Z): what the live points might still add to ln Z. */
  #remaining(): number {
    const { live, logVolume, logEvidence } = this.#state;
    const most = largest(live.map(({ value }) => value)) + logVolume;
    return logAdd(logEvidence, most) - logEvidence;
  }

  /** Draws of the prior, until enough have a likelihood: those of none are a plateau, that dies at once. */
  #collect(proposals: readonly number[][], values: readonly Value[]): void {
    const state = this.#state;
    const { population } = this.#settings;
    proposals.forEach((u, i) => state.live.push({ u, value: values[i]!.value, birth: null }));
    const alive = state.live.filter(({ value }) => value > -Infinity).length;
    const drawn = state.live.length;
    const enough = Math.max(population / 5, Math.min(population, LEAST_LIVE));
    if (alive < enough && drawn < MOST_DRAWS * population) return;
    if (alive < LEAST_LIVE)
      throw new ExperimentError(
        'ERR_MODEL',
        `nested: the likelihood is zero at ${drawn - alive} of ${drawn} samples of the prior: too few are left to begin with`,
      );
    state.beginning = false;
    state.tried = drawn;
    state.found = alive;
    this.#reap();
  }

  /** A candidate becomes live where it lies above the bound, and the lowest dies for it. */
  #consider(u: readonly number[], value: number): void {
    const state = this.#state;
    if (state.ended !== null) return;
    state.tried++;
    if (!(value > state.bound)) return;
    state.found++;
    // On a plateau there are no ranks to speak of.
    const tied = state.live.some((other) => other.value === value);
    if (state.live.length === this.#settings.population - 1 && !tied) {
      const rank = state.live.reduce((below, other) => (other.value < value ? below + 1 : below), 0);
      state.ranks[rank]!++;
    }
    state.live.push({ u, value, birth: state.bound });
    this.#reap();
  }

  /** The lowest live points die, all of one value together, until there is room for others. */
  #reap(): void {
    const state = this.#state;
    while (state.live.length >= this.#settings.population || state.bound === -Infinity) {
      const value = smallest(state.live.map((each) => each.value));
      if (state.bound === -Infinity && value > -Infinity && state.live.length < this.#settings.population)
        return;
      if (value > state.until) return this.#end('target');
      const dying = state.live.filter((each) => each.value === value);
      if (dying.length === state.live.length) return this.#end('plateau');
      const alive = state.live.length;
      for (const each of dying) this.#trail.push(each);
      state.live = state.live.filter((each) => each.value !== value);
      state.logEvidence = logAdd(
        state.logEvidence,
        value + state.logVolume + Math.log(dying.length / (alive + 1)),
      );
      state.logVolume += Math.log1p(-dying.length / (alive + 1));
      state.bound = value;
      state.seeds = [];
      if (state.until === Infinity && this.#remaining() < this.#settings.minEvidence)
        return this.#end('minEvidence');
    }
  }

  #end(why: 'minEvidence' | 'plateau' | 'target'): void {
    this.#state.ended = why;
    this.#state.complete = true;
    this.#state.walkers = [];
  }

  /** More points where they tell most, as long as the target is not reached. E. Higson et al., Stat. Comput. 29 (2019) 891. */
  #extend(): void {
    const { target } = this.#settings;
    const state = this.#state;
    if (target === undefined) return;
    const all = [...this.#trail, ...state.live];
    const volumes = new Volumes(all);
    const { order, logWeights, logMasses } = volumes.mean();
    const { logEvidenceError = Infinity, effectiveSamples: wanted = 0 } = target;
    const valueAt = (k: number) => all[order[k]!]!.value;
    if (logEvidenceError < Infinity && this.#scatter(volumes) > logEvidenceError) {
      this.#again(all);
      Object.assign(state, {
        beginning: true,
        bound: -Infinity,
        logVolume: 0,
        logEvidence: -Infinity,
        until: Infinity,
        method: 'cube',
        parts: [],
      });
    } else if (effectiveSamples(logWeights) < wanted) {
      const most = largest(logMasses);
      const important = [...logMasses.keys()].filter((k) => logMasses[k]! > most + Math.log(IMPORTANT));
      const enough = 4 * this.#space.variables.length + LEAST_LIVE;
      let first = important[0]!;
      do {
        first = Math.max(0, first - enough);
        const from = valueAt(first);
        state.bound = from;
        state.seeds = all.filter(({ birth, value }) => (birth === null || birth <= from) && value > from);
      } while (first > 0 && state.seeds.length < enough);
      if (state.seeds.length === 0) return;
      state.until = valueAt(important.at(-1)!);
      this.#again(all);
      if (state.method === 'cube') state.method = this.#settings.method;
      state.parts = [];
    } else return;
    state.ended = null;
  }

  #again(all: readonly Nested[]): void {
    const { live } = this.#state;
    for (const each of all.slice(all.length - live.length)) this.#trail.push(each);
    this.#state.live = [];
  }

  #propose(random: Random): number[][] {
    const state = this.#state;
    const { population, batch } = this.#settings;
    if (state.beginning) return this.#cube(state.live.length === 0 ? population : batch, random);
    if (state.walkers.length > 0) return this.#walk(random);
    this.#choose();
    if (state.method === 'cube') return this.#cube(batch, random);
    this.#surround(state.method, random);
    if (state.parts.length === 0) return this.#cube(batch, random);
    if (state.method !== 'uniform') {
      this.#setOut(state.method, random);
      return this.#walk(random);
    }
    if (logShare(state.parts) > 0) return this.#cube(batch, random);
    return Array.from({ length: batch }, () => drawWithin(state.parts, random) ?? this.#cube(1, random)[0]!);
  }

  /** Another method, when this one finds too few points. */
  #choose(): void {
    const state = this.#state;
    const { population, auto, method, steps } = this.#settings;
    const success = state.found / state.tried;
    if (state.method === 'cube') {
      if (state.evaluations < 2 * population || success >= CUBE_SUCCESS) return;
      state.method = method;
    } else {
      if (state.tried < 2 * population) return;
      if (auto && state.method === 'uniform' && success < 1 / steps('walk')) {
        state.method = 'walk';
        state.parts = [];
      }
    }
    state.tried = 0;
    state.found = 0;
  }

  /** Ellipsoids about the live points, as often as these have changed enough. */
  #surround(method: NestedMethod, random: Random): void {
    const state = this.#state;
    const { population, steps } = this.#settings;
    const every = { uniform: 1.5, walk: 0.15 * steps(method), slice: 2 * steps(method) }[method] * population;
    if (state.parts.length > 0 && state.evaluations - state.made < every) return;
    const points = [...state.seeds, ...state.live].map(({ u }) => u);
    if (points.length < 2 * this.#space.variables.length + 2) return;
    state.parts =
      method === 'uniform'
        ? bound(points, BOOTSTRAPS, random)
        : bound(points, 0, random).map((part) => stretch(part, ENLARGE));
    state.made = state.evaluations;
  }

  #setOut(method: NestedMethod, random: Random): void {
    const state = this.#state;
    const from = [...state.seeds, ...state.live];
    const left = this.#settings.steps(method);
    state.walkers = Array.from({ length: this.#settings.batch }, () => {
      const { u, value } = from[random.integer(from.length)]!;
      const squares = state.parts.map((part) => squareWithin(part, u));
      return startWalker(u, value, squares.indexOf(smallest(squares)), left);
    });
  }

  /** What the walkers ask for. When none asks for anything all have arrived. */
  #walk(random: Random): number[][] {
    const state = this.#state;
    const proposals = state.walkers.flatMap((walker) => {
      const metric = state.parts[walker.metric]!;
      const u =
        state.method === 'slice'
          ? slice(walker, metric, state.width, random)
          : step(walker, metric, state.scale, random);
      walker.asks = u !== undefined;
      return u ? [u] : [];
    });
    if (proposals.length > 0) return proposals;
    this.#arrive();
    return state.ended === null ? this.#propose(random) : [];
  }

  #settle(proposals: readonly number[][], values: readonly Value[]): void {
    const state = this.#state;
    let k = 0;
    for (const walker of state.walkers) {
      if (!walker.asks) continue;
      const [u, { value }] = [proposals[k]!, values[k]!];
      k++;
      if (state.method !== 'slice') settleStep(walker, u, value, state.bound);
      else if (settleSlice(walker, u, value, state.bound)) state.width = Math.min(WIDEST, 1.03 * state.width);
      else state.width *= 1.03 ** (-1 / CONTRACTIONS);
    }
  }

  #arrive(): void {
    const state = this.#state;
    const { walkers } = state;
    const steps = this.#settings.steps(state.method === 'slice' ? 'slice' : 'walk');
    if (state.method === 'walk') {
      const acceptance = walkers.reduce((sum, { moved }) => sum + moved / steps / walkers.length, 0);
      state.scale *= Math.exp((acceptance - 0.5) / Math.sqrt(this.#space.variables.length));
    }
    state.walkers = [];
    // One that has not moved is a copy of a live point.
    for (const { u, value, moved } of walkers) if (moved > 0) this.#consider(u, value);
  }

  #cube(count: number, random: Random): number[][] {
    const n = this.#space.variables.length;
    return Array.from({ length: count }, () => Array.from({ length: n }, () => random.uniform()));
  }

  #toPoint(u: readonly number[]): Point {
    return u.map((x, j) => this.#space.variables[j]!.prior!.quantile(x));
  }
}
