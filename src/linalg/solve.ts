import { Communicator } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree } from './agree.ts';
import { distribute, ranksOf, type LocalVector, type VectorLike } from './argument.ts';
import { chooseBackend } from './backend.ts';
import { LinalgError } from './error.ts';
import { isHermitian } from './hermitian.ts';
import type { KeptVector } from './kept.ts';
import type { Bank } from './krylov/bank.ts';
import { generalizedResiduals, GMRES_BASIS } from './krylov/gmres.ts';
import { conjugateGradients, minimalResiduals, type LinearMethod } from './krylov/linear.ts';
import { inSession } from './krylov/session.ts';
import type { Space } from './krylov/space.ts';
import type { Operator } from './operator.ts';
import type { Backend, ProblemOptions, Where } from './options.ts';
import { widest } from './scalar.ts';
import { linearBySlepc } from './slepc/linear.ts';
import { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** Iterations for linear systems. */
export type SolveMethod = 'cg' | 'minres' | 'gmres';

/** What a linear system takes besides operator and right side. */
export interface SolveOptions extends ProblemOptions {
  /** Default: the ranks that share the right side, else the world. */
  readonly on?: Where | undefined;
  /** ‖b − A x‖ is at most tol · ‖b‖. Default 1e-10. */
  readonly tol?: number | undefined;
  /**
   * Default: GMRES where the operator is not Hermitian; else CG, and MINRES from where CG tells that
   * the operator is not positive definite.
   */
  readonly method?: SolveMethod | undefined;
  /** By factorization, which takes SLEPc's backend. */
  readonly direct?: boolean | undefined;
  /** A vector to begin with. Default 0. */
  readonly start?: VectorLike | undefined;
  /** `keep`: the solution stays on the workers of the pool, and a handle comes back. */
  readonly vectors?: 'keep' | undefined;
}

/** The solution of a linear system. */
export interface SolveResult<V> {
  readonly x: V;
  /** ‖b − A x‖, computed at the end. */
  readonly residual: number;
  readonly products: number;
  readonly iterations: number;
  readonly backend: Backend;
  /** The algorithm. */
  readonly solver: string;
  readonly seconds: number;
}

/**
 * Solves A x = b by iterations.
 *
 * @param operator square.
 * @param b distributed, whole, or kept on the pool of `on`.
 * @throws LinalgError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_BACKEND, ERR_DIVERGED, ERR_FAILED;
 *     ERR_CONVERGENCE with the solution so far and its residual as `partial`.
 * @example
 * const { x } = solve(poisson, b, { tol: 1e-12 });
 */
export function solve(
  operator: Operator,
  b: VectorLike,
  options: SolveOptions & OnWorkers & { readonly vectors: 'keep' },
): Promise<SolveResult<KeptVector>>;
export function solve(
  operator: Operator,
  b: VectorLike,
  options: SolveOptions & OnWorkers,
): Promise<SolveResult<Float64Array>>;
export function solve(
  operator: Operator,
  b: LocalVector,
  options?: SolveOptions & OnRanks,
): SolveResult<DistributedVector>;
export function solve(
  operator: Operator,
  b: VectorLike,
  options: SolveOptions = {},
): SolveResult<DistributedVector> | Promise<unknown> {
  const { on = ranksOf([b], world), vectors, ...rest } = options;
  if (on instanceof Communicator) return solveLinear(on, operator, b as LocalVector, rest);
  return onWorkers(on, solveOnWorkers, [operator, b, rest], vectors);
}

/** @internal */
export const solveOnWorkers: WorkerCall = task(import.meta, function solveOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, b, options]) =>
    solveLinear(comm, operator as Operator, b as LocalVector, options as SolveOptions),
  );
});

const METHODS: Readonly<Record<SolveMethod, LinearMethod>> = {
  cg: conjugateGradients,
  minres: minimalResiduals,
  gmres: generalizedResiduals,
};

