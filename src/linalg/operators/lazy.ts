import type { Csr } from '../csr.ts';
import { LinalgError } from '../error.ts';
import { Operator, type Description } from '../operator.ts';
import type { Range } from '../ownership.ts';
import type { Scalar } from '../scalar.ts';
import type { DistributedVector } from '../vector.ts';

/** Shape and kind of numbers of an operator that is computed. */
export interface LazyOptions {
  /** Global rows and columns. */
  readonly shape: readonly [number, number];
  /** Default real. */
  readonly scalar?: Scalar;
}

/** Builds the rows of a range: called on each rank for its own rows, perhaps more than once. */
export type RowsFunction<A extends readonly unknown[]> = (range: Range, ...args: A) => Csr;

/** Rows that a function builds when they are asked for. */
export class LazyOperator extends Operator {
  readonly shape: readonly [number, number];
  readonly scalar: Scalar;

  constructor(
    options: LazyOptions,
    readonly make: RowsFunction<readonly unknown[]>,
    readonly args: readonly unknown[],
  ) {
    super();
    this.shape = checkShape(options.shape);
    this.scalar = options.scalar ?? 'real';
  }

  describe(): Description {
    return { kind: 'lazy', shape: this.shape, scalar: this.scalar, make: this.make, args: this.args };
  }

  protected build(range: Range): Csr {
    return this.make(range, ...this.args);
  }
}

/**
 * An operator whose rows a function builds, each rank its own.
 *
 * @param rows called with a half-open range of global rows, which may be empty, and `args`. A task
 *     (`flotilla/pool`), if workers are to find it.
 * @throws LinalgError ERR_SHAPE for a shape that is none.
 * @example
 * const H = lazy({ shape: [n, n] }, laplacianRows, n);
 */
export function lazy<A extends readonly unknown[]>(
  options: LazyOptions,
  rows: (range: Range, ...args: A) => Csr,
  ...args: A
): Operator {
  // The arguments and the function come from one call, so they fit each other.
  return new LazyOperator(options, rows as RowsFunction<readonly unknown[]>, args);
}

/** Computes y ← A x from vectors that are distributed alike; may communicate over `x.comm`. */
export type ApplyFunction = (x: DistributedVector, y: DistributedVector) => void;

/** An operator that has products alone. */
export interface MatrixFreeOptions extends LazyOptions {
  readonly apply: ApplyFunction;
  /** y ← Aᴴ x, for svds and operators that are not Hermitian. */
  readonly applyAdjoint?: ApplyFunction;
}

/** Products that a function computes. */
export class MatrixFreeOperator extends Operator {
  readonly shape: readonly [number, number];
  readonly scalar: Scalar;
  override readonly hasRows: boolean = false;

  constructor(readonly options: MatrixFreeOptions) {
    super();
    this.shape = checkShape(options.shape);
    this.scalar = options.scalar ?? 'real';
  }

  describe(): Description {
    return { kind: 'matrixFree', ...this.options };
  }

  protected build(): Csr {
    throw new LinalgError('ERR_BACKEND', 'a matrix-free operator has products, no rows');
  }
}

/**
 * An operator that is known by its products.
 *
 * @throws LinalgError ERR_SHAPE for a shape that is none.
 * @example
 * matrixFree({ shape: [n, n], apply: (x, y) => y.local.set(x.local.map((v) => 2 * v)) });
 */
export function matrixFree(options: MatrixFreeOptions): Operator {
  return new MatrixFreeOperator(options);
}

function checkShape(shape: readonly [number, number]): readonly [number, number] {
  for (const n of shape)
    if (!Number.isSafeInteger(n) || n < 1)
      throw new LinalgError('ERR_SHAPE', `${shape.join(' × ')} is no shape of an operator`);
  return [shape[0], shape[1]];
}
