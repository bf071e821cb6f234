import { ExperimentError, stream, type Sample, type Team } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { show } from '../internal/index.ts';
import { COMMON, common, Experiment, type CommonOptions, type Ending } from './experiment.ts';
import { readGradient } from './gradient.ts';
import type { Optimizer, Point, Value } from './solver.ts';
import {
  describeVariables,
  searchVariables,
  toParameters,
  type Parameters,
  type SearchVariable,
} from './variables.ts';

/** What an objective returns: a number, with its derivatives by the parameters for solvers that use them. */
export type Objective<K extends string> =
  number | { readonly value: number; readonly gradient: Readonly<Record<K, number>> };

export interface OptimizeOptions<K extends string> extends CommonOptions {
  readonly variables: Readonly<Record<K, SearchVariable>>;
  /** Evaluated by a team for each sample; async or not. +∞ and −∞ are values, NaN is an error. */
  readonly objective: (
    parameters: Parameters<K>,
    team: Team,
    sample: Sample,
  ) => Objective<K> | PromiseLike<Objective<K>>;
  /** Default 'minimize'. */
  readonly goal?: 'minimize' | 'maximize';
  /** Where a point is allowed: each ≤ 0. Cheap functions, evaluated by the engine before the model. */
  readonly constraints?: readonly ((parameters: Parameters<NoInfer<K>>) => number)[];
  readonly solver: Optimizer;
}

/** The result of an optimization. */
export interface Optimum<K extends string> extends Ending {
  /** The best sample; undefined when none has been evaluated. */
  readonly best:
    { readonly parameters: Parameters<K>; readonly value: number; readonly id: number } | undefined;
}

/** Looks for the parameters at which an objective is smallest, or largest. */
export function optimize<const K extends string>(options: OptimizeOptions<K>): Experiment<Optimum<K>> {
  const of = 'optimize';
  check.names(of, options, [...COMMON, 'variables', 'objective', 'goal', 'constraints', 'solver']);
  const shared = common(of, options);
  const { objective, constraints = [], solver } = options;
  const goal = check.oneOf(of, 'goal', options.goal ?? 'minimize', ['minimize', 'maximize']);
  if (typeof objective !== 'function') throw new ExperimentError('ERR_OPTION', `${of} needs an objective`);
  const listed: unknown = constraints;
  if (!Array.isArray(listed) || !listed.every((each) => typeof each === 'function'))
    throw new ExperimentError('ERR_OPTION', `${of}: constraints must be a list of functions`);
  if ((solver as { for?: string } | undefined)?.for !== 'optimize')
    throw new ExperimentError('ERR_OPTION', `${of} needs a solver such as cmaes()`);
  const variables = searchVariables(of, options.variables);
  const names = variables.map(({ name }) => name);
  const sign = goal === 'minimize' ? 1 : -1;
  const limits = constraints.map((each) => (point: Point) => each(toParameters<K>(variables, point)));
  const space = {
    variables,
    constraints: limits,
    random: (item: number) => stream(shared.seed, `${shared.name}/solver`, item),
  };
  // Begun once here, so that a solver that cannot work in this space is refused before anything runs.
  solver.begin(space);
  const description = {
    problem: of,
    goal,
    variables: describeVariables(variables),
    constraints: constraints.length,
    solver: { name: solver.name, ...solver.options },
  };
  return new Experiment(shared, description, {
    variables,
    until: shared.until,
    onError: shared.onError,
    sign,
    lowerIsBetter: true,
    rejected: { value: Infinity },
    model: (sample, team) => objective(toParameters<K>(variables, sample.value as Point), team, sample),
    known: (point) => (limits.some((limit) => !(limit(point) <= 0)) ? { value: Infinity } : undefined),
    value(result) {
      const { value, gradient } =
        typeof result === 'object' && result !== null ? (result as Partial<Value>) : { value: result };
      if (typeof value !== 'number' || Number.isNaN(value))
        throw new ExperimentError('ERR_MODEL', `the objective must return a number, not ${show(result)}`);
      if (gradient === undefined) return { value: sign * value };
      return { value: sign * value, gradient: readGradient(gradient, names).map((each) => sign * each) };
    },
    begin: (state, trail) => ({
      search: solver.begin(space, state, trail),
      result: (ending, best) => ({
        ...ending,
        best: best
          ? {
              parameters: toParameters<K>(variables, best.point),
              value: plusZero(sign * best.value),
              id: best.id,
            }
          : undefined,
      }),
    }),
  });
}

/** −0 is no result anybody wants to see. */
const plusZero = (x: number) => x + 0;
