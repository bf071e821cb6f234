import { ExperimentError, type Sample, type Team } from '../conduit/index.ts';
import type { CommonOptions } from './experiment.ts';
import type { Distribution } from './distributions/distribution.ts';
import type { Experiment } from './experiment.ts';
import { infer } from './infer.ts';
import type { Posterior } from './posterior.ts';
import type { Sampler } from './solver.ts';
import { logSum } from './solvers/logarithms.ts';
import type { Parameters, PriorVariable } from './variables.ts';

/** A posterior of one data set, with the priors it was sampled with. */
export interface Part<J extends string> {
  readonly samples: readonly Parameters<J>[];
  /** As the posterior has them, if it has. */
  readonly weights?: readonly number[];
  readonly priors: Readonly<Record<J, Distribution>>;
}

export interface HierarchicalOptions<K extends string, J extends string> extends CommonOptions {
  /** The variables that the data sets share: hyperparameters, with their priors. */
  readonly variables: Readonly<Record<K, PriorVariable>>;
  /** How the parameters of one data set are distributed, given the hyperparameters. */
  readonly conditional: (hyper: Parameters<NoInfer<K>>) => Readonly<Record<J, Distribution>>;
  readonly parts: readonly Part<J>[];
  readonly solver: Sampler;
}

/**
 * Samples the hyperparameters of several data sets, each inferred before on its own: p(data | ψ) is the mean of p(θ | ψ) / p(θ) over
 * the samples θ of each posterior. S. Wu et al., ASCE-ASME J. Risk Uncertainty 5 (2019) 011003. Posteriors must be wide enough to cover
 * where the hyperparameters put them.
 */
export function hierarchical<const K extends string, const J extends string>(
  options: HierarchicalOptions<K, J>,
): Experiment<Posterior<K>> {
  const { conditional, parts, ...rest } = options;
  if (typeof conditional !== 'function' || !Array.isArray(parts) || parts.length === 0)
    throw new ExperimentError('ERR_OPTION', 'hierarchical needs a conditional and at least one part');
  const prepared = parts.map((part: Part<J>) => prepare(part));
  return infer<K>({
    name: 'hierarchical',
    ...rest,
    logLikelihood(hyper) {
      const given = conditional(hyper);
      return prepared.reduce((sum, { names, rows, logBase }) => {
        const logs = rows.map((row, k) =>
          names.reduce((log, name, j) => log + given[name].logDensity(row[j]!), logBase[k]!),
        );
        return sum + logSum(logs);
      }, 0);
    },
  });
}

export interface ConditionedOptions<K extends string, J extends string> extends CommonOptions {
  /** Samples of the hyperparameters: of the result of `hierarchical`. */
  readonly hyper: { readonly samples: readonly Parameters<J>[]; readonly weights?: readonly number[] };
  /** How the parameters of one data set are distributed, given the hyperparameters. */
  readonly conditional: (hyper: Parameters<NoInfer<J>>) => Readonly<Record<K, Distribution>>;
  /** Where the parameters are looked for: a prior that covers them. It does not count otherwise. */
  readonly variables: Readonly<Record<K, PriorVariable>>;
  /** ln p(data | parameters) of the data set. Default: there are no data yet. */
  readonly logLikelihood?: (
    parameters: Parameters<NoInfer<K>>,
    team: Team,
    sample: Sample,
  ) => number | PromiseLike<number>;
  readonly solver: Sampler;
}

/**
 * Samples the parameters of one data set, with what all data sets have told of them for a prior: the mean of p(θ | ψ) over samples of the
 * hyperparameters ψ. Without data: the parameters of a data set to come. Korali's Hierarchical/Theta and ThetaNew. Its gradient is not
 * known: for solvers that need none.
 */
export function conditioned<const K extends string, const J extends string>(
  options: ConditionedOptions<K, J>,
): Experiment<Posterior<K>> {
  const { hyper, conditional, logLikelihood = () => 0, variables, ...rest } = options;
  const { samples, weights } = (hyper as Partial<typeof hyper> | undefined) ?? {};
  if (typeof conditional !== 'function' || !Array.isArray(samples) || samples.length === 0)
    throw new ExperimentError(
      'ERR_OPTION',
      'conditioned needs a conditional and samples of its hyperparameters',
    );
  const names = Object.keys(variables) as K[];
  const given = samples.map((each: Parameters<J>) => conditional(each));
  const total = weights?.reduce((sum, w) => sum + w, 0) ?? samples.length;
  const logShares = samples.map((_, k) => Math.log((weights?.[k] ?? 1) / total));
  return infer<K>({
    name: 'conditioned',
    ...rest,
    variables,
    async logLikelihood(parameters, team, sample) {
      const value = await logLikelihood(parameters, team, sample);
      const logPrior = logSum(
        given.map((each, k) =>
          names.reduce((log, name) => log + each[name].logDensity(parameters[name]), logShares[k]!),
        ),
      );
      // The solver counts the variable's own prior, which is only where it looks.
      return names.reduce(
        (log, name) => log - variables[name].prior.logDensity(parameters[name]),
        value + logPrior,
      );
    },
  });
}

/** Samples as rows, and ln(weight / prior) of each. */
function prepare<J extends string>({
  samples,
  weights,
  priors,
}: Part<J>): {
  names: J[];
  rows: number[][];
  logBase: number[];
} {
  const names = Object.keys(priors) as J[];
  const total = weights?.reduce((sum, w) => sum + w, 0) ?? samples.length;
  const rows = samples.map((sample) => names.map((name) => sample[name]));
  const logBase = rows.map((row, k) =>
    names.reduce(
      (log, name, j) => log - priors[name].logDensity(row[j]!),
      Math.log((weights?.[k] ?? 1) / total),
    ),
  );
  return { names, rows, logBase };
}
