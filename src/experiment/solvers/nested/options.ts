import { ExperimentError } from '../../../conduit/index.ts';
import { check } from '../../../conduit/check.ts';

/** How a point above the bound is found. */
export type NestedMethod = 'uniform' | 'walk' | 'slice';

export interface NestedTarget {
  /** Go on until the error of ln Z is at most this. */
  readonly logEvidenceError?: number;
  /** Go on until the samples are worth so many independent ones. */
  readonly effectiveSamples?: number;
}

export interface NestedOptions {
  /** Live points. The error of ln Z is about √(information / population). Default 500. */
  readonly population?: number;
  /** Candidates that are out at a time: so many evaluations at once. Default: a twentieth of the population. */
  readonly batch?: number;
  /**
   * 'uniform': even draws from ellipsoids about the live points; 'walk': random walks; 'slice': slice sampling. 'auto' (default):
   * up to 20 variables 'uniform' as long as it finds points with fewer evaluations than walks; then 'walk'; 'slice' above.
   */
  readonly method?: NestedMethod | 'auto';
  /** Steps of a walk, or slices. Default 20 + n, or 3 + n. */
  readonly steps?: number;
  /** Stop when the live points could add no more than this to ln Z. Default 0.001 (population − 1) + 0.01. */
  readonly minEvidence?: number;
  /** Add live points where they tell most, until this is reached. Default: none are added. */
  readonly target?: NestedTarget;
}

/** Options of which all are known once the number of variables is. */
export interface NestedSettings {
  readonly population: number;
  readonly batch: number;
  readonly auto: boolean;
  readonly method: NestedMethod;
  readonly steps: (method: NestedMethod) => number;
  readonly minEvidence: number;
  readonly target: NestedTarget | undefined;
}

export interface Checked {
  /** For the record. */
  readonly options: Readonly<Record<string, unknown>>;
  settings(n: number): NestedSettings;
}

/** Most variables for which walks rather than slices. */
const WALKABLE = 20;

export function checkNested(options: NestedOptions): Checked {
  const of = 'nested';
  check.names(of, options, ['population', 'batch', 'method', 'steps', 'minEvidence', 'target']);
  const population = check.wholeNumber(of, 'population', options.population ?? 500, 20);
  const batch = check.wholeNumber(of, 'batch', options.batch ?? Math.ceil(population / 20), 1);
  if (batch > population / 2)
    throw new ExperimentError('ERR_OPTION', `${of}: batch must be at most half the population`);
  const chosen = check.oneOf(of, 'method', options.method ?? 'auto', ['auto', 'uniform', 'walk', 'slice']);
  if (options.steps !== undefined) check.wholeNumber(of, 'steps', options.steps, 1);
  const minEvidence = options.minEvidence ?? 0.001 * (population - 1) + 0.01;
  check.positiveNumber(of, 'minEvidence', minEvidence);
  const { target } = options;
  if (target !== undefined) {
    check.names(`${of}: target`, target, ['logEvidenceError', 'effectiveSamples']);
    if (target.logEvidenceError !== undefined)
      check.positiveNumber(of, 'target.logEvidenceError', target.logEvidenceError);
    if (target.effectiveSamples !== undefined)
      check.positiveNumber(of, 'target.effectiveSamples', target.effectiveSamples);
  }
  return {
    options: {
      population,
      batch,
      method: chosen,
      steps: options.steps ?? '20 + n, or 3 + n slices',
      minEvidence,
      ...(target && { target }),
    },
    settings: (n) => ({
      population,
      batch,
      auto: chosen === 'auto',
      method: chosen === 'auto' ? (n > WALKABLE ? 'slice' : 'uniform') : chosen,
      steps: (method) => options.steps ?? (method === 'slice' ? 3 + n : 20 + n),
      minEvidence,
      target,
    }),
  };
}
