/**
 * Experiments: a problem, its variables and a solver, evaluated by a conduit.
 *
 * @module
 */
export * from './distributions/index.ts';
export { Experiment, type Ending, type OnError, type Until } from './experiment.ts';
export {
  conditioned,
  hierarchical,
  type ConditionedOptions,
  type HierarchicalOptions,
  type Part,
} from './hierarchical.ts';
export { diagnose, type Diagnostics } from './diagnostics.ts';
export { infer, type FitOptions, type InferOptions, type LogLikelihood } from './infer.ts';
export { integrate, type Integral, type IntegrateOptions, type Rule } from './integrate.ts';
export {
  geometricData,
  negativeBinomialData,
  normalData,
  poissonData,
  positiveNormalData,
  positiveStudentTData,
  studentTData,
  type Likelihood,
} from './likelihood.ts';
export { optimize, type Objective, type OptimizeOptions, type Optimum } from './optimize.ts';
export { hypervolume } from './hypervolume.ts';
export { pareto, type Compromise, type Objectives, type ParetoFront, type ParetoOptions } from './pareto.ts';
export { resample, type Posterior } from './posterior.ts';
export { propagate, type PropagateOptions, type Propagation } from './propagate.ts';
export { sample, type SampleOptions } from './sample.ts';
export { run, type RunOptions } from './run.ts';
export type {
  Chain,
  Findings,
  ChainSearch,
  FrontMember,
  FrontOptimizer,
  FrontSearch,
  ManySpace,
  Optimizer,
  Point,
  Sampler,
  Search,
  Solver,
  Space,
  Value,
  Warning,
} from './solver.ts';
export { explain } from './warnings.ts';
export { adam, type AdamOptions } from './solvers/adam.ts';
export { cmaes, type CmaesOptions } from './solvers/cmaes.ts';
export {
  differentialEvolution,
  type DifferentialEvolutionOptions,
} from './solvers/differential-evolution.ts';
export type { Design } from './solvers/designs.ts';
export {
  gridSearch,
  randomSearch,
  type GridSearchOptions,
  type RandomSearchOptions,
} from './solvers/grid-search.ts';
export { hmc, type HmcOptions } from './solvers/hmc.ts';
export { lbfgsb, type LbfgsbOptions } from './solvers/lbfgsb.ts';
export { mcmc, type McmcOptions } from './solvers/mcmc.ts';
export { nested, type NestedMethod, type NestedOptions, type NestedTarget } from './solvers/nested/index.ts';
export { nelderMead, type NelderMeadOptions } from './solvers/nelder-mead.ts';
export { nsga2, type Nsga2Options } from './solvers/nsga2.ts';
export { nuts, type NutsOptions } from './solvers/nuts.ts';
export { tmcmc, type TmcmcOptions } from './solvers/tmcmc.ts';
export type { Parameters, PriorVariable, SearchVariable } from './variables.ts';
export { ExperimentError, type ExperimentErrorCode } from '../conduit/index.ts';
