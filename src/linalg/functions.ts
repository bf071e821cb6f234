import { Communicator } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree } from './agree.ts';
import { distribute, ranksOf, type LocalVector, type VectorLike } from './argument.ts';
import { chooseBackend } from './backend.ts';
import { LinalgError } from './error.ts';
import { isHermitian, mustBeHermitian } from './hermitian.ts';
import type { KeptVector } from './kept.ts';
import { EXPM_BASIS, expmGeneral, expmHermitian } from './krylov/expm.ts';
import { lanczosFunction, type SpectralFunction } from './krylov/lanczos-function.ts';
import { inSession } from './krylov/session.ts';
import { complex, type Operator } from './operator.ts';
import type { Backend, ProblemOptions, Where } from './options.ts';
import { widest, type Complex, type Scalar } from './scalar.ts';
import { functionBySlepc, type FunctionProblem } from './slepc/functions.ts';
import { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** What functions of an operator take. */
export interface FunctionOptions extends ProblemOptions {
  /** Default: the ranks that share the vector, else the world. */
  readonly on?: Where | undefined;
  /** The error, of the size of the result. Default 1e-12. */
  readonly tol?: number | undefined;
  /** `keep`: the result stays on the workers of the pool, and a handle comes back. */
  readonly vectors?: 'keep' | undefined;
}

/** Options of `expmMultiply`. */
export interface ExpmOptions extends FunctionOptions {
  /** What the operator is multiplied by. Default 1. */
  readonly scale?: number | Complex | undefined;
}

/** Functions that have a name. */
export type NamedFunction = 'sqrt' | 'log' | 'exp' | 'inverse';

/**
 * exp(scale · A) v, by Lanczos where A is Hermitian, by Arnoldi otherwise, with an estimate of the
 * error. For states of quantum mechanics `evolve` is quicker.
 *
 * @param operator square.
 * @returns a vector, complex if the operator, v or scale is.
 * @throws LinalgError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_CONVERGENCE, ERR_DIVERGED, ERR_FAILED.
 * @example
 * expmMultiply(laplacian, v, { scale: -0.1 }); // heat after 0.1
 */
export function expmMultiply(
  operator: Operator,
  v: VectorLike,
  options: ExpmOptions & OnWorkers & { readonly vectors: 'keep' },
): Promise<KeptVector>;
export function expmMultiply(
  operator: Operator,
  v: VectorLike,
  options: ExpmOptions & OnWorkers,
): Promise<Float64Array>;
export function expmMultiply(
  operator: Operator,
  v: LocalVector,
  options?: ExpmOptions & OnRanks,
): DistributedVector;
export function expmMultiply(
  operator: Operator,
  v: VectorLike,
  options: ExpmOptions = {},
): DistributedVector | Promise<unknown> {
  const { on = ranksOf([v], world), vectors, ...rest } = options;
  if (on instanceof Communicator) return expm(on, operator, v as LocalVector, rest);
  return onWorkers(on, expmOnWorkers, [operator, v, rest], vectors);
}

/** @internal */
export const expmOnWorkers: WorkerCall = task(import.meta, function expmOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, v, options]) =>
    expm(comm, operator as Operator, v as LocalVector, options as ExpmOptions),
  );
});

/**
 * f(A) v of a Hermitian operator, by Lanczos without a stored basis, until the result changes by no
 * more than `tol`.
 *
 * @param f `sqrt`, `log`, `exp`, `inverse`, or a function of the eigenvalues; one that returns
 *     `{ re, im }` makes the result complex. It should be smooth on the spectrum. For workers a
 *     task, or a function that captures nothing.
 * @throws LinalgError ERR_OPTION, ERR_SHAPE, ERR_HERMITIAN, ERR_CONVERGENCE, ERR_DIVERGED,
 *     ERR_FAILED; ERR_VALUE where f is not finite at a value of the operator.
 * @example
 * functionMultiply('sqrt', laplacian, v);
 */
export function functionMultiply(
  f: NamedFunction | SpectralFunction,
  operator: Operator,
  v: VectorLike,
  options: FunctionOptions & OnWorkers & { readonly vectors: 'keep' },
): Promise<KeptVector>;
export function functionMultiply(
  f: NamedFunction | SpectralFunction,
  operator: Operator,
  v: VectorLike,
  options: FunctionOptions & OnWorkers,
): Promise<Float64Array>;
export function functionMultiply(
  f: NamedFunction | SpectralFunction,
  operator: Operator,
  v: LocalVector,
  options?: FunctionOptions & OnRanks,
): DistributedVector;
export function functionMultiply(
  f: NamedFunction | SpectralFunction,
  operator: Operator,
  v: VectorLike,
  options: FunctionOptions = {},
): DistributedVector | Promise<unknown> {
  const { on = ranksOf([v], world), vectors, ...rest } = options;
  if (on instanceof Communicator) return multiply(on, f, operator, v as LocalVector, rest);
  return onWorkers(on, functionOnWorkers, [f, operator, v, rest], vectors);
}

/** @internal */
export const functionOnWorkers: WorkerCall = task(import.meta, function functionOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([f, operator, v, options]) =>
    multiply(comm, f as SpectralFunction, operator as Operator, v as LocalVector, options as FunctionOptions),
  );
});

