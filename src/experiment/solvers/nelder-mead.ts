import { check } from '../../conduit/check.ts';
import type { Optimizer, Point, Search, Space, Value } from '../solver.ts';
import { reflect, startAndStep } from './bounds.ts';
import { settled } from './tolerance.ts';

export interface NelderMeadOptions {
  /** Stop when the losses at the corners differ by no more than this share of them; 0: never. Default 1e-12. */
  readonly minImprovement?: number;
  /** Stop when the simplex is smaller, in units of each variable's first step. Default 1e-8. */
  readonly minStep?: number;
}

/** Strict JSON. Lengths in units of each variable's first step, from the start. */
interface State {
  generation: number;
  /** Corners from best to worst. */
  corners: number[][];
  losses: number[];
  /** What the points last asked for are. */
  stage: 'corners' | 'trials' | 'shrink';
}

/**
 * The simplex method of J. A. Nelder and R. Mead, Computer Journal 7 (1965) 308, with the factors for many dimensions of F. Gao and L. Han,
 * Comput. Optim. Appl. 51 (2012) 259. All four points that a step may need (reflection, expansion, both contractions) are evaluated at
 * once: with four teams a step takes the time of one sample. Local, and for a handful of variables.
 */
export function nelderMead(options: NelderMeadOptions = {}): Optimizer {
  const of = 'nelderMead';
  check.names(of, options, ['minImprovement', 'minStep']);
  const { minImprovement = 1e-12, minStep = 1e-8 } = options;
  check.positiveNumber(of, 'minImprovement', minImprovement, -1e-300);
  check.positiveNumber(of, 'minStep', minStep, -1e-300);
  const limits = { minImprovement, minStep };
  return {
    for: 'optimize',
    name: of,
    options: limits,
    begin: (space, state) => new NelderMead(space, limits, state as State | undefined),
  };
}

class NelderMead implements Search {
  readonly #space: Space;
  readonly #limits: Required<NelderMeadOptions>;
  readonly #start: readonly number[];
  readonly #steps: readonly number[];
  #state: State;

  constructor(space: Space, limits: Required<NelderMeadOptions>, state?: State) {
    this.#space = space;
    this.#limits = limits;
    const { start, step } = startAndStep('nelderMead', space.variables);
    this.#start = start;
    this.#steps = step;
    const n = start.length;
    const corners = Array.from({ length: n + 1 }, (_, k) => start.map((_, i) => (i === k - 1 ? 1 : 0)));
    this.#state = state ?? { generation: 0, corners, losses: [], stage: 'corners' };
  }

  get state(): State {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { stage, corners } = this.#state;
    if (stage === 'corners') return corners.map((corner) => this.#toPoint(corner));
    if (stage === 'shrink') return corners.slice(1).map((corner) => this.#toPoint(corner));
    return this.#trials().map((trial) => this.#toPoint(trial));
  }

  tell(_: readonly Point[], values: readonly Value[]): void {
    const { stage, corners, losses } = this.#state;
    const told = values.map(({ value }) => value);
    if (stage === 'corners') this.#sort(corners, told);
    else if (stage === 'shrink') this.#sort(corners, [losses[0]!, ...told]);
    else this.#step(told);
  }

  stopped(): string | undefined {
    const { corners, losses, stage } = this.#state;
    if (stage !== 'trials') return undefined;
    if (settled(losses[0]!, losses.at(-1)!, this.#limits.minImprovement)) return 'minImprovement';
    const size = Math.max(...corners.slice(1).map((corner) => distance(corner, corners[0]!)));
    return size < this.#limits.minStep ? 'minStep' : undefined;
  }

  figures(): Record<string, number> {
    const { corners, losses } = this.#state;
    return { loss: losses[0]!, size: Math.max(...corners.map((corner) => distance(corner, corners[0]!))) };
  }

  /** Reflection, expansion, contraction outside and inside, of the worst corner through the middle of the others. */
  #trials(): number[][] {
    const { corners } = this.#state;
    const n = corners.length - 1;
    const worst = corners[n]!;
    const middle = worst.map((_, i) => corners.slice(0, n).reduce((sum, corner) => sum + corner[i]! / n, 0));
    const factors = [1, n === 1 ? 2 : 1 + 2 / n, contraction(n), -contraction(n)];
    return factors.map((factor) => middle.map((m, i) => m + factor * (m - worst[i]!)));
  }

  #step(told: readonly number[]): void {
    const { corners, losses } = this.#state;
    const n = corners.length - 1;
    const [reflected, expanded, outside, inside] = told as readonly [number, number, number, number];
    const trials = this.#trials();
    const replace = (k: number) =>
      this.#sort([...corners.slice(0, n), trials[k]!], [...losses.slice(0, n), told[k]!]);
    if (reflected < losses[0]!) replace(expanded < reflected ? 1 : 0);
    else if (reflected < losses[n - 1]!) replace(0);
    else if (reflected < losses[n]! && outside <= reflected) replace(2);
    else if (reflected >= losses[n]! && inside < losses[n]!) replace(3);
    else {
      const best = corners[0]!;
      const factor = n === 1 ? 0.5 : 1 - 1 / n;
      const shrunk = corners.map((corner) => corner.map((x, i) => best[i]! + factor * (x - best[i]!)));
      this.#state = { ...this.#state, corners: shrunk, stage: 'shrink' };
    }
  }

  #sort(corners: readonly number[][], losses: readonly number[]): void {
    const order = losses.map((_, i) => i).sort((a, b) => compare(losses[a]!, losses[b]!) || a - b);
    this.#state = {
      generation: this.#state.generation + 1,
      corners: order.map((i) => corners[i]!),
      losses: order.map((i) => losses[i]!),
      stage: 'trials',
    };
  }

  #toPoint(scaled: readonly number[]): Point {
    const { variables } = this.#space;
    return scaled.map((y, i) => reflect(this.#start[i]! + this.#steps[i]! * y, variables[i]!));
  }
}

const contraction = (n: number) => (n === 1 ? 0.5 : 0.75 - 1 / (2 * n));
const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - b[i]!));
const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
