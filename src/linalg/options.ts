import type { Executor } from '../pool/index.ts';
import type { Communicator } from '../comm/index.ts';
import { LinalgError } from './error.ts';
import type { VectorLike } from './argument.ts';

/** Which solver: ours, or the site's SLEPc. `auto` takes the one that suits the problem. */
export type Backend = 'krylov' | 'slepc';

/** What every problem takes. */
export interface ProblemOptions {
  /** Products, with the operator and its adjoint, after which it gives up with ERR_CONVERGENCE. Default 1,000,000. */
  readonly maxProducts?: number | undefined;
  readonly backend?: 'auto' | Backend | undefined;
  /**
   * Options of PETSc for a solve by SLEPc, as `{ eps_ncv: '40' }`; the value of a flag is ''.
   * They come after ours, with a prefix of the solve.
   */
  readonly petsc?: Readonly<Record<string, string>> | undefined;
  /** Ends the solve at the next product, on all ranks. Not with an executor. */
  readonly signal?: AbortSignal | undefined;
}

/** What every eigenvalue problem takes. */
export interface EigenOptions extends ProblemOptions {
  /** Residuals are at most tol · ‖H‖. Default 1e-10. */
  readonly tol?: number | undefined;
  /** Vectors of a stored basis, where one is used. Default: what suits k. */
  readonly basis?: number | undefined;
  /** Of the random start vectors; results do not depend on it beyond rounding. Default 1. */
  readonly seed?: number | undefined;
  /** A vector to begin with. */
  readonly start?: VectorLike | undefined;
  /**
   * `complete` (default): all copies of multiple values, made sure by further rounds. `as found`:
   * those of one Krylov space.
   */
  readonly multiplicity?: 'complete' | 'as found' | undefined;
  /** False: values alone. `keep`: they stay on the workers of the pool, and handles come back. */
  readonly vectors?: boolean | 'keep' | undefined;
  /** Called with the number of products now and then, on every rank. Not with an executor. */
  readonly onProgress?: ((products: number) => void) | undefined;
}

/** Which eigenvalues: k extremal ones, the k nearest to a number, or all of an interval. */
export type EigenTarget =
  | { readonly k: number; readonly which?: 'lowest' | 'highest' | 'magnitude' | undefined }
  | {
      readonly k: number;
      /** A number, or a place between the lowest value (0) and the highest (1). */
      readonly near: number | { readonly relative: number };
    }
  | { readonly interval: readonly [number, number] };

/** Options of `eigh`. */
export type EighOptions = EigenOptions & EigenTarget;

/**
 * Where a solve runs: on the ranks of a communicator, or on the workers of a pool (`'pool'`: the
 * one of `getPool()`).
 */
export type Where = Communicator | Executor | 'pool';

/** What an eigensolver found. */
export interface EigenResult<V> {
  /** Ascending. */
  readonly values: Float64Array;
  /**
   * Orthonormal, in the order of the values; the largest component of each is real and positive.
   */
  readonly vectors: readonly V[];
  /** ‖H x − λ x‖, computed at the end. */
  readonly residuals: Float64Array;
  /** Products with the operator. */
  readonly products: number;
  readonly iterations: number;
  readonly backend: Backend;
  /** The algorithm. */
  readonly solver: string;
  /** Whether all copies of multiple values among them are there, as far as random vectors tell. */
  readonly complete: boolean;
  readonly seconds: number;
}

/** Options with their defaults, checked. */
export interface Checked {
  readonly tol: number;
  readonly maxProducts: number;
  readonly seed: number;
  readonly complete: boolean;
  readonly vectors: boolean;
  readonly target:
    | { readonly kind: 'lowest' | 'highest' | 'magnitude'; readonly k: number }
    | { readonly kind: 'near'; readonly k: number; readonly near: number | { readonly relative: number } }
    | { readonly kind: 'interval'; readonly from: number; readonly to: number };
}

/**
 * Checks the options of an eigenvalue problem of n rows.
 *
 * @throws LinalgError ERR_OPTION.
 */
export function checkOptions(n: number, options: EighOptions): Checked {
  const {
    tol = 1e-10,
    maxProducts = 1_000_000,
    seed = 1,
    multiplicity = 'complete',
    vectors = true,
  } = options;
  if (!(tol > 0 && tol < 1)) refuse(`tol is ${tol}, and must lie between 0 and 1`);
  if (!(Number.isSafeInteger(maxProducts) && maxProducts > 0)) refuse(`maxProducts is ${maxProducts}`);
  if (!Number.isSafeInteger(seed)) refuse(`seed is ${seed}, and must be a whole number`);
  return {
    tol,
    maxProducts,
    seed,
    vectors: vectors !== false,
    complete: multiplicity === 'complete',
    target: checkTarget(n, options),
  };
}

function checkTarget(n: number, options: EigenTarget): Checked['target'] {
  if ('interval' in options) {
    if ('near' in options || 'k' in options) refuse('interval goes without k and near');
    const [from, to] = options.interval;
    if (!(from < to)) refuse(`the interval [${from}, ${to}] is empty: give the lower end first`);
    return { kind: 'interval', from, to };
  }
  const { k } = options;
  if (!Number.isSafeInteger(k) || k < 1 || k > n)
    refuse(`k is ${k}, and must lie between 1 and the ${n} rows`);
  if (!('near' in options)) return { kind: options.which ?? 'lowest', k };
  const { near } = options;
  const number = typeof near === 'number' ? near : near.relative;
  if (!Number.isFinite(number)) refuse(`near is ${String(number)}`);
  if (typeof near !== 'number' && (number < 0 || number > 1))
    refuse(`near: { relative: ${number} } must lie between 0 and 1`);
  return { kind: 'near', k, near };
}

function refuse(message: string): never {
  throw new LinalgError('ERR_OPTION', message);
}
