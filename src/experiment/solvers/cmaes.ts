import { ExperimentError, type Random } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Optimizer, Point, Search, Space, Value } from '../solver.ts';
import { reflect, startAndStep } from './bounds.ts';
import { Restarts, type Outset, type RestartState, type Run } from './cmaes-restarts.ts';
import { follow, updateCovariance } from './cmaes-covariance.ts';
import { strategy, type Strategy } from './cmaes-strategy.ts';
import { settled } from './tolerance.ts';
import { centre, widen, wholesOf, type Whole } from './cmaes-wholes.ts';
import {
  addOuter,
  conditionOf,
  factorOf,
  identity,
  multiply,
  solve,
  squareUnder,
  variance,
} from './triangle.ts';

export interface CmaesOptions {
  /** Samples a generation. Default: 4 + ⌊3 ln n⌋. Larger ones search more globally. */
  readonly population?: number;
  /** Stop when the best losses of the last generations differ by no more than this share of them; 0: never. Default 1e-12. */
  readonly minImprovement?: number;
  /** Stop when every standard deviation is below this share of the variable's first step. Default 1e-12. */
  readonly minStep?: number;
  /** Stop when the axes of the search ellipsoid differ by more, squared. Default 1e14. */
  readonly maxCondition?: number;
  /**
   * Search again from elsewhere when a run has ended: 'ipop' with twice the population each time, a number for so many such restarts,
   * 'bipop' with runs of small populations in between, which are given as many evaluations. Until a limit is reached, at most 9
   * doublings. Default 0: a single run.
   */
  readonly restarts?: 'ipop' | 'bipop' | number;
}

/** Strict JSON. Lengths are in units of each variable's first step. */
export interface CmaesState {
  generation: number;
  mean: number[];
  sigma: number;
  /** The lower triangle, row by row. */
  covariance: number[];
  /** Of the covariance, when it was last looked at. */
  condition: number;
  pathSigma: number[];
  pathCovariance: number[];
  /** Faded directions in which each constraint has been violated. */
  violations: number[][];
  /** Best loss of each of the last generations. */
  history: number[];
}

/**
 * Evolution of a normal distribution whose covariance follows the successful steps. N. Hansen, "The CMA Evolution Strategy: A
 * Tutorial", arXiv:1604.00772 (2016), with active (negative) weights; bounds by reflection. The root of the covariance is its Cholesky
 * factor instead of the symmetric one: as good a search, at a small part of an eigendecomposition's cost; O. Krause, D. R. Arbonès and
 * C. Igel, "CMA-ES with Optimal Covariance Update and Storage Complexity", NIPS 2016. Constraints: samples that violate one are drawn
 * again, and the covariance shrinks along the directions of violation: D. V. Arnold and N. Hansen, "A (1+1)-CMA-ES for constrained
 * optimisation", GECCO 2012.
 */
export function cmaes(options: CmaesOptions = {}): Optimizer {
  const of = 'cmaes';
  check.names(of, options, ['population', 'minImprovement', 'minStep', 'maxCondition', 'restarts']);
  const { minImprovement = 1e-12, minStep = 1e-12, maxCondition = 1e14 } = options;
  if (options.population !== undefined) check.wholeNumber(of, 'population', options.population, 2);
  check.positiveNumber(of, 'minImprovement', minImprovement, -1e-300);
  check.positiveNumber(of, 'minStep', minStep, -1e-300);
  check.positiveNumber(of, 'maxCondition', maxCondition, 1);
  const limits = { minImprovement, minStep, maxCondition };
  const { restarts = 0 } = options;
  if (typeof restarts === 'number') check.wholeNumber(of, 'restarts', restarts, 0);
  else check.oneOf(of, 'restarts', restarts, ['ipop', 'bipop']);
  return {
    for: 'optimize',
    name: of,
    options: { population: options.population ?? '4 + floor(3 ln n)', ...limits, restarts },
    begin(space, state, trail) {
      const population = options.population ?? 4 + Math.floor(3 * Math.log(space.variables.length));
      const run = (own: Space, lambda: number, from?: CmaesState | Outset) =>
        new Cmaes(own, strategy(own.variables.length, lambda), limits, from);
      // Of a search like this one, checked by its fingerprint.
      return restarts === 0
        ? run(space, population, state as CmaesState | undefined)
        : new Restarts(space, population, restarts, run, state as RestartState | undefined, trail as Run[]);
    },
  };
}

type Limits = Required<Omit<CmaesOptions, 'population' | 'restarts'>>;

