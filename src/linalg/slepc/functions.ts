import type { Communicator } from '../../comm/index.ts';
import { LinalgError } from '../error.ts';
import { mustBeHermitian } from '../hermitian.ts';
import type { Operator } from '../operator.ts';
import type { Complex, Scalar } from '../scalar.ts';
import { matrixOf, type Matrix } from './matrix.ts';
import { Session, type PetscOptions } from './session.ts';

/** A function of an operator on a vector: this rank's part. */
export interface FunctionProblem {
  readonly operation: string;
  readonly scalar: Scalar;
  readonly name: 'exp' | 'sqrt' | 'log';
  /** f(factor · A): real for real numbers. */
  readonly factor: Complex;
  /** Whether it must be: then Lanczos, else Arnoldi. */
  readonly hermitian: boolean;
  readonly x: Float64Array;
  readonly tol: number;
  readonly maxProducts: number | undefined;
  readonly petsc: PetscOptions | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Vectors of SLEPc's basis for functions. */
const BASIS = 30;

/**
 * Collective: f(factor A) x by SLEPc (MFN, a restarted Krylov method).
 *
 * @throws LinalgError ERR_SOLVER, ERR_CONVERGENCE, ERR_RANGE.
 */
export function functionBySlepc(
  operator: Operator,
  comm: Communicator,
  problem: FunctionProblem,
): Float64Array {
  const { operation, scalar, name, factor, hermitian, x, tol, maxProducts = 1e6, petsc, signal } = problem;
  const session = new Session(comm, operation, scalar);
  let matrix: Matrix | undefined;
  try {
    matrix = matrixOf(session, operator, { scalar, watch: { operation, maxProducts, signal }, hermitian });
    if (hermitian) mustBeHermitian(operator, matrix.space, matrix.bank);
    const { handle } = matrix;
    session.set(
      {
        mfn_type: 'krylov',
        mfn_tol: `${tol}`,
        mfn_ncv: `${Math.min(BASIS, operator.shape[0])}`,
        mfn_max_it: `${Math.ceil(maxProducts / BASIS)}`,
      },
      petsc,
    );
    const y = new Float64Array(x.length);
    let reason: number;
    try {
      [reason] = session.run(() =>
        session.binding.function(handle, session.prefix, name, factor.re, factor.im, x, y),
      );
    } catch (error) {
      const cause = matrix.ended();
      throw cause === undefined ? error : cause.error;
    }
    session.run(() => session.mustBeUsed());
    if (reason < 0)
      throw new LinalgError(
        'ERR_CONVERGENCE',
        `${operation}: SLEPc did not converge in ${matrix.products()} products: raise maxProducts, or tol`,
      );
    return y;
  } finally {
    matrix?.free();
    session.close();
  }
}