const NAMED: Readonly<Record<NamedFunction, (x: number) => number>> = {
  sqrt: Math.sqrt,
  log: Math.log,
  exp: Math.exp,
  inverse: (x) => 1 / x,
};

/** Checks that all ranks make the same call, and brings the vector to them. */
function prepare(
  comm: Communicator,
  operation: string,
  operator: Operator,
  v: LocalVector,
  options: FunctionOptions,
  more: unknown,
): {
  readonly backend: Backend;
  readonly vector: DistributedVector;
  readonly tol: number;
  readonly watch: { operation: string } & FunctionOptions;
} {
  const { signal, tol = 1e-12, ...plain } = options;
  mustAgree(comm, operation, [operator.describe(), plain, tol, signal !== undefined, v.length, more]);
  if (operator.shape[0] !== operator.shape[1])
    throw new LinalgError(
      'ERR_SHAPE',
      `${operation} needs a square operator, not ${operator.shape.join(' × ')}`,
    );
  if (!(tol > 0 && tol < 1))
    throw new LinalgError('ERR_OPTION', `tol is ${tol}, and must lie between 0 and 1`);
  const backend = chooseBackend(comm, operation, 'function', operator, options);
  const vector = distribute(comm, operation, operator, v);
  return { backend, vector, tol, watch: { operation, signal, maxProducts: options.maxProducts } };
}

function expm(
  comm: Communicator,
  operator: Operator,
  v: LocalVector,
  options: ExpmOptions,
): DistributedVector {
  const { backend, vector, tol, watch } = prepare(comm, 'expmMultiply', operator, v, options, null);
  const scale = complex(options.scale ?? 1);
  if (!Number.isFinite(scale.re) || !Number.isFinite(scale.im))
    throw new LinalgError('ERR_OPTION', `scale is ${scale.re} + ${scale.im}i`);
  const scalar = widest(operator.scalar, vector.scalar, scale.im === 0 ? 'real' : 'complex');
  if (backend === 'slepc') {
    const x = as(vector, scalar).local;
    const y = functionBySlepc(
      operator,
      comm,
      slepcProblem(watch, options, { scalar, name: 'exp', factor: scale, hermitian: false, x, tol }),
    );
    return new DistributedVector(comm, scalar, vector.ranges, y);
  }
  return inSession({ comm, operator, scalar, vectors: EXPM_BASIS + 2, watch }, (space, bank) => {
    const hermitian = isHermitian(operator, space, bank);
    const x = bank.take();
    space.local(x).set(as(vector, scalar).local);
    (hermitian ? expmHermitian : expmGeneral)(space, bank, x, scale, tol);
    return new DistributedVector(comm, scalar, vector.ranges, space.local(x).slice());
  });
}

function multiply(
  comm: Communicator,
  f: NamedFunction | SpectralFunction,
  operator: Operator,
  v: LocalVector,
  options: FunctionOptions,
): DistributedVector {
  const operation = 'functionMultiply';
  const { backend, vector, tol, watch } = prepare(comm, operation, operator, v, options, f);
  if (typeof f === 'string' && !Object.hasOwn(NAMED, f))
    throw new LinalgError('ERR_OPTION', `'${f}' is no function; there are ${Object.keys(NAMED).join(', ')}`);
  const scalar = widest(operator.scalar, vector.scalar);
  if (backend === 'slepc') {
    if (typeof f !== 'string' || f === 'inverse')
      throw new LinalgError('ERR_BACKEND', `SLEPc has exp, sqrt and log: ${operation} of others is krylov's`);
    const x = as(vector, scalar).local;
    const factor = { re: 1, im: 0 };
    const y = functionBySlepc(
      operator,
      comm,
      slepcProblem(watch, options, { scalar, name: f, factor, hermitian: true, x, tol }),
    );
    return new DistributedVector(comm, scalar, vector.ranges, y);
  }
  return inSession({ comm, operator, scalar, vectors: 7, watch }, (space, bank) => {
    mustBeHermitian(operator, space, bank);
    const [x, y, imaginary] = [bank.take(), bank.take(), bank.take()];
    space.local(x).set(as(vector, scalar).local);
    const found = lanczosFunction(space, bank, typeof f === 'string' ? NAMED[f] : f, x, [y, imaginary], tol);
    if (found === undefined)
      throw new LinalgError(
        'ERR_CONVERGENCE',
        `f(A) v did not converge in ${space.products} products: raise maxProducts, or tol; f may have a singularity near the spectrum`,
      );
    const out = new DistributedVector(comm, found.complex ? 'complex' : scalar, vector.ranges);
    const [re, im] = [space.local(y), space.local(imaginary)];
    if (scalar === 'real' && found.complex) re.forEach((value, i) => out.local.set([value, im[i]!], 2 * i));
    else out.local.set(re);
    return out;
  });
}

const as = (vector: DistributedVector, scalar: Scalar): DistributedVector =>
  scalar === 'complex' ? vector.toComplex() : vector;

const slepcProblem = (
  { operation }: { readonly operation: string },
  { maxProducts, petsc, signal }: FunctionOptions,
  problem: Omit<FunctionProblem, 'operation' | 'maxProducts' | 'petsc' | 'signal'>,
): FunctionProblem => ({ ...problem, operation, maxProducts, petsc, signal });
