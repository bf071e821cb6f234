import { Communicator } from '../comm/index.ts';
import { task, type Executor } from '../pool/index.ts';
import { world } from '../world.ts';
import { LinalgError } from './error.ts';
import type { Description, Operator } from './operator.ts';
import type { EigenResult, EighOptions, Where } from './options.ts';
import { operatorFrom, pack, unpack } from './revive.ts';
import { solveEigen } from './solve-eigen.ts';
import type { DistributedVector } from './vector.ts';
import { executorOf } from './workers.ts';

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
  options: EighOptions & { readonly on: Executor | 'pool' },
): Promise<EigenResult<Float64Array>>;
export function eigh(
  operator: Operator,
  options: EighOptions & { readonly on?: Communicator | undefined },
): EigenResult<DistributedVector>;
export function eigh(
  operator: Operator,
  options: EighOptions & { readonly on?: Where | undefined },
): EigenResult<DistributedVector> | Promise<EigenResult<Float64Array>> {
  const { on = world(), ...rest } = options;
  if (on instanceof Communicator) return solveEigen(operator, on, rest);
  return onWorkers(on, operator, rest);
}

async function onWorkers(
  on: Executor | 'pool',
  operator: Operator,
  options: EighOptions,
): Promise<EigenResult<Float64Array>> {
  for (const name of ['signal', 'onProgress', 'start'] as const)
    if (options[name] !== undefined)
      throw new LinalgError('ERR_OPTION', `${name} stays in this process: not with an executor`);
  const executor = executorOf(on, [options]);
  const results = await executor.submitAll(eighOnWorkers, pack(operator.describe()), options);
  return results.find((result) => result !== null)!;
}

/** The solve as an SPMD section: rank 0 of the workers has the whole vectors. @internal */
export const eighOnWorkers: (
  comm: Communicator,
  packed: unknown,
  options: EighOptions,
) => Promise<EigenResult<Float64Array> | null> = task(
  import.meta,
  async function eighOnWorkers(comm, packed, options) {
    const operator = operatorFrom((await unpack(packed)) as Description);
    const result = solveEigen(operator, comm, options);
    const vectors = result.vectors.map((vector) => vector.gather());
    return comm.rank === 0 ? { ...result, vectors: vectors.map((vector) => vector!) } : null;
  },
);
