/**
 * Evaluation teams: who evaluates the samples of a solver.
 *
 * @module
 */
export { distributed, type DistributedOptions } from './distributed.ts';
export { ExperimentError, type ExperimentErrorCode } from './error.ts';
export { external, type ExternalOptions } from './external.ts';
export { concurrent, sequential, type ConcurrentOptions, type LocalOptions } from './local.ts';
export type { Conduit, Model, Outcome, Pool, Sample, Task, Team, Work } from './model.ts';
export { stream, type Random } from '../internal/index.ts';
export { threaded } from './threaded.ts';