interface Drawn {
  covariance: ArrayLike<number>;
  /** The Cholesky factor of the covariance. */
  factor: Float64Array;
  violations: number[][];
}

/** Rounds of drawing infeasible samples again before the rest are given up for this generation. */
const ROUNDS = 200;
const TRIES = 100_000;

class Cmaes implements Search {
  readonly #space: Space;
  readonly #strategy: Strategy;
  readonly #limits: Limits;
  readonly #steps: readonly number[];
  readonly #origin: readonly number[];
  readonly #wholes: readonly Whole[];
  #state: CmaesState;
  /** Steps from the mean in units of sigma, of the samples last proposed. */
  #offspring: readonly Float64Array[] = [];
  /** What they were drawn with, and what constraints have changed of it meanwhile. */
  #drawn: Drawn | undefined;

  constructor(space: Space, strategy: Strategy, limits: Limits, from?: CmaesState | Outset) {
    this.#space = space;
    this.#strategy = strategy;
    this.#limits = limits;
    const { start, step } = startAndStep('cmaes', space.variables);
    this.#origin = start;
    this.#steps = step;
    this.#wholes = wholesOf(space.variables, start, step);
    this.#state = from === undefined || 'point' in from ? this.#first(from) : from;
  }

  get state(): CmaesState {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { generation, covariance, violations } = this.#state;
    const { population } = this.#strategy;
    const n = this.#steps.length;
    const random = this.#space.random(generation + 1);
    const drawn: Drawn = { covariance, factor: factorOf(covariance, n), violations };
    this.#drawn = drawn;
    const offspring = Array.from({ length: population }, () => this.#draw(random, drawn));
    for (let round = 0; this.#space.constraints.length > 0 && round < ROUNDS; round++) {
      const bad = this.#violating(offspring);
      if (bad.size === 0) break;
      this.#shrink(drawn, offspring, bad);
      for (const i of bad.keys()) offspring[i] = this.#draw(random, drawn);
    }
    // Whatever is still not allowed stays at the mean, which is.
    if (this.#space.constraints.length > 0)
      for (const i of this.#violating(offspring).keys()) offspring[i] = new Float64Array(n);
    this.#offspring = offspring;
    return offspring.map((y) => this.#toPoint(y));
  }

  tell(_: readonly Point[], values: readonly Value[]): void {
    const old = this.#state;
    const s = this.#strategy;
    const n = old.mean.length;
    const { covariance, factor, violations } = this.#drawn!;
    // Ties keep the order in which they were drawn.
    const order = values
      .map((_, i) => i)
      .sort((a, b) => difference(values[a]!.value, values[b]!.value) || a - b);
    const sorted = order.map((i) => this.#offspring[i]!);
    centre(this.#wholes, old, sorted, s.weights);
    const step = old.mean.map((_, i) =>
      s.weights.reduce((sum, w, k) => (w > 0 ? sum + w * sorted[k]![i]! : sum), 0),
    );
    const mean = old.mean.map((m, i) => m + old.sigma * step[i]!);
    const white = solve(factor, Float64Array.from(step));
    const grow = Math.sqrt(s.cSigma * (2 - s.cSigma) * s.muEff);
    const pathSigma = old.pathSigma.map((p, i) => (1 - s.cSigma) * p + grow * white[i]!);
    const norm = Math.hypot(...pathSigma);
    const faded = 1 - (1 - s.cSigma) ** (2 * (old.generation + 1));
    const stalled = norm / Math.sqrt(faded) >= (1.4 + 2 / (n + 1)) * s.expectedNorm;
    const push = stalled ? 0 : Math.sqrt(s.cC * (2 - s.cC) * s.muEff);
    const pathCovariance = old.pathCovariance.map((p, i) => (1 - s.cC) * p + push * step[i]!);
    const updated = updateCovariance(covariance, factor, s, pathCovariance, sorted, stalled);
    const generation = old.generation + 1;
    const sigma = old.sigma * Math.exp(Math.min(1, (s.cSigma / s.dSigma) * (norm / s.expectedNorm - 1)));
    widen(this.#wholes, sigma, updated, s);
    const best = values[order[0]!]!.value;
    this.#state = {
      generation,
      mean,
      sigma,
      covariance: updated,
      condition: generation % s.conditionEvery === 0 ? conditionOf(updated, n) : old.condition,
      pathSigma: follow(pathSigma, factor, factorOf(updated, n)),
      pathCovariance,
      violations,
      history: [...old.history, best].slice(-s.historyLength),
    };
    const { history } = this.#state;
    if (history.length === s.historyLength && history.every((each) => each === Infinity))
      throw new ExperimentError(
        'ERR_MODEL',
        `cmaes: the objective is infinitely bad at every sample of ${history.length} generations`,
      );
  }

  stopped(): string | undefined {
    const { generation, sigma, covariance, condition, history } = this.#state;
    if (generation === 0) return undefined;
    const { minStep, minImprovement, maxCondition } = this.#limits;
    const still = (_: number, i: number) =>
      this.#wholes.some(({ index }) => index === i) || sigma * Math.sqrt(variance(covariance, i)) < minStep;
    if (this.#wholes.length < this.#steps.length && this.#steps.every(still)) return 'minStep';
    if (condition > maxCondition) return 'maxCondition';
    const full = history.length === this.#strategy.historyLength;
    // As good as can be.
    if (history.at(-1) === -Infinity) return 'minImprovement';
    const flat = full && settled(Math.min(...history), Math.max(...history), minImprovement);
    return flat ? 'minImprovement' : undefined;
  }

  figures(): Record<string, number> {
    const { sigma, condition, history } = this.#state;
    return { loss: history.at(-1) ?? NaN, sigma, condition };
  }

  #first(outset?: Outset): CmaesState {
    const n = this.#steps.length;
    const mean = this.#feasibleStart(outset?.point ?? this.#origin);
    const zeros = new Array<number>(n).fill(0);
    return {
      generation: 0,
      mean,
      sigma: outset?.sigma ?? 1,
      covariance: identity(n),
      condition: 1,
      pathSigma: zeros,
      pathCovariance: zeros,
      violations: this.#space.constraints.map(() => zeros),
      history: [],
    };
  }

  /** The start, or, where that is not allowed, the first of random points within the bounds that is. */
  #feasibleStart(from: readonly number[]): number[] {
    const { variables, constraints } = this.#space;
    const random = this.#space.random(0);
    let point = [...from];
    for (let tries = 0; !constraints.every((each) => each(point) <= 0); tries++) {
      if (tries === TRIES)
        throw new ExperimentError(
          'ERR_OPTION',
          `cmaes: no point within the bounds satisfies the constraints`,
        );
      point = variables.map(({ lower, upper }, i) =>
        upper - lower < Infinity
          ? lower + random.uniform() * (upper - lower)
          : this.#origin[i]! + 3 * this.#steps[i]! * random.normal(),
      );
    }
    return point.map((x, i) => (x - this.#origin[i]!) / this.#steps[i]!);
  }

  /** Where a step from the mean leads. */
  #toPoint(y: Float64Array): Point {
    const { mean, sigma } = this.#state;
    const origin = this.#origin;
    const steps = this.#steps;
    return this.#space.variables.map((variable, i) =>
      reflect(origin[i]! + steps[i]! * (mean[i]! + sigma * y[i]!), variable),
    );
  }

  #draw(random: Random, { factor }: Drawn): Float64Array {
    const y = new Float64Array(this.#steps.length);
    for (let i = 0; i < y.length; i++) y[i] = random.normal();
    multiply(factor, y);
    return y;
  }

  /** Which offspring violate which constraints. */
  #violating(offspring: readonly Float64Array[]): Map<number, number[]> {
    const found = new Map<number, number[]>();
    offspring.forEach((y, i) => {
      const point = this.#toPoint(y);
      const broken = this.#space.constraints.flatMap((each, j) => (each(point) <= 0 ? [] : [j]));
      if (broken.length > 0) found.set(i, broken);
    });
    return found;
  }

  /** Arnold and Hansen's update, with A the square root of the covariance: A ← A − β/m Σ v wᵀ / |w|², w = A⁻¹ v. */
  #shrink(drawn: Drawn, offspring: readonly Float64Array[], bad: Map<number, number[]>): void {
    const n = this.#steps.length;
    const fade = 1 / (n + 2);
    const beta = 0.1 / (n + 2);
    drawn.violations = drawn.violations.map((v) => [...v]);
    const covariance = Float64Array.from(drawn.covariance);
    drawn.covariance = covariance;
    for (const [i, broken] of bad) {
      for (const j of broken) {
        const v = drawn.violations[j]!;
        for (let k = 0; k < n; k++) v[k] = (1 - fade) * v[k]! + fade * offspring[i]![k]!;
        const b = beta / broken.length;
        const along = Float64Array.from(v);
        addOuter(covariance, [[(b * b - 2 * b) / squareUnder(drawn.factor, along), along]]);
      }
      drawn.factor = factorOf(covariance, n);
    }
  }
}

/** Infinities are equal to themselves. */
const difference = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
