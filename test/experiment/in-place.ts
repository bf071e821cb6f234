/** A sampler at work with no run around it: of many seeds on a cheap density, the run would be most of the time. */
import { stream } from 'flotilla/conduit';
import type { Chain, Distribution, Sampler, Value } from 'flotilla/experiment';

export interface Solved extends Chain {
  readonly evaluations: number;
  readonly stopped: string;
  /** Of each variable. */
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

export function solveInPlace(
  priors: readonly Distribution[],
  log: (x: readonly number[]) => Value,
  solver: Sampler,
  seed: number,
): Solved {
  const search = solver.begin({
    variables: priors.map((prior, i) => ({
      name: `x${i}`,
      lower: prior.support[0],
      upper: prior.support[1],
      start: undefined,
      step: undefined,
      granularity: 0,
      prior,
    })),
    constraints: [],
    random: (item) => stream(seed, 'in place', item),
  });
  let evaluations = 0;
  let stopped = search.stopped();
  while (stopped === undefined) {
    const points = search.ask();
    evaluations += points.length;
    search.tell(
      points,
      points.map((x) => log(x)),
    );
    stopped = search.stopped();
  }
  const chain = search.chain();
  const { points } = chain;
  const weights: readonly number[] = chain.weights ?? points.map(() => 1);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const expect = (f: (x: readonly number[]) => number) =>
    points.reduce((sum, x, i) => sum + (weights[i]! / total) * f(x), 0);
  const mean = priors.map((_, j) => expect((x) => x[j]!));
  const sd = priors.map((_, j) => Math.sqrt(expect((x) => (x[j]! - mean[j]!) ** 2)));
  return { ...chain, evaluations, stopped, mean, sd };
}
