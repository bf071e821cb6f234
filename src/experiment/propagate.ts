import { ExperimentError, type Sample, type Team } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { COMMON, common, Experiment, type CommonOptions, type Ending } from './experiment.ts';
import { Listing } from './listing.ts';
import { searchVariables, toParameters, type Parameters } from './variables.ts';

export interface PropagateOptions<K extends string, R> extends CommonOptions {
  /** Parameters to evaluate the model at, such as `samples` of a posterior. */
  readonly samples: readonly Parameters<K>[];
  /** What it returns must be plain data. */
  readonly model: (parameters: Parameters<NoInfer<K>>, team: Team, sample: Sample) => R | PromiseLike<R>;
  /** Samples a generation. Default 1000. */
  readonly population?: number;
}

export interface Propagation<R> extends Ending {
  /** What the model returned for each sample, in their order; null for one that was rejected. */
  readonly outputs: readonly (R | null)[];
}

/** Evaluates a model at given samples: predictions with the uncertainty of a posterior, or any list of work. */
export function propagate<const K extends string, R>(
  options: PropagateOptions<K, R>,
): Experiment<Propagation<R>> {
  const of = 'propagate';
  check.names(of, options, [...COMMON, 'samples', 'model', 'population']);
  const shared = common(of, options);
  const { samples, model } = options;
  const population = check.wholeNumber(of, 'population', options.population ?? 1000, 1);
  if (typeof model !== 'function') throw new ExperimentError('ERR_OPTION', `${of} needs a model`);
  const names = Object.keys(samples[0] ?? {});
  const variables = searchVariables(of, Object.fromEntries(names.map((name) => [name, {}])));
  const points = samples.map((sample) => Object.values<number>(sample));
  const whole = samples.every((sample) => Object.keys(sample).join() === names.join());
  if (!whole) throw new ExperimentError('ERR_OPTION', `${of}: all samples must have the same variables`);
  return new Experiment<Propagation<R>>(
    shared,
    { problem: of, samples, population },
    {
      variables,
      until: shared.until,
      onError: shared.onError,
      sign: 1,
      lowerIsBetter: false,
      rejected: { value: 0, output: null },
      model: (sample, team) => model(toParameters<K>(variables, sample.value as number[]), team, sample),
      known: () => undefined,
      value: (output) => ({ value: typeof output === 'number' ? output : 0, output }),
      begin(state) {
        const search = new Listing<readonly unknown[]>(
          points.length,
          population,
          (index) => points[index]!,
          [],
          (outputs, values) => [...outputs, ...values.map(({ output }) => output)],
          state,
        );
        // The model's own results, as they came back.
        return { search, result: (ending) => ({ ...ending, outputs: search.outcome as readonly R[] }) };
      },
    },
  );
}
