import type { Communicator } from '../../comm/index.ts';
import { LinalgError } from '../error.ts';
import type { Operator } from '../operator.ts';
import type { Scalar } from '../scalar.ts';
import { factorization, isSingular } from './factorization.ts';
import { matrixOf, type Matrix } from './matrix.ts';
import { Session, type PetscOptions } from './session.ts';

/** A linear system for PETSc: this rank's parts of its vectors. */
export interface LinearProblem {
  readonly scalar: Scalar;
  readonly right: Float64Array;
  readonly start: Float64Array | undefined;
  readonly tol: number;
  readonly maxProducts: number;
  /** A method of iterations, or a factorization. */
  readonly method: 'cg' | 'minres' | 'gmres' | 'direct';
  readonly petsc: PetscOptions | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The solution, and how far it is from one. */
export interface LinearFound {
  readonly x: Float64Array;
  readonly residual: number;
  readonly products: number;
  readonly iterations: number;
  readonly solver: string;
  readonly converged: boolean;
}

/**
 * Collective: a linear system by PETSc (KSP).
 *
 * @throws LinalgError ERR_SOLVER for an operator without an inverse, ERR_BACKEND, ERR_RANGE.
 */
export function linearBySlepc(operator: Operator, comm: Communicator, problem: LinearProblem): LinearFound {
  const { scalar, right, start, tol, maxProducts, method, petsc, signal } = problem;
  const operation = 'solve';
  if (method === 'direct' && !operator.hasRows)
    throw new LinalgError('ERR_BACKEND', 'a factorization takes rows, and this operator has none');
  const session = new Session(comm, operation, scalar);
  let matrix: Matrix | undefined;
  try {
    const watch = { operation, maxProducts, signal };
    matrix = matrixOf(session, operator, { scalar, watch, hermitian: false });
    const { space, bank, handle } = matrix;
    const direct = method === 'direct' ? factorization(session, false) : undefined;
    session.set(
      {
        ...(direct
          ? {
              ksp_type: 'preonly',
              pc_type: 'lu',
              pc_factor_mat_solver_type: direct.options.st_pc_factor_mat_solver_type!,
              ksp_error_if_not_converged: '',
            }
          : { ksp_type: method, pc_type: 'none', ksp_max_it: `${maxProducts}` }),
        ksp_rtol: `${0.5 * tol}`,
        ...(start && !direct ? { ksp_initial_guess_nonzero: '' } : {}),
      },
      petsc,
    );
    const x = start?.slice() ?? new Float64Array(right.length);
    const hint = (said: string) =>
      isSingular(said) ? '\nthe operator is singular, as far as rounding tells' : '';
    let iterations: number;
    try {
      [, iterations] = session.run(() => session.binding.linear(handle, session.prefix, right, x), hint);
    } catch (error) {
      const reason = matrix.ended();
      throw reason === undefined ? error : reason.error;
    }
    session.run(() => session.mustBeUsed());
    // The residual as it is, not as the method believes.
    const [at, image, side] = [bank.take(), bank.take(), bank.take()];
    space.local(at).set(x);
    space.local(side).set(right);
    space.step(space.apply, image, at);
    space.memory.kernels.axpy(image, -1, side, space.doubles);
    const residual = space.norm(image);
    return {
      x,
      residual,
      products: matrix.products(),
      iterations,
      solver: direct?.name ?? method,
      converged: residual <= tol * space.norm(side),
    };
  } finally {
    matrix?.free();
    session.close();
  }
}
