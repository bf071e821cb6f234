import { ExperimentError } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value } from '../solver.ts';
import { apply, cholesky, covarianceOf } from './linear.ts';

export interface NestedOptions {
  /** Live points. The error of ln Z is about √(information / population). Default 500. */
  readonly population?: number;
  /** Live points replaced at a time: so many evaluations at once. Default: a twentieth of the population. */
  readonly batch?: number;
  /** Steps of the walk from a live point to its replacement. Default 40 + 20 n: too few bias ln Z downwards. */
  readonly steps?: number;
  /** Stop when the live points could add no more than this to ln Z. Default 0.01. */
  readonly minEvidence?: number;
}

/** Strict JSON. Places are in the unit cube: u = the prior's distribution function at x. */
interface State {
  generation: number;
  batches: number;
  /** Live points. */
  cubes: number[][];
  values: number[];
  /** ln of the prior volume that is left. */
  logVolume: number;
  logEvidence: number;
  dead: number[][];
  deadValues: number[];
  logWeights: number[];
  /** Replacements on their walk. */
  walkers: number[][];
  walkerValues: number[];
  bound: number;
  step: number;
  accepted: number;
  scale: number;
  /** Cholesky factor of the live points' covariance: the shape of the steps. */
  factor: number[][];
}

/**
 * Nested sampling: the evidence as an integral over shrinking volumes of the prior. J. Skilling, Bayesian Analysis 1 (2006) 833. Several
 * live points are replaced at once, each by a random walk within the bound on the likelihood.
 */
export function nested(options: NestedOptions = {}): Sampler {
  const of = 'nested';
  check.names(of, options, ['population', 'batch', 'steps', 'minEvidence']);
  const { population = 500, minEvidence = 0.01 } = options;
  check.wholeNumber(of, 'population', population, 20);
  const batch = check.wholeNumber(of, 'batch', options.batch ?? Math.ceil(population / 20), 1);
  if (batch > population / 2)
    throw new ExperimentError('ERR_OPTION', `${of}: batch must be at most half the population`);
  if (options.steps !== undefined) check.wholeNumber(of, 'steps', options.steps, 1);
  check.positiveNumber(of, 'minEvidence', minEvidence);
  return {
    for: 'sample',
    name: of,
    options: { population, batch, steps: options.steps ?? '40 + 20 n', minEvidence },
    begin(space, state) {
      const steps = options.steps ?? 40 + 20 * space.variables.length;
      return new Nested(space, { population, batch, steps, minEvidence }, state as State | undefined);
    },
  };
}

class Nested implements ChainSearch {
  readonly #space: Space;
  readonly #options: Required<NestedOptions>;
  readonly #state: State;
  /** In the unit cube, as last asked. */
  #proposed: number[][] = [];

