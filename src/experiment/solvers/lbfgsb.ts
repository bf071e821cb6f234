import { check } from '../../conduit/check.ts';
import type { Optimizer } from '../solver.ts';
import { beginDescents, SPREAD, type Method, type Scaled } from './descents.ts';
import { DESIGNS, type Design } from './designs.ts';
import { settled } from './tolerance.ts';

export interface LbfgsbOptions {
  /** Descents side by side, from several starts: so many evaluations at once. The first begins where the variables say. Default 1. */
  readonly starts?: number;
  /** How the other starts are spread over the bounds. Default 'sobol' up to 21 variables, 'latin' above. */
  readonly spread?: Design;
  /** Steps that the curvature is taken from. Default 10. */
  readonly memory?: number;
  /** Stop when a step changes the loss by no more than this share of it; 0: never. Default 1e-12. */
  readonly minImprovement?: number;
  /** Stop when a step is shorter, in units of each variable's first step. Default 1e-12. */
  readonly minStep?: number;
}

/** Strict JSON. Lengths in units of the variables' first steps. */
interface Descent {
  x: number[];
  loss: number | null;
  gradient: number[];
  /** Steps and changes of the gradient, the latest last. */
  pairs: { s: number[]; y: number[] }[];
  direction: number[];
  /** Share of the direction that is tried. */
  share: number;
  tries: number;
  stopped: string | null;
}

/** Least decrease, as a share of what the slope promises. */
const ARMIJO = 1e-4;
const MOST_TRIES = 30;

/**
 * Limited-memory BFGS within bounds, for objectives that return { value, gradient }. The curvature is that of D. C. Liu and J. Nocedal, Math.
 * Programming 45 (1989) 503; variables that push against their bounds are left out, and steps are bent along the bounds, as in D. P.
 * Bertsekas, SIAM J. Control Optim. 20 (1982) 221. Local; `starts` looks from several places.
 */
export function lbfgsb(options: LbfgsbOptions = {}): Optimizer {
  const of = 'lbfgsb';
  check.names(of, options, ['starts', 'spread', 'memory', 'minImprovement', 'minStep']);
  const { starts = 1, memory = 10, minImprovement = 1e-12, minStep = 1e-12 } = options;
  check.wholeNumber(of, 'starts', starts, 1);
  check.wholeNumber(of, 'memory', memory, 1);
  check.positiveNumber(of, 'minImprovement', minImprovement, -1e-300);
  check.positiveNumber(of, 'minStep', minStep, -1e-300);
  const spread =
    options.spread === undefined ? undefined : check.oneOf(of, 'spread', options.spread, DESIGNS);
  const limits = { memory, minImprovement, minStep };
  return {
    for: 'optimize',
    name: of,
    options: { starts, spread: spread ?? SPREAD, ...limits },
    begin: beginDescents(of, starts, spread, (bounds) => method(bounds, limits)),
  };
}

function method(
  { lower, upper }: Scaled,
  { memory, minImprovement, minStep }: Required<Pick<LbfgsbOptions, 'memory' | 'minImprovement' | 'minStep'>>,
): Method<Descent> {
  const within = (x: readonly number[]) => x.map((each, i) => Math.min(upper[i]!, Math.max(lower[i]!, each)));
  const trial = ({ x, direction, share }: Descent) =>
    within(x.map((each, i) => each + share * direction[i]!));
  const turn = (state: Descent) => {
    const { x, gradient: g, pairs } = state;
    const free = x.map((each, i) => !((each <= lower[i]! && g[i]! > 0) || (each >= upper[i]! && g[i]! < 0)));
    state.direction = directionOf(g, pairs, free);
    const length = Math.hypot(...state.direction);
    // Nothing is known of the curvature: a step of the length that the variables say.
    state.share = pairs.length > 0 || length === 0 ? 1 : Math.min(1, 1 / length);
    state.tries = 0;
    if (length === 0) state.stopped = 'minStep';
  };
  return {
    begin: (x) => ({
      x,
      loss: null,
      gradient: [],
      pairs: [],
      direction: x.map(() => 0),
      share: 1,
      tries: 0,
      stopped: null,
    }),
    next: trial,
    stopped: ({ stopped }) => stopped ?? undefined,
    take(state, loss, gradient) {
      if (state.loss === null) {
        if (!(loss < Infinity)) state.stopped = 'infinite loss';
        Object.assign(state, { loss, gradient: [...gradient] });
        if (state.stopped === null) turn(state);
        return;
      }
      const to = trial(state);
      const s = to.map((each, i) => each - state.x[i]!);
      const slope = dot(s, state.gradient);
      if (!(loss <= state.loss + ARMIJO * slope) || !(loss < Infinity)) {
        if (++state.tries >= MOST_TRIES || Math.max(...s.map(Math.abs)) < minStep) {
          // A curvature that has led nowhere is forgotten once.
          if (state.pairs.length === 0) state.stopped = 'minStep';
          else {
            state.pairs = [];
            turn(state);
          }
          return;
        }
        // The minimum of the parabola through both values and the slope.
        const parabola = -slope / (2 * (loss - state.loss - slope));
        state.share *= Number.isFinite(parabola) ? Math.min(0.5, Math.max(0.1, parabola)) : 0.1;
        return;
      }
      const y = gradient.map((each, i) => each - state.gradient[i]!);
      // Only steps along which the slope grows tell a curvature.
      if (dot(s, y) > 1e-10 * dot(y, y)) state.pairs = [...state.pairs, { s, y }].slice(-memory);
      const before = state.loss;
      Object.assign(state, { x: to, loss, gradient: [...gradient] });
      if (loss === -Infinity || settled(loss, before, minImprovement)) state.stopped = 'minImprovement';
      else if (Math.max(...s.map(Math.abs)) < minStep) state.stopped = 'minStep';
      else turn(state);
    },
  };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** −H g over the free variables: two loops over the pairs (J. Nocedal, Math. Comput. 35 (1980) 773). */
function directionOf(
  gradient: readonly number[],
  pairs: readonly { s: readonly number[]; y: readonly number[] }[],
  free: readonly boolean[],
): number[] {
  const masked = (v: readonly number[]) => v.map((x, i) => (free[i] ? x : 0));
  const q = masked(gradient);
  const usable = pairs
    .map(({ s, y }) => ({ s: masked(s), y: masked(y) }))
    .map((pair) => ({ ...pair, sy: dot(pair.s, pair.y) }))
    .filter(({ sy, y }) => sy > 1e-10 * dot(y, y));
  const shares: number[] = [];
  for (const { s, y, sy } of [...usable].reverse()) {
    const a = dot(s, q) / sy;
    shares.push(a);
    y.forEach((each, i) => (q[i]! -= a * each));
  }
  const last = usable.at(-1);
  const scale = last ? last.sy / dot(last.y, last.y) : 1;
  q.forEach((each, i) => (q[i] = scale * each));
  for (const { s, y, sy } of usable) {
    const b = dot(y, q) / sy;
    const a = shares.pop()!;
    s.forEach((each, i) => (q[i]! += (a - b) * each));
  }
  const down = q.map((x) => -x);
  return dot(down, gradient) < 0 ? down : masked(gradient).map((x) => -x);
}
