import { Communicator } from '../comm/index.ts';
import { task, type Executor } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree } from './agree.ts';
import { chooseBackend } from './backend.ts';
import { LinalgError } from './error.ts';
import { complex, type Operator } from './operator.ts';
import type { EigenOptions, EigenResult, Where } from './options.ts';
import type { Complex } from './scalar.ts';
import { generalBySlepc, type GeneralProblem } from './slepc/general.ts';
import { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type WorkerCall } from './workers.ts';

/** Which eigenvalues of an operator that is not Hermitian: k at an end, or the k nearest to a number. */
export type EigsTarget =
  | {
      readonly k: number;
      /** Default magnitude: the largest. */
      readonly which?:
        | 'magnitude'
        | 'largest real'
        | 'smallest real'
        | 'largest imaginary'
        | 'smallest imaginary'
        | undefined;
    }
  | { readonly k: number; readonly near: number | Complex };

/** Options of `eigs`. */
export type EigsOptions = Omit<EigenOptions, 'multiplicity' | 'start'> & EigsTarget;

/** What `eigs` found, in SLEPc's order: as asked for, the best first. */
export interface EigsResult<V> extends Omit<EigenResult<V>, 'complete'> {
  /** Complex numbers, interleaved (re, im). */
  readonly values: Float64Array;
  /** Unit vectors, complex, the largest component of each real and positive. */
  readonly vectors: readonly V[];
}

/**
 * Eigenvalues and right eigenvectors of an operator that need not be Hermitian, by SLEPc
 * (krylovschur): where it is not, this is ERR_BACKEND. Multiple values are found as one Krylov space
 * has them.
 *
 * @param operator square.
 * @param options which values, how well, and where (see `eigh`).
 * @throws LinalgError ERR_BACKEND, ERR_SOLVER, ERR_CONVERGENCE (with `partial`), ERR_OPTION,
 *     ERR_SHAPE, ERR_VALUE, ERR_DIVERGED, ERR_RANGE, ERR_FAILED; the same on every rank.
 * @example
 * const { values } = eigs(transitions, { k: 3, which: 'largest real' }); // re, im, re, im, …
 */
export function eigs(
  operator: Operator,
  options: EigsOptions & { readonly on: Executor | 'pool' },
): Promise<EigsResult<Float64Array>>;
export function eigs(
  operator: Operator,
  options: EigsOptions & { readonly on?: Communicator | undefined },
): EigsResult<DistributedVector<'complex'>>;
export function eigs(
  operator: Operator,
  options: EigsOptions & { readonly on?: Where | undefined },
): EigsResult<DistributedVector<'complex'>> | Promise<EigsResult<Float64Array>> {
  const { on = world(), ...rest } = options;
  if (on instanceof Communicator) return solveGeneral(operator, on, rest);
  // Nobody else solves this: a pool that is started for it must be of SLEPc's MPI.
  const call = { ...rest, backend: rest.backend ?? 'slepc' };
  return onWorkers(on, eigsOnWorkers, [operator, call]) as Promise<EigsResult<Float64Array>>;
}

/** @internal */
export const eigsOnWorkers: WorkerCall = task(import.meta, function eigsOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, options]) =>
    solveGeneral(operator as Operator, comm, options as EigsOptions),
  );
});

function solveGeneral(
  operator: Operator,
  comm: Communicator,
  options: EigsOptions,
): EigsResult<DistributedVector<'complex'>> {
  const operation = 'eigs';
  const began = performance.now();
  const { signal, ...plain } = options;
  mustAgree(comm, operation, [operator.describe(), { ...plain, onProgress: null }, signal !== undefined]);
  const [n, columns] = operator.shape;
  if (columns !== n)
    throw new LinalgError('ERR_SHAPE', `eigs needs a square operator, not ${n} × ${columns}`);
  const problem = checked(n, options);
  const backend = chooseBackend(comm, operation, 'general', operator, options);
  const { ranges, ...found } = generalBySlepc(operator, comm, problem);
  const vectors =
    options.vectors === false
      ? []
      : found.vectors.map((local) => new DistributedVector(comm, 'complex', ranges, local));
  return { ...found, vectors, backend, seconds: (performance.now() - began) / 1000 };
}

const ENDS = [
  'magnitude',
  'largest real',
  'smallest real',
  'largest imaginary',
  'smallest imaginary',
] as const;

function checked(n: number, options: EigsOptions): GeneralProblem {
  const { k, tol = 1e-10, maxProducts = 1_000_000, seed = 1, basis, petsc, signal, onProgress } = options;
  const refuse = (message: string): never => {
    throw new LinalgError('ERR_OPTION', message);
  };
  if (!Number.isSafeInteger(k) || k < 1 || k > n)
    refuse(`k is ${k}, and must lie between 1 and the ${n} rows`);
  if (!(tol > 0 && tol < 1)) refuse(`tol is ${tol}, and must lie between 0 and 1`);
  if (!(Number.isSafeInteger(maxProducts) && maxProducts > 0)) refuse(`maxProducts is ${maxProducts}`);
  const rest = { k, tol, maxProducts, seed, basis, petsc, signal, onProgress };
  if ('near' in options) {
    const near = complex(options.near);
    if (!Number.isFinite(near.re) || !Number.isFinite(near.im)) refuse(`near is ${near.re} + ${near.im}i`);
    return { ...rest, target: { near } };
  }
  const { which = 'magnitude' } = options;
  if (!ENDS.includes(which)) refuse(`which is '${which}', and may be ${ENDS.join(', ')}`);
  return { ...rest, target: { which } };
}
