import { ExperimentError, stream, type Sample, type Team } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { show } from '../internal/index.ts';
import { COMMON, common, Experiment, type CommonOptions, type Ending } from './experiment.ts';
import { Listing } from './listing.ts';
import { finiteBounds } from './solvers/bounds.ts';
import { describeVariables, searchVariables, toParameters, type Parameters } from './variables.ts';

/** How points lie in each variable's bounds: middles of equal parts, or ends of them; or anywhere, at random. */
export type Rule = 'rectangle' | 'trapezoid' | 'simpson' | 'monteCarlo';

export interface IntegrateOptions<K extends string> extends CommonOptions {
  readonly variables: Readonly<Record<K, { readonly bounds: readonly [number, number] }>>;
  readonly integrand: (
    parameters: Parameters<NoInfer<K>>,
    team: Team,
    sample: Sample,
  ) => number | PromiseLike<number>;
  /** Default 'simpson'. With several variables the points are the product of those of each; 'monteCarlo' has `points` in all. */
  readonly rule?: Rule;
  /** Points of each variable; odd for 'simpson'. Default 101. */
  readonly points?: number;
  /** Points a generation. Default 1000. */
  readonly population?: number;
}

export interface Integral extends Ending {
  readonly value: number;
  /** Standard error, of 'monteCarlo'. */
  readonly error?: number;
}

/** Integrates over a box. Sums are made in the order of the points: the result does not depend on the teams. */
export function integrate<const K extends string>(options: IntegrateOptions<K>): Experiment<Integral> {
  const of = 'integrate';
  check.names(of, options, [...COMMON, 'variables', 'integrand', 'rule', 'points', 'population']);
  const shared = common(of, options);
  const { integrand } = options;
  if (typeof integrand !== 'function') throw new ExperimentError('ERR_OPTION', `${of} needs an integrand`);
  const rule = check.oneOf(of, 'rule', options.rule ?? 'simpson', [
    'rectangle',
    'trapezoid',
    'simpson',
    'monteCarlo',
  ]);
  const points = check.wholeNumber(of, 'points', options.points ?? 101, rule === 'rectangle' ? 1 : 2);
  const population = check.wholeNumber(of, 'population', options.population ?? 1000, 1);
  if (rule === 'simpson' && points % 2 === 0)
    throw new ExperimentError('ERR_OPTION', `${of}: 'simpson' needs an odd number of points, not ${points}`);
  const variables = searchVariables(of, options.variables);
  finiteBounds(of, variables);
  const volume = variables.reduce((product, { lower, upper }) => product * (upper - lower), 1);
  const random = rule === 'monteCarlo';
  const line = random ? [] : nodes(rule, points);
  const total = random ? points : points ** variables.length;
  /** Place and weight in the unit cube. */
  const at = (index: number) => {
    const place = stream(shared.seed, `${shared.name}/points`, index);
    let rest = index;
    let weight = random ? 1 / points : 1;
    const point = variables.map(({ lower, upper }) => {
      const node = random ? { place: place.uniform(), weight: 1 } : line[rest % points]!;
      rest = Math.floor(rest / points);
      weight *= node.weight;
      return lower + node.place * (upper - lower);
    });
    return { point, weight };
  };
  const description = { problem: of, variables: describeVariables(variables), rule, points, population };
  return new Experiment<Integral>(shared, description, {
    variables,
    until: shared.until,
    onError: shared.onError,
    sign: 1,
    lowerIsBetter: false,
    rejected: { value: 0 },
    model: (sample, team) => integrand(toParameters<K>(variables, sample.value as number[]), team, sample),
    known: () => undefined,
    value(result) {
      if (typeof result === 'number' && !Number.isNaN(result)) return { value: result };
      throw new ExperimentError('ERR_MODEL', `the integrand must return a number, not ${show(result)}`);
    },
    begin(state) {
      const search = new Listing(
        total,
        population,
        (index) => at(index).point,
        { sum: 0, squares: 0 },
        (sums, values, first) =>
          values.reduce(({ sum, squares }, { value }, i) => {
            const term = at(first + i).weight * value;
            return { sum: sum + term, squares: squares + term * value };
          }, sums),
        state,
      );
      return {
        search,
        result(ending) {
          const { sum, squares } = search.outcome;
          const error = volume * Math.sqrt(Math.max(0, squares - sum * sum) / points);
          return { ...ending, value: volume * sum, ...(random && { error }) };
        },
      };
    },
  });
}

/** On [0, 1]. M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 25.4.1 to 25.4.6. */
function nodes(rule: Rule, points: number): { place: number; weight: number }[] {
  return Array.from({ length: points }, (_, i) => {
    if (rule === 'rectangle') return { place: (i + 0.5) / points, weight: 1 / points };
    const place = i / (points - 1);
    const end = i === 0 || i === points - 1;
    if (rule === 'trapezoid') return { place, weight: (end ? 0.5 : 1) / (points - 1) };
    return { place, weight: (end ? 1 : i % 2 === 1 ? 4 : 2) / (3 * (points - 1)) };
  });
}
