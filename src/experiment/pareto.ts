import { ExperimentError, stream, type Sample, type Team } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { show } from '../internal/index.ts';
import { COMMON, common, Experiment, type CommonOptions, type Ending } from './experiment.ts';
import { hypervolume } from './hypervolume.ts';
import type { FrontOptimizer, Point, Value } from './solver.ts';
import {
  describeVariables,
  searchVariables,
  toParameters,
  type Parameters,
  type SearchVariable,
} from './variables.ts';

/** Numbers by the names of the objectives. */
export type Objectives<O extends string> = Readonly<Record<O, number>>;

export interface ParetoOptions<K extends string, O extends string> extends CommonOptions {
  /** All with bounds. */
  readonly variables: Readonly<Record<K, SearchVariable>>;
  /** The objectives, two or more, and what is wanted of each. */
  readonly goals: Readonly<Record<O, 'minimize' | 'maximize'>>;
  /** Evaluated by a team for each sample; async or not. Infinities are values, NaN is an error. */
  readonly objectives: (
    parameters: Parameters<NoInfer<K>>,
    team: Team,
    sample: Sample,
  ) => Objectives<NoInfer<O>> | PromiseLike<Objectives<NoInfer<O>>>;
  /** Where a point is allowed: each ≤ 0. Cheap functions, evaluated by the engine before the model. */
  readonly constraints?: readonly ((parameters: Parameters<NoInfer<K>>) => number)[];
  /** What is just not worth having, in every objective: the result and the record then have the front's hypervolume. */
  readonly reference?: Objectives<NoInfer<O>>;
  readonly solver: FrontOptimizer;
}

/** A sample of which no other is better in every objective. */
export interface Compromise<K extends string, O extends string> {
  readonly parameters: Parameters<K>;
  readonly objectives: Objectives<O>;
  readonly id: number;
}

/** The result of a search with several objectives. */
export interface ParetoFront<K extends string, O extends string> extends Ending {
  /** From the best to the worst of the first objective. */
  readonly front: readonly Compromise<K, O>[];
  /** Volume that the front dominates up to the reference, where there is one. */
  readonly hypervolume?: number;
}

/** Looks for the compromises between several objectives that nothing is better than in all of them. */
export function pareto<const K extends string, const O extends string>(
  options: ParetoOptions<K, O>,
): Experiment<ParetoFront<K, O>> {
  const of = 'pareto';
  check.names(of, options, [
    ...COMMON,
    'variables',
    'goals',
    'objectives',
    'constraints',
    'reference',
    'solver',
  ]);
  const shared = common(of, options);
  const { objectives, constraints = [], solver } = options;
  if (typeof objectives !== 'function')
    throw new ExperimentError('ERR_OPTION', `${of} needs a function objectives`);
  const listed: unknown = constraints;
  if (!Array.isArray(listed) || !listed.every((each) => typeof each === 'function'))
    throw new ExperimentError('ERR_OPTION', `${of}: constraints must be a list of functions`);
  if ((solver as { for?: string } | undefined)?.for !== 'pareto')
    throw new ExperimentError('ERR_OPTION', `${of} needs a solver such as nsga2()`);
  if (shared.until.target !== undefined)
    throw new ExperimentError('ERR_OPTION', `${of}: until.target is for one objective`);
  const { names, signs } = readGoals(of, options.goals);
  const reference = options.reference && readNumbers(of, 'reference', options.reference, names);
  const variables = searchVariables(of, options.variables);
  const limits = constraints.map((each) => (point: Point) => each(toParameters<K>(variables, point)));
  /** As a solver is told them: all to be minimised. */
  const signed = (numbers: readonly number[]) => numbers.map((x, j) => signs[j]! * x);
  const worst = Object.fromEntries(names.map((name, j) => [name, signs[j]! * Infinity]));
  const space = {
    variables,
    constraints: limits,
    random: (item: number) => stream(shared.seed, `${shared.name}/solver`, item),
    // What `value` has made, or a record has kept, of a model's result.
    objectives: ({ output }: Value) => signed(names.map((name) => (output as Objectives<string>)[name]!)),
    ...(reference && { reference: signed(reference) }),
  };
  // Begun once here, so that a solver that cannot work in this space is refused before anything runs.
  solver.begin(space);
  const description = {
    problem: of,
    goals: options.goals,
    variables: describeVariables(variables),
    constraints: constraints.length,
    reference: options.reference ?? null,
    solver: { name: solver.name, ...solver.options },
  };
  return new Experiment<ParetoFront<K, O>>(shared, description, {
    variables,
    until: shared.until,
    onError: shared.onError,
    sign: 1,
    lowerIsBetter: undefined,
    rejected: { value: 0, output: worst },
    model: (sample, team) => objectives(toParameters<K>(variables, sample.value as Point), team, sample),
    known: (point) =>
      limits.some((limit) => !(limit(point) <= 0)) ? { value: 0, output: worst } : undefined,
    value(result) {
      const found = readNumbers('the model', 'objectives', result, names, 'ERR_MODEL');
      return { value: 0, output: named(names, found) };
    },
    begin(state) {
      const search = solver.begin(space, state);
      return {
        search,
        result(ending) {
          const front = [...search.front()].sort(
            (a, b) => a.objectives[0]! - b.objectives[0]! || a.id - b.id,
          );
          return {
            ...ending,
            front: front.map(({ id, point, objectives }) => ({
              parameters: toParameters<K>(variables, point),
              objectives: named(names, signed(objectives)) as Objectives<O>,
              id,
            })),
            ...(space.reference && {
              hypervolume: hypervolume(
                front.map((each) => each.objectives),
                space.reference,
              ),
            }),
          };
        },
      };
    },
  });
}

/** Names of the objectives, and what each is multiplied by to be minimised. */
function readGoals(of: string, goals: unknown): { names: string[]; signs: (1 | -1)[] } {
  const entries = typeof goals === 'object' && goals !== null ? Object.entries(goals) : [];
  if (entries.length < 2)
    throw new ExperimentError(
      'ERR_OPTION',
      `${of} needs goals for two objectives or more, such as { cost: 'minimize', yield: 'maximize' }`,
    );
  const signs = entries.map(([name, goal]) =>
    check.oneOf(of, `goals.${name}`, goal, ['minimize', 'maximize']) === 'minimize' ? 1 : -1,
  );
  return { names: entries.map(([name]) => name), signs };
}

/** A number for each objective and nothing else. */
function readNumbers(
  of: string,
  what: string,
  given: unknown,
  names: readonly string[],
  code: 'ERR_OPTION' | 'ERR_MODEL' = 'ERR_OPTION',
): number[] {
  const numbers = names.map((name) => (given as Readonly<Record<string, unknown>> | null)?.[name]);
  const known = new Set(names);
  const others =
    typeof given === 'object' && given !== null && Object.keys(given).some((key) => !known.has(key));
  if (!others && numbers.every((each): each is number => typeof each === 'number' && !Number.isNaN(each)))
    return numbers;
  throw new ExperimentError(
    code,
    `${of}: ${what} must be a number for each of ${names.join(', ')}, not ${show(given)}`,
  );
}

/** −0 is no result anybody wants to see. */
const named = (names: readonly string[], numbers: readonly number[]): Objectives<string> =>
  Object.fromEntries(names.map((name, j) => [name, numbers[j]! + 0]));
