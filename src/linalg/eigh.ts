import { Communicator } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { ranksOf } from './argument.ts';
import type { KeptVector } from './kept.ts';
import type { Operator } from './operator.ts';
import type { EigenResult, EighOptions, Where } from './options.ts';
import { solveEigen } from './solve-eigen.ts';
import type { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/**
 * Eigenvalues and eigenvectors of a Hermitian operator.
 *
 * Without `on`, or with a communicator: collective, every rank calls, and vectors stay distributed.
 * With an executor or `'pool'`: one process calls (in synchro mode every rank), the workers solve,
 * and vectors come whole. The numbers are the same.
 *
 * All copies of multiple values are found unless `multiplicity` is 'as found': a Krylov space holds
 * one copy of each.
 *
 * @param operator square and Hermitian; `scalar` decides whether vectors are real or complex.
 * @param options which values, how well, and where.
 * @returns values ascending with orthonormal vectors and residuals.
 * @throws LinalgError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_HERMITIAN, ERR_DIVERGED,
 *     ERR_CONVERGENCE (with `partial`), ERR_MEMORY, ERR_BACKEND, ERR_FAILED; the same on every
 *     rank.
 * @example
 * const { values } = eigh(hamHeis(12, { cyclic: true }), { k: 5 }); // −5.387, three times −5.032,
 * −4.777
 */
export function eigh(
  operator: Operator,
  options: EighOptions & OnWorkers & { readonly vectors: 'keep' },
): Promise<EigenResult<KeptVector>>;
export function eigh(
  operator: Operator,
  options: EighOptions & OnWorkers,
): Promise<EigenResult<Float64Array>>;
export function eigh(operator: Operator, options: EighOptions & OnRanks): EigenResult<DistributedVector>;
export function eigh(
  operator: Operator,
  options: EighOptions & { readonly on?: Where | undefined },
): EigenResult<DistributedVector> | Promise<unknown> {
  const { on = ranksOf(options.start ? [options.start] : [], world), ...rest } = options;
  if (on instanceof Communicator) return solveEigen(operator, on, rest);
  return onWorkers(on, eighOnWorkers, [operator, rest], rest.vectors === 'keep' ? 'keep' : 'whole');
}

/** @internal */
export const eighOnWorkers: WorkerCall = task(import.meta, function eighOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, options]) =>
    solveEigen(operator as Operator, comm, options as EighOptions),
  );
});
