import type { Random } from '../conduit/index.ts';
import type { Variable } from './variables.ts';

/** A point of the search space: one number for each variable, in their order. */
export type Point = readonly number[];

/** What a solver is told of a point: for optimizers the loss, to be minimised; for samplers the logarithm of the likelihood. */
export interface Value {
  readonly value: number;
  /** Derivatives of `value` by each variable, where the model gives them. */
  readonly gradient?: readonly number[];
  /** What the model returned, where that is what is wanted. */
  readonly output?: unknown;
}

/** The problem as a solver sees it. */
export interface Space {
  readonly variables: readonly Variable[];
  /** Satisfied where ≤ 0. */
  readonly constraints: readonly ((point: Point) => number)[];
  /** Random numbers of the solver's step `item`: a solver keeps a count of its steps, and no generator's state. */
  random(item: number): Random;
}

/**
 * A solver at work. `ask` proposes points from the state alone; `tell` takes their values, in the same order, and changes the
 * state. The state is strict JSON: a search begun with it goes on bit for bit where this one stood.
 */
export interface Search {
  readonly state: unknown;
  /**
   * What the search has found and only adds to, such as the draws of a chain: strict JSON, one entry after the other.
   * Recorded as it grows, apart from `state`, so that long runs cost no more a generation than short ones.
   */
  readonly trail?: readonly unknown[];
  /** Generations done. */
  readonly generation: number;
  /** What to evaluate next. Empty: the solver is done. */
  ask(): readonly Point[];
  tell(points: readonly Point[], values: readonly Value[]): void;
  /** Why it has ended by itself. */
  stopped(): string | undefined;
  /** Figures of the last generation, for the record. */
  figures(): Readonly<Record<string, number>>;
}

/** What a sampler says of its own work. Each solver fills in what it knows. */
export interface Findings {
  /** Logarithm of the evidence, where the solver estimates it. */
  readonly logEvidence?: number;
  /** Its standard error, where known. */
  readonly logEvidenceError?: number;
  /** Information of the posterior over the prior, in nats. */
  readonly information?: number;
  /** Independent samples that would say as much: (Σ w)² / Σ w² of weighted ones. */
  readonly effectiveSamples?: number;
  /** Probability of insertion ranks as uneven as those seen, if nested sampling worked as it should. */
  readonly insertion?: number;
  /** Whether the solver has reached its own end. */
  readonly converged?: boolean;
  /** Trajectories that could not follow the posterior, after warm-up. */
  readonly divergences?: number;
  /** Trajectories that were cut at the largest depth, after warm-up. */
  readonly depthHits?: number;
  /** Energy's Bayesian fraction of missing information, of each chain; below 0.3 is bad. */
  readonly bfmi?: readonly number[];
  /** What the solver has noticed. */
  readonly warnings?: readonly Warning[];
}

/** Codes of what may be wrong with a posterior. `explain` says each in words. */
export type Warning = 'insertion' | 'mixing' | 'evidence' | 'rHat' | 'ess' | 'divergences' | 'bfmi' | 'depth';

/** What a sampler has found. */
export interface Chain extends Findings {
  readonly points: readonly Point[];
  /** Logarithm of the likelihood at each. */
  readonly values: readonly number[];
  /** Relative weights of the points; without, all alike. */
  readonly weights?: readonly number[];
  /** Lengths of the chains, where there are several: their points lie one chain after the other. */
  readonly lengths?: readonly number[];
}

export interface ChainSearch extends Search {
  chain(): Chain;
}

/** A solver with its options. Made by `cmaes(…)`, `tmcmc(…)` and their kin. */
export interface Solver<S extends Search = Search> {
  readonly name: string;
  /** All options, defaults filled in, for the record. Functions of the dimension are there once it is known. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Begins a search, or goes on from a state and trail. Throws ERR_OPTION when it cannot work in this space. */
  begin(space: Space, state?: unknown, trail?: readonly unknown[]): S;
}

/** A problem of several objectives as a solver sees it. */
export interface ManySpace extends Space {
  /** The objectives of an evaluated point, all to be minimised. */
  objectives(value: Value): readonly number[];
  /** What is just not worth having, in every objective: a front's hypervolume is measured from there. */
  readonly reference?: readonly number[];
}

/** A point that is as good as any, in one way or another. */
export interface FrontMember {
  /** Of the sample. */
  readonly id: number;
  readonly point: Point;
  /** All to be minimised. */
  readonly objectives: readonly number[];
}

export interface FrontSearch extends Search {
  /** Allowed points that no other dominates. */
  front(): readonly FrontMember[];
}

/** For `pareto`. */
export interface FrontOptimizer {
  readonly for: 'pareto';
  readonly name: string;
  /** All options, defaults filled in, for the record. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Begins a search, or goes on from a state. Throws ERR_OPTION when it cannot work in this space. */
  begin(space: ManySpace, state?: unknown): FrontSearch;
}

/** For `optimize`. */
export interface Optimizer extends Solver {
  readonly for: 'optimize';
}

/** For `sample` and `infer`. */
export interface Sampler extends Solver<ChainSearch> {
  readonly for: 'sample';
}
