/**
 * Distributed linear algebra: lazy operators with ownership, eigenvalues with all their copies.
 *
 * @module
 */
export type { Csr } from './csr.ts';
export { LinalgError, type LinalgErrorCode } from './error.ts';
export { Operator, type Description } from './operator.ts';
export { ownership, type Range } from './ownership.ts';
export {
  lazy,
  matrixFree,
  type ApplyFunction,
  type LazyOptions,
  type MatrixFreeOptions,
} from './operators/lazy.ts';
export { csr, dense, type StoredOptions } from './operators/stored.ts';
export { ikron, kron, kronPow } from './operators/kron.ts';
export { SpinOperator, spinOperator, type SectorOptions } from './spin/operator.ts';
export type { SpinTerm } from './spin/strings.ts';
export {
  hamHeis,
  hamHeis2D,
  hamHubbardHardcore,
  hamIsing,
  hamJ1J2,
  hamMbl,
  hamXXZ,
  hamXY,
  type ChainOptions,
  type Coupling,
  type FieldOptions,
} from './spin/hamiltonians.ts';
export type { Complex, Scalar } from './scalar.ts';
export { DistributedVector } from './vector.ts';
export { eigh } from './eigh.ts';
export { eigs, type EigsOptions, type EigsResult, type EigsTarget } from './eigs.ts';
export type {
  Backend,
  EigenOptions,
  EigenResult,
  EigenTarget,
  EighOptions,
  ProblemOptions,
  Where,
} from './options.ts';
export type { LocalVector, VectorLike } from './argument.ts';
export { KeptVector } from './kept.ts';
export type { OnRanks, OnWorkers, Workers } from './workers.ts';
export { basisState, randomVector, vectorOf, type EntryFunction, type VectorOptions } from './states.ts';
export { evolve, type EvolveOptions } from './evolve.ts';
export type { EvolutionOptions, Moment } from './evolution.ts';
export { entropy, type EntropyOptions } from './entropy.ts';
export type { Parts } from './cut.ts';
export { expectation, type MeasureOptions } from './measure.ts';
export {
  expmMultiply,
  functionMultiply,
  type ExpmOptions,
  type FunctionOptions,
  type NamedFunction,
} from './functions.ts';
export type { SpectralFunction } from './krylov/lanczos-function.ts';
// For flotilla doctor. @internal
export { buildSlepc } from './slepc/library.ts';
export { findSlepc, type SlepcInstallation } from './slepc/installation.ts';
export { solve, type SolveMethod, type SolveOptions, type SolveResult } from './solve.ts';
export { svds, type SvdsOptions, type SvdsResult } from './svds.ts';
export { boundSpectrum, norm, type NormOptions, type SpectrumOptions } from './spectrum.ts';
export { readMatrixMarket } from './market/read.ts';
export { writeMatrixMarket, type Writable, type WriteOptions } from './market/write.ts';
