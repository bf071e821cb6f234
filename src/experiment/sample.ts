import { ExperimentError, type Sample, type Team } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { uniform } from './distributions/index.ts';
import { COMMON, type CommonOptions, type Experiment } from './experiment.ts';
import { infer, type LogLikelihood } from './infer.ts';
import type { Posterior } from './posterior.ts';
import type { Sampler } from './solver.ts';
import { checkBounds, type Parameters } from './variables.ts';

export interface SampleOptions<K extends string> extends CommonOptions {
  readonly variables: Readonly<Record<K, { readonly bounds: readonly [number, number] }>>;
  /** Logarithm of a density, up to a constant; with { value, gradient } for solvers that use it. */
  readonly logDensity: (
    parameters: Parameters<NoInfer<K>>,
    team: Team,
    sample: Sample,
  ) => LogLikelihood<K> | PromiseLike<LogLikelihood<K>>;
  readonly solver: Sampler;
}

/** Samples a density within bounds: `infer` with even priors. `logEvidence` is ln of the density's mean over the box. */
export function sample<const K extends string>(options: SampleOptions<K>): Experiment<Posterior<K>> {
  const of = 'sample';
  check.names(of, options, [...COMMON, 'variables', 'logDensity', 'solver']);
  const { variables, logDensity, ...rest } = options;
  if (typeof logDensity !== 'function') throw new ExperimentError('ERR_OPTION', `${of} needs a logDensity`);
  if (typeof variables !== 'object') throw new ExperimentError('ERR_OPTION', `${of} needs variables`);
  const entries = Object.entries<{ readonly bounds: readonly [number, number] }>(variables);
  const priors = entries.map(([name, variable]) => {
    check.names(`the variable '${name}'`, variable, ['bounds']);
    return [name, { prior: uniform(...checkBounds(name, variable.bounds)) }];
  });
  return infer<K>({
    name: of,
    ...rest,
    variables: Object.fromEntries(priors) as Record<K, { prior: ReturnType<typeof uniform> }>,
    logLikelihood: logDensity,
  });
}
