import { IN_PLACE, SUM, type Communicator } from '../../comm/index.ts';
import { together } from '../agree.ts';
import { LinalgError } from '../error.ts';
import { SolverMemory } from '../kernels/memory.ts';
import { layoutOf } from '../krylov/product.ts';
import { phaseOf } from '../krylov/phase.ts';
import { Space } from '../krylov/space.ts';
import type { Operator } from '../operator.ts';
import type { Range } from '../ownership.ts';
import { width } from '../scalar.ts';
import { mustCount, Session, type PetscOptions } from './session.ts';

/** What is asked of SLEPc. */
export interface SingularProblem {
  readonly k: number;
  readonly tol: number;
  readonly accurate: boolean;
  readonly maxProducts: number;
  readonly petsc: PetscOptions | undefined;
}

/** Singular values, descending, with this rank's parts of their vectors. */
export interface SingularFound {
  readonly values: Float64Array;
  readonly left: readonly Float64Array[];
  readonly right: readonly Float64Array[];
  readonly residuals: Float64Array;
  readonly ranges: { readonly rows: readonly Range[]; readonly columns: readonly Range[] };
  readonly products: number;
  readonly iterations: number;
  readonly solver: string;
}

/**
 * Collective: the largest singular values by SLEPc (SVD), as one Krylov space has them.
 *
 * @throws LinalgError ERR_SOLVER, ERR_CONVERGENCE, ERR_BACKEND, ERR_RANGE.
 */
export function singularBySlepc(
  operator: Operator,
  comm: Communicator,
  problem: SingularProblem,
): SingularFound {
  const { k, tol, accurate, maxProducts, petsc } = problem;
  const operation = 'svds';
  if (!operator.hasRows)
    throw new LinalgError('ERR_BACKEND', 'singular values by SLEPc take rows, and this operator has none');
  const { scalar } = operator;
  const session = new Session(comm, operation, scalar);
  const { binding } = session;
  try {
    mustCount(session, Math.max(...operator.shape));
    const { rows, columns } = layoutOf(operator, comm, scalar);
    const sizeOf = (ranges: readonly Range[]) => ranges[comm.rank]!.end - ranges[comm.rank]!.start;
    const [m, n] = [sizeOf(rows), sizeOf(columns)];
    const own = together(comm, operation, () => operator.rows(rows[comm.rank]!));
    const matrix = session.run(() =>
      session.keep(
        binding.matRows(
          session.handle,
          m,
          n,
          operator.shape[0],
          operator.shape[1],
          own.rowPtr,
          own.columns,
          own.values,
          false,
        ),
      ),
    );
    const before = binding.products();
    const type = accurate ? 'trlanczos' : 'cross';
    const size = Math.min(...operator.shape, Math.max(2 * k, k + 15));
    session.set(
      {
        svd_type: type,
        svd_nsv: `${k}`,
        svd_ncv: `${size}`,
        svd_tol: `${tol}`,
        svd_max_it: `${Math.max(1, Math.ceil(maxProducts / size))}`,
      },
      petsc,
    );
    const svd = session.run(() => session.keep(binding.svdCreate(matrix, session.prefix)));
    const [converged, , iterations] = session.run(() => binding.svdSolve(svd, undefined, matrix));
    session.run(() => session.mustBeUsed());
    const w = width(scalar);
    const triplets = Array.from({ length: Math.min(k, converged) }, (_, i) => {
      const [left, right] = [new Float64Array(m * w), new Float64Array(n * w)];
      const value = session.run(() => binding.svdTriplet(svd, matrix, i, left, right));
      return { value, left, right };
    });
    const residuals = triplets.map(({ value, left, right }) =>
      session.run(() => {
        const [a, b] = [new Float64Array(m * w), new Float64Array(n * w)];
        binding.multiply(matrix, right, a, false);
        binding.multiply(matrix, left, b, true);
        const square = (y: Float64Array, x: Float64Array) =>
          y.reduce((sum, entry, i) => sum + (entry - value * x[i]!) ** 2, 0);
        return Float64Array.of(square(a, left), square(b, right));
      }),
    );
    for (const sums of residuals) comm.Allreduce(IN_PLACE, sums, SUM);
    const values = Float64Array.from(triplets, ({ value }) => value);
    const products = binding.products() - before;
    const norms = Float64Array.from(residuals, (sums) => Math.sqrt(Math.max(...sums)));
    if (converged < k)
      throw new LinalgError(
        'ERR_CONVERGENCE',
        `${converged} of ${k} singular values converged in ${products} products: raise maxProducts, or tol`,
        { partial: { values, residuals: norms, products } },
      );
    const tall = operator.shape[0] >= operator.shape[1];
    for (const { left, right } of triplets)
      turn(comm, scalar, tall ? [columns, right] : [rows, left], [left, right]);
    return {
      values,
      left: triplets.map(({ left }) => left),
      right: triplets.map(({ right }) => right),
      residuals: norms,
      ranges: { rows, columns },
      products,
      iterations,
      solver: `svd, ${type}`,
    };
  } finally {
    session.close();
  }
}

/** Collective: gives vectors the phase that makes the largest component of the first one real and positive. */
function turn(
  comm: Communicator,
  scalar: Operator['scalar'],
  [ranges, first]: readonly [readonly Range[], Float64Array],
  vectors: readonly Float64Array[],
): void {
  const memory = new SolverMemory(Space.stride(first.length), 6, comm.size);
  const none = { apply: () => undefined, failure: () => undefined };
  const room = new Space(comm, memory, ranges, scalar, none, { operation: 'svds', maxProducts: 1 });
  const at = room.vectors();
  room.local(at).set(first);
  const phase = phaseOf(room, at);
  for (const vector of vectors) {
    if (scalar === 'real') for (let i = 0; i < vector.length; i++) vector[i]! *= phase[0];
    else
      for (let i = 0; i < vector.length; i += 2) {
        const [a, b] = [vector[i]!, vector[i + 1]!];
        vector[i] = a * phase[0] - b * phase[1];
        vector[i + 1] = a * phase[1] + b * phase[0];
      }
  }
  memory.free();
}