  constructor(space: Space, options: Required<NestedOptions>, state?: State) {
    this.#space = space;
    this.#options = options;
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      cubes: [],
      values: [],
      logVolume: 0,
      logEvidence: -Infinity,
      dead: [],
      deadValues: [],
      logWeights: [],
      walkers: [],
      walkerValues: [],
      bound: -Infinity,
      step: 0,
      accepted: 0,
      factor: [],
      scale: 2.38 / Math.sqrt(space.variables.length),
    };
  }

  get state(): State {
    return structuredClone(this.#state);
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    this.#proposed = this.#proposals();
    return this.#proposed.map((cube) => this.#toPoint(cube));
  }

  tell(_: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const cubes = this.#proposed;
    state.batches++;
    if (state.cubes.length === 0) {
      state.cubes = cubes;
      state.values = values.map(({ value }) => value);
      state.generation++;
      this.#kill();
      return;
    }
    cubes.forEach((cube, i) => {
      if (!(values[i]!.value > state.bound)) return;
      state.walkers[i] = cube;
      state.walkerValues[i] = values[i]!.value;
      state.accepted++;
    });
    if (++state.step < this.#options.steps) return;
    this.#replace();
    state.generation++;
    if (this.stopped() === undefined) this.#kill();
  }

  stopped(): string | undefined {
    const { cubes, values, logVolume, logEvidence, generation, walkers } = this.#state;
    if (generation < 2 || walkers.length > 0 || cubes.length === 0) return undefined;
    const most = Math.max(...values) + logVolume;
    return logAdd(logEvidence, most) - logEvidence < this.#options.minEvidence ? 'minEvidence' : undefined;
  }

  figures(): Record<string, number> {
    const { logEvidence, logVolume, scale, values } = this.#state;
    return { logEvidence, logVolume, scale, bestLive: Math.max(...values) };
  }

  /** The dead with their weights, and the live ones that share what is left. */
  chain(): Chain {
    const { dead, deadValues, logWeights, cubes, values, logVolume } = this.#state;
    const share = logVolume - Math.log(Math.max(1, cubes.length));
    const logs = [...logWeights, ...values.map((value) => share + value)];
    const all = [...deadValues, ...values];
    const logEvidence = logs.reduce(logAdd, -Infinity);
    const weights = logs.map((log) => Math.exp(log - logEvidence));
    const points = [...dead, ...cubes].map((cube) => this.#toPoint(cube));
    const information = weights.reduce((sum, w, i) => sum + (w > 0 ? w * (all[i]! - logEvidence) : 0), 0);
    const logEvidenceError = Math.sqrt(Math.max(0, information) / this.#options.population);
    return { points, values: all, weights, logEvidence, logEvidenceError };
  }

  #proposals(): number[][] {
    const { batches, cubes, walkers, scale, factor } = this.#state;
    const random = this.#space.random(2 * batches);
    const n = this.#space.variables.length;
    if (cubes.length === 0)
      return Array.from({ length: this.#options.population }, () =>
        Array.from({ length: n }, () => random.uniform()),
      );
    return walkers.map((walker) => {
      const move = apply(
        factor,
        walker.map(() => random.normal()),
      );
      // Reflected at the walls of the cube: proposals stay symmetric.
      return walker.map((u, j) => mirror(u + scale * move[j]!));
    });
  }

  /** The worst live points die, one after the other; replacements begin their walks at others. */
  #kill(): void {
    const state = this.#state;
    const { batch } = this.#options;
    const random = this.#space.random(2 * state.batches + 1);
    const order = state.values.map((_, i) => i).sort((a, b) => state.values[a]! - state.values[b]! || a - b);
    const dying = order.slice(0, batch);
    dying.forEach((i, k) => {
      const remaining = state.values.length - k;
      // The volume shrinks by exp(−1 / n) on average; the shell in between is the weight.
      const next = state.logVolume - 1 / remaining;
      const logWeight = state.logVolume + Math.log(-Math.expm1(-1 / remaining)) + state.values[i]!;
      state.logVolume = next;
      state.logEvidence = logAdd(state.logEvidence, logWeight);
      state.dead.push(state.cubes[i]!);
      state.deadValues.push(state.values[i]!);
      state.logWeights.push(logWeight);
    });
    state.bound = state.values[dying.at(-1)!]!;
    const rest = order.slice(batch);
    state.cubes = rest.map((i) => state.cubes[i]!);
    state.values = rest.map((i) => state.values[i]!);
    const even = new Array<number>(rest.length).fill(1 / rest.length);
    state.factor = cholesky(covarianceOf(state.cubes, even));
    const from = dying.map(() => random.integer(rest.length));
    state.walkers = from.map((i) => state.cubes[i]!);
    state.walkerValues = from.map((i) => state.values[i]!);
    state.step = 0;
    state.accepted = 0;
  }

  #replace(): void {
    const state = this.#state;
    state.cubes.push(...state.walkers);
    state.values.push(...state.walkerValues);
    const acceptance = state.accepted / (state.walkers.length * this.#options.steps);
    state.scale = Math.min(2.38, state.scale * Math.exp(acceptance - 0.35));
    state.walkers = [];
    state.walkerValues = [];
  }

  #toPoint(cube: readonly number[]): Point {
    return cube.map((u, j) => this.#space.variables[j]!.prior!.quantile(u));
  }
}

/** ln(eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  const [more, less] = a > b ? [a, b] : [b, a];
  return less === -Infinity ? more : more + Math.log1p(Math.exp(less - more));
}

/** Folded back into (0, 1). */
function mirror(u: number): number {
  const turn = Math.abs(u) % 2;
  return Math.min(1 - 2 ** -53, Math.max(2 ** -53, turn <= 1 ? turn : 2 - turn));
}
