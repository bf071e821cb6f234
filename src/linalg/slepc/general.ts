import type { Communicator } from '../../comm/index.ts';
import { LinalgError } from '../error.ts';
import { SolverMemory } from '../kernels/memory.ts';
import { applyPhase, phaseOf } from '../krylov/phase.ts';
import { Space } from '../krylov/space.ts';
import type { Operator } from '../operator.ts';
import type { Range } from '../ownership.ts';
import type { Complex } from '../scalar.ts';
import { Eps, type Solved } from './eps.ts';
import { factorization, isSingular } from './factorization.ts';
import { matrixOf, type Matrix } from './matrix.ts';
import { Session, type PetscOptions } from './session.ts';

/** What is asked of SLEPc. */
export interface GeneralProblem {
  readonly k: number;
  readonly target:
    | {
        readonly which:
          'magnitude' | 'largest real' | 'smallest real' | 'largest imaginary' | 'smallest imaginary';
      }
    | { readonly near: Complex };
  readonly tol: number;
  readonly maxProducts: number;
  readonly basis: number | undefined;
  readonly seed: number;
  readonly petsc: PetscOptions | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((products: number) => void) | undefined;
}

/** What SLEPc has found: complex numbers, interleaved. */
export interface GeneralFound {
  readonly values: Float64Array;
  readonly residuals: Float64Array;
  readonly vectors: readonly Float64Array[];
  readonly ranges: readonly Range[];
  readonly products: number;
  readonly iterations: number;
  readonly solver: string;
}

const WHICH = {
  magnitude: 'eps_largest_magnitude',
  'largest real': 'eps_largest_real',
  'smallest real': 'eps_smallest_real',
  'largest imaginary': 'eps_largest_imaginary',
  'smallest imaginary': 'eps_smallest_imaginary',
} as const;

/**
 * Collective: eigenvalues of an operator that need not be Hermitian.
 *
 * @throws LinalgError ERR_SOLVER, ERR_CONVERGENCE, ERR_BACKEND, ERR_RANGE.
 */
export function generalBySlepc(
  operator: Operator,
  comm: Communicator,
  problem: GeneralProblem,
): GeneralFound {
  const { k, target, tol, maxProducts, signal, onProgress, basis, seed } = problem;
  const operation = 'eigs';
  const near = 'near' in target ? target.near : undefined;
  if (near !== undefined && !operator.hasRows)
    throw new LinalgError(
      'ERR_BACKEND',
      'SLEPc factorizes an operator for the values near a number, and this one has no rows',
    );
  // A real matrix has no complex shift.
  const scalar = near !== undefined && near.im !== 0 ? 'complex' : operator.scalar;
  const session = new Session(comm, operation, scalar);
  let matrix: Matrix | undefined;
  try {
    const watch = { operation, maxProducts, signal, onProgress };
    matrix = matrixOf(session, operator, { scalar, watch, hermitian: false });
    const n = operator.shape[0];
    const size = Math.min(n, basis ?? Math.max(2 * k, k + 15));
    const shift = near && factorization(session, false);
    session.set(
      {
        eps_type: 'krylovschur',
        ...('which' in target ? { [WHICH[target.which]]: '' } : {}),
        ...(near
          ? { ...shift!.options, eps_target: text(near), eps_target_magnitude: '', eps_true_residual: '' }
          : {}),
        eps_nev: String(k),
        eps_ncv: String(size),
        eps_conv_abs: '',
        eps_tol: (tol * (matrix.norm || 1)).toExponential(),
        eps_max_it: String(1 + Math.max(0, Math.ceil((maxProducts - size) / (size / 2)))),
      },
      problem.petsc,
    );
    const eps = new Eps(
      session,
      matrix,
      (said) => (near && isSingular(said) ? '\nnear is an eigenvalue' : ''),
      false,
    );
    eps.setUp(problem);
    const { pairs, restarts } = eps.solve(k, 0, randomStart(matrix, seed), []);
    const found = pairs.map((pair) => finished(matrix!, pair));
    const values = Float64Array.from(pairs.flatMap(({ value, imaginary }) => [value, imaginary]));
    const residuals = Float64Array.from(found, ({ residual }) => residual);
    const products = matrix.products();
    if (pairs.length < k)
      throw new LinalgError(
        'ERR_CONVERGENCE',
        `${pairs.length} of ${k} eigenvalues converged in ${products} products: raise maxProducts, or tol, or the basis`,
        { partial: { values, residuals, products } },
      );
    return {
      values,
      residuals,
      vectors: found.map(({ vector }) => vector),
      ranges: matrix.layout.rows,
      products,
      iterations: restarts,
      solver: `krylovschur${shift ? `, shift and invert, ${shift.name}` : ''}`,
    };
  } finally {
    matrix?.free();
    session.close();
  }
}

/** A complex number as PETSc reads it. */
const text = ({ re, im }: Complex) => (im === 0 ? `${re}` : `${re}${im < 0 ? '-' : '+'}${Math.abs(im)}i`);

function randomStart({ space, bank }: Matrix, seed: number): Float64Array {
  const at = bank.take();
  space.randomUnit(at, seed, 0, []);
  const start = space.local(at).slice();
  bank.giveBack(at);
  return start;
}

/** Collective: a unit vector, complex, its largest component real and positive, and ‖A x − λ x‖. */
function finished(
  { space, bank }: Matrix,
  { value, imaginary, vector, imaginaryVector }: Solved['pairs'][number],
): { readonly vector: Float64Array; readonly residual: number } {
  const image = (x: Float64Array) => {
    const [from, to] = [bank.take(), bank.take()];
    space.local(from).set(x);
    space.step(space.apply, to, from);
    const y = space.local(to).slice();
    bank.giveBack(from);
    bank.giveBack(to);
    return y;
  };
  const joined = (re: Float64Array, im: Float64Array) => {
    const out = new Float64Array(2 * re.length);
    re.forEach((x, i) => out.set([x, im[i]!], 2 * i));
    return out;
  };
  const real = imaginaryVector !== undefined;
  const x = real ? joined(vector, imaginaryVector) : vector;
  const y = real ? joined(image(vector), image(imaginaryVector)) : image(vector);
  return refined(space, x, y, { re: value, im: imaginary });
}

/** Collective: x as a unit vector of its phase, and ‖y − value x‖ for it, where y = A x. */
function refined(
  { comm, ranges, product, watch }: Space,
  x: Float64Array,
  y: Float64Array,
  value: Complex,
): { readonly vector: Float64Array; readonly residual: number } {
  const memory = new SolverMemory(2 * Space.stride(x.length), 4, comm.size);
  try {
    const room = new Space(comm, memory, ranges, 'complex', product, watch);
    const [at, image] = [room.vectors(), room.vectors()];
    room.local(at).set(x);
    room.local(image).set(y);
    memory.kernels.axpyComplex(image, -value.re, -value.im, at, x.length / 2);
    const residual = room.norm(image) / room.normalize(at);
    applyPhase(room, at, phaseOf(room, at));
    return { vector: room.local(at).slice(), residual };
  } finally {
    memory.free();
  }
}
