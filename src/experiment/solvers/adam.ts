import { check } from '../../conduit/check.ts';
import type { Optimizer } from '../solver.ts';
import { beginDescents, SPREAD, type Method, type Scaled } from './descents.ts';
import { DESIGNS, type Design } from './designs.ts';

export interface AdamOptions {
  /** Length of a step, in units of each variable's first step. Default 0.05. */
  readonly rate?: number;
  /** Share of the gradient's mean, and of its mean square, that is kept from step to step. Defaults 0.9 and 0.999. */
  readonly momentum?: number;
  readonly memory?: number;
  /** Steps in all, over which the rate falls to zero along a cosine. Default 1000. */
  readonly steps?: number;
  /** Descents side by side, from several starts: so many evaluations at once. Default 1. */
  readonly starts?: number;
  /** How the other starts are spread over the bounds. Default 'sobol' up to 21 variables, 'latin' above. */
  readonly spread?: Design;
}

/** Strict JSON. */
interface Descent {
  x: number[];
  mean: number[];
  square: number[];
  steps: number;
}

/**
 * Adam, for objectives that return { value, gradient } with noise, such as of a part of the data: D. P. Kingma and J. Ba, ICLR 2015,
 * arXiv:1412.6980. The rate falls along a cosine (I. Loshchilov and F. Hutter, ICLR 2017), so that the last steps settle. For gradients
 * without noise `lbfgsb` needs far fewer.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const of = 'adam';
  check.names(of, options, ['rate', 'momentum', 'memory', 'steps', 'starts', 'spread']);
  const { rate = 0.05, momentum = 0.9, memory = 0.999, steps = 1000, starts = 1 } = options;
  check.positiveNumber(of, 'rate', rate);
  check.share(of, 'momentum', momentum);
  check.share(of, 'memory', memory);
  check.wholeNumber(of, 'steps', steps, 1);
  check.wholeNumber(of, 'starts', starts, 1);
  const spread =
    options.spread === undefined ? undefined : check.oneOf(of, 'spread', options.spread, DESIGNS);
  const rates = { rate, momentum, memory, steps };
  return {
    for: 'optimize',
    name: of,
    options: { ...rates, starts, spread: spread ?? SPREAD },
    begin: beginDescents(of, starts, spread, (bounds) => method(bounds, rates)),
  };
}

function method(
  { lower, upper }: Scaled,
  { rate, momentum, memory, steps }: Required<Omit<AdamOptions, 'starts' | 'spread'>>,
): Method<Descent> {
  return {
    begin: (x) => ({ x, mean: x.map(() => 0), square: x.map(() => 0), steps: 0 }),
    next: ({ x }) => x,
    // The place after the last step is evaluated too.
    stopped: ({ steps: done }) => (done > steps ? 'steps' : undefined),
    take(state, _, gradient) {
      const t = ++state.steps;
      const length = (rate * (1 + Math.cos((Math.PI * Math.min(t - 1, steps)) / steps))) / 2;
      gradient.forEach((g, i) => {
        const mean = (state.mean[i] = momentum * state.mean[i]! + (1 - momentum) * g);
        const square = (state.square[i] = memory * state.square[i]! + (1 - memory) * g * g);
        const deviation = Math.sqrt(square / (1 - memory ** t));
        if (deviation === 0) return;
        const step = (length * mean) / (1 - momentum ** t) / deviation;
        state.x[i] = Math.min(upper[i]!, Math.max(lower[i]!, state.x[i]! - step));
      });
    },
  };
}
