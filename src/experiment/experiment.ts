import { ExperimentError, type Model } from '../conduit/index.ts';
import { check } from '../conduit/check.ts';
import { show } from '../internal/index.ts';
import type { Point, Search, Value } from './solver.ts';
import { within } from './timeout.ts';
import type { Variable } from './variables.ts';

/** When to stop. Solvers stop by themselves too, as their options say. A run that has stopped can be continued with larger limits. */
export interface Until {
  /** Generations in all. */
  readonly generations?: number;
  /** Evaluations of the model in all: exactly so many, even in the middle of a generation. */
  readonly evaluations?: number;
  /** For `optimize`: stop when the objective is at least as good as this. */
  readonly target?: number;
  /** Wall-clock seconds of this run: it stops when the samples then under way are done. */
  readonly seconds?: number;
}

/**
 * What happens when a model throws or returns what is no result: the job ends with the sample's parameters ('abort', default); the sample
 * counts as the worst there is ('reject'); or it is tried again so many times before the job ends.
 */
export type OnError = 'abort' | 'reject' | { readonly retries: number };

/** What every experiment has. */
export interface CommonOptions {
  /** Names its part of the run folder and its random numbers. Default: the kind of experiment. */
  readonly name?: string;
  /** The same seed gives the same result, whoever evaluates. Default 0. */
  readonly seed?: number;
  readonly until?: Until;
  readonly onError?: OnError;
  /** Seconds that one sample may take, after which it counts as failed, as `onError` says. Default: no limit. */
  readonly timeout?: number;
}

/** What every result has. */
export interface Ending {
  /** What stopped the run: 'generations', 'evaluations', 'target', 'signal', or the solver's own reason. */
  readonly stopped: string;
  /** Evaluations of the model. */
  readonly evaluations: number;
  readonly generations: number;
  /** Samples whose model failed, with `onError: 'reject'`. */
  readonly rejected: number;
}

/** The best sample so far. */
export interface Best {
  readonly id: number;
  readonly point: Point;
  readonly value: number;
}

/** A search under way, and how its result is made. */
export interface Course<R> {
  readonly search: Search;
  result(ending: Ending, best: Best | null): R;
}

/** @internal What a run needs to know of an experiment. */
export interface Plan<R> {
  readonly variables: readonly Variable[];
  readonly model: Model;
  readonly until: Until;
  readonly onError: OnError;
  /** 1 when a larger value is better to a user and to the solver's record; −1 where the solver minimises the negative. */
  readonly sign: 1 | -1;
  /** Whether lower values, as the solver is told them, are better; undefined: there is no best one. */
  readonly lowerIsBetter: boolean | undefined;
  begin(state?: unknown, trail?: readonly unknown[]): Course<R>;
  /** The value of a point that needs no model. */
  known(point: Point): Value | undefined;
  /** What the solver is told of a model's result. Throws when it is none. */
  value(result: unknown): Value;
  /** What the solver is told of a rejected sample. */
  readonly rejected: Value;
  /** What is wrong with a result, in words. */
  warnings?(result: R): readonly string[];
}

/** @internal Where an experiment stands, in memory or in a checkpoint. */
export interface Standing {
  readonly nextId: number;
  readonly evaluations: number;
  readonly rejected: number;
  readonly best: Best | null;
  readonly state: unknown;
  /** What the search has found so far, where it keeps that apart. */
  readonly trail?: readonly unknown[];
}

interface Recorded {
  readonly value: Value;
  readonly rejected: boolean;
}

/** A problem with its variables and its solver. Made by `optimize`, `sample`, `infer`, …; evaluated by `run`. */
export class Experiment<R> {
  readonly name: string;
  readonly seed: number;
  /** Everything that determines its result, all defaults filled in. */
  readonly description: Readonly<Record<string, unknown>>;
  /** @internal */
  readonly plan: Plan<R>;
  /** @internal On the engine's rank, after a run. */
  standing: Standing | undefined;
  /** @internal Results beyond the standing: a generation that a limit has cut. */
  readonly known: Map<number, Value> = new Map<number, Value>();
  /** @internal Results found in a record, beyond its checkpoint. */
  readonly recorded: Map<number, Recorded> = new Map<number, Recorded>();

  /** @internal */
  constructor(common: Required<CommonOptions>, description: Record<string, unknown>, plan: Plan<R>) {
    this.name = common.name;
    this.seed = common.seed;
    const { name, seed, onError, timeout } = common;
    this.description = { name, seed, onError, timeout, ...description };
    this.plan = { ...plan, model: within(timeout, plan.model) };
  }
}

export const COMMON = ['name', 'seed', 'until', 'onError', 'timeout'] as const;

/** Checks and completes what all experiments share. */
export function common(kind: string, options: CommonOptions): Required<CommonOptions> {
  const { name = kind, seed = 0, until = {}, onError = 'abort', timeout = Infinity } = options;
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name) || name.startsWith('.')) {
    throw new ExperimentError(
      'ERR_OPTION',
      `${kind}: name must be of letters, digits, '-', '_' and '.', not ${show(name)}`,
    );
  }
  check.wholeNumber(kind, 'seed', seed, 0);
  if (typeof onError === 'object' && (onError as unknown) !== null) {
    check.names(`${kind}: onError`, onError, ['retries']);
    check.wholeNumber(kind, 'onError.retries', onError.retries, 0);
  } else if (!(['abort', 'reject'] as unknown[]).includes(onError))
    throw new ExperimentError(
      'ERR_OPTION',
      `${kind}: onError must be 'abort', 'reject' or { retries }, not ${show(onError)}`,
    );
  check.positiveNumber(kind, 'timeout', timeout);
  return { name, seed, until: checkUntil(kind, until), onError, timeout };
}

export function checkUntil(of: string, until: Until): Until {
  check.names(`${of}: until`, until, ['generations', 'evaluations', 'target', 'seconds']);
  if (until.generations !== undefined) check.wholeNumber(of, 'until.generations', until.generations, 0);
  if (until.evaluations !== undefined) check.wholeNumber(of, 'until.evaluations', until.evaluations, 0);
  if (until.seconds !== undefined) check.positiveNumber(of, 'until.seconds', until.seconds);
  if (until.target !== undefined) check.positiveNumber(of, 'until.target', until.target, -Infinity);
  return until;
}