function solveLinear(
  comm: Communicator,
  operator: Operator,
  b: LocalVector,
  options: SolveOptions,
): SolveResult<DistributedVector> {
  const operation = 'solve';
  const began = performance.now();
  const { tol = 1e-10, maxProducts, method, direct = false, start, signal } = options;
  const call = [tol, maxProducts, method, direct, options.backend, options.petsc, signal !== undefined];
  mustAgree(comm, operation, [operator.describe(), call, b.length, start?.length]);
  if (operator.shape[0] !== operator.shape[1])
    throw new LinalgError('ERR_SHAPE', `solve needs a square operator, not ${operator.shape.join(' × ')}`);
  if (!(tol > 0 && tol < 1))
    throw new LinalgError('ERR_OPTION', `tol is ${tol}, and must lie between 0 and 1`);
  if (method !== undefined && !Object.hasOwn(METHODS, method))
    throw new LinalgError('ERR_OPTION', `method is '${method as string}', and may be cg, minres or gmres`);
  const backend = chooseBackend(comm, operation, direct ? 'direct' : 'iterative', operator, options);
  const right = distribute(comm, operation, operator, b);
  const from = start && distribute(comm, operation, operator, start as LocalVector);
  const scalar = widest(operator.scalar, right.scalar, from?.scalar ?? 'real');
  const as = (vector: DistributedVector) => (scalar === 'complex' ? vector.toComplex() : vector).local;
  if (backend === 'slepc') {
    const found = linearBySlepc(operator, comm, {
      scalar,
      right: as(right),
      start: from && as(from),
      tol,
      maxProducts: maxProducts ?? 1_000_000,
      method: direct ? 'direct' : (method ?? 'gmres'),
      petsc: options.petsc,
      signal,
    });
    const { converged, x, ...told } = found;
    const solution = new DistributedVector(comm, scalar, right.ranges, x);
    if (!converged) throw notConverged(solution, told);
    return { ...told, x: solution, backend, seconds: (performance.now() - began) / 1000 };
  }
  const watch = { operation, signal, maxProducts };
  return inSession({ comm, operator, scalar, vectors: GMRES_BASIS + 4, watch }, (space, bank) => {
    const [x, side] = [bank.take(), bank.take()];
    space.local(side).set(as(right));
    if (from) space.local(x).set(as(from));
    else space.local(x).fill(0);
    const found = iterate(operator, space, bank, x, side, tol, method);
    const { residual, iterations, solver, converged } = found;
    const solution = new DistributedVector(comm, scalar, right.ranges, space.local(x).slice());
    const { products } = space;
    if (!converged) throw notConverged(solution, { residual, products, solver });
    const seconds = (performance.now() - began) / 1000;
    return { x: solution, residual, products, iterations, backend, solver, seconds };
  });
}

function notConverged(
  x: DistributedVector,
  { residual, products, solver }: Pick<SolveResult<unknown>, 'residual' | 'products' | 'solver'>,
): LinalgError {
  return new LinalgError(
    'ERR_CONVERGENCE',
    `${solver} reached ‖b − A x‖ = ${residual.toExponential(1)} in ${products} products: raise maxProducts, or tol; the operator may be singular`,
    { partial: { x, residual, products } },
  );
}

interface Iterated {
  readonly residual: number;
  readonly iterations: number;
  readonly solver: SolveMethod;
  readonly converged: boolean;
}

/** Cycles that bring less than half of a digit are the last. */
const STAGNATION = 0.7;

/** Runs a method until the residual, computed anew, is small enough. */
function iterate(
  operator: Operator,
  space: Space,
  bank: Bank,
  x: number,
  b: number,
  tol: number,
  method: SolveMethod | undefined,
): Iterated {
  let solver = method ?? (isHermitian(operator, space, bank) ? 'cg' : 'gmres');
  const goal = tol * space.norm(b);
  const r = bank.take();
  let [iterations, last, slow] = [0, Infinity, 0];
  for (;;) {
    space.step(space.apply, r, x);
    space.memory.kernels.combine(r, -1, 1, b, 0, b, space.doubles);
    const residual = space.norm(r);
    const result = { residual, iterations, solver };
    if (residual <= goal) return { ...result, converged: true };
    // A restart of GMRES may bring little for a while; the others begin anew for rounding alone.
    slow = residual > STAGNATION * last ? slow + 1 : 0;
    if (space.spent || slow > (solver === 'gmres' ? 10 : 1)) return { ...result, converged: false };
    last = residual;
    const outcome = METHODS[solver](space, bank, x, r, 0.5 * goal);
    iterations += outcome.iterations;
    if (outcome.end === 'indefinite') {
      if (method === 'cg')
        throw new LinalgError(
          'ERR_OPTION',
          'cg needs a positive definite operator: leave method out, or take minres',
        );
      solver = 'minres';
      last = Infinity;
    }
  }
}
