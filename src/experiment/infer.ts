import { ExperimentError, stream, type Sample, type Team } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { show } from '../internal/index.ts';
import { COMMON, common, Experiment, type CommonOptions } from './experiment.ts';
import { readGradient } from './gradient.ts';
import type { Likelihood } from './likelihood.ts';
import { summarize, type Posterior } from './posterior.ts';
import { explain } from './warnings.ts';
import type { Point, Sampler, Value } from './solver.ts';
import {
  describeVariables,
  priorVariables,
  toParameters,
  type Parameters,
  type PriorVariable,
} from './variables.ts';

/** A logarithm of a likelihood, with its derivatives by the parameters for solvers that use them. */
export type LogLikelihood<K extends string> =
  number | { readonly value: number; readonly gradient: Parameters<K> };

interface Inference<K extends string> extends CommonOptions {
  readonly variables: Readonly<Record<K, PriorVariable>>;
  readonly solver: Sampler;
}

/** Bayesian inference with a likelihood of one's own. */
export interface InferOptions<K extends string> extends Inference<K> {
  /** ln p(data | parameters). −∞ is a value; +∞ and NaN are errors. */
  readonly logLikelihood: (
    parameters: Parameters<NoInfer<K>>,
    team: Team,
    sample: Sample,
  ) => LogLikelihood<K> | PromiseLike<LogLikelihood<K>>;
}

/** Bayesian inference from reference data. */
export interface FitOptions<K extends string, P> extends Inference<K> {
  /** The data, and how they scatter about what the model predicts: `normalData(…)` and its kin. */
  readonly likelihood: Likelihood<P>;
  /** What the parameters predict for the data. */
  readonly model: (parameters: Parameters<NoInfer<K>>, team: Team, sample: Sample) => P | PromiseLike<P>;
}

/** Samples the posterior of parameters: prior × likelihood, and with some solvers the evidence. */
export function infer<const K extends string>(options: InferOptions<K>): Experiment<Posterior<K>>;
export function infer<const K extends string, P>(options: FitOptions<K, P>): Experiment<Posterior<K>>;
export function infer<const K extends string, P>(
  options: InferOptions<K> | FitOptions<K, P>,
): Experiment<Posterior<K>> {
  const of = 'infer';
  if ('likelihood' in options) {
    check.names(of, options, [...COMMON, 'variables', 'solver', 'likelihood', 'model']);
    const { likelihood, model } = options;
    if (
      typeof (likelihood as { log?: unknown } | undefined)?.log !== 'function' ||
      typeof model !== 'function'
    )
      throw new ExperimentError('ERR_OPTION', `${of} needs a likelihood such as normalData(…), and a model`);
    return make(of, options, likelihood.description, async (parameters, team, sample) => {
      const predicted = await model(parameters, team, sample);
      // Only the leader's result counts, and only it is looked at.
      return team.comm.rank === 0 ? likelihood.log(predicted) : 0;
    });
  }
  check.names(of, options, [...COMMON, 'variables', 'solver', 'logLikelihood']);
  if (typeof options.logLikelihood !== 'function')
    throw new ExperimentError('ERR_OPTION', `${of} needs a logLikelihood, or a likelihood and a model`);
  return make(of, options, { likelihood: 'custom' }, options.logLikelihood);
}

function make<K extends string>(
  of: string,
  options: Inference<K>,
  likelihood: Readonly<Record<string, unknown>>,
  logLikelihood: InferOptions<K>['logLikelihood'],
): Experiment<Posterior<K>> {
  const shared = common(of, options);
  const { solver } = options;
  if ((solver as { for?: string } | undefined)?.for !== 'sample')
    throw new ExperimentError('ERR_OPTION', `${of} needs a solver such as tmcmc()`);
  const variables = priorVariables(of, options.variables);
  const names = variables.map(({ name }) => name);
  const space = {
    variables,
    constraints: [],
    random: (item: number) => stream(shared.seed, `${shared.name}/solver`, item),
  };
  solver.begin(space);
  const description = {
    problem: of,
    variables: describeVariables(variables),
    likelihood,
    solver: { name: solver.name, ...solver.options },
  };
  return new Experiment<Posterior<K>>(shared, description, {
    variables,
    until: shared.until,
    onError: shared.onError,
    sign: 1,
    lowerIsBetter: false,
    rejected: { value: -Infinity },
    model: (sample, team) => logLikelihood(toParameters<K>(variables, sample.value as Point), team, sample),
    // Where the prior is zero the model need not, and often cannot, be asked.
    known: (point) =>
      variables.some(({ prior }, i) => prior!.logDensity(point[i]!) === -Infinity)
        ? { value: -Infinity }
        : undefined,
    value: (result) => logValue(result, names),
    begin(state, trail) {
      const search = solver.begin(space, state, trail);
      return { search, result: (ending) => ({ ...ending, ...summarize<K>(search.chain(), variables) }) };
    },
    warnings: (result) => result.warnings.map((code) => explain(code, solver.name)),
  });
}

/** A number, or { value, gradient: { name: derivative } }. */
function logValue(result: unknown, names: readonly string[]): Value {
  const { value, gradient } =
    typeof result === 'object' && result !== null ? (result as Partial<Value>) : { value: result };
  if (typeof value !== 'number' || Number.isNaN(value) || value === Infinity)
    throw new ExperimentError(
      'ERR_MODEL',
      `the log-likelihood must be a finite number or −Infinity, not ${show(result)}`,
    );
  if (gradient === undefined) return { value };
  return { value, gradient: readGradient(gradient, names) };
}
