import { MpiError, type MpiErrorCode } from '../fabric/error.ts';
import { kindOf, type TypedArray } from '../fabric/memory.ts';
import { kindOfType, type ElementType } from './element-type.ts';
import type { Op } from './ops.ts';

/**
 * An operation of your own on single elements (MPI 4.1 §6.9.5). `fn` must be associative and must not change its
 * arguments; Uppercase calls apply it to each element. Operands are always combined in rank order; `commutative`
 * (default true) says that the order does not matter. For elements that belong together see `createBlockOp`.
 */
export function createOp<T>(fn: (left: T, right: T) => T, options: { commutative?: boolean } = {}): Op<T> {
  const element = fn as unknown as (left: number | bigint, right: number | bigint) => number | bigint;
  return {
    name: fn.name || 'user op',
    code: -1,
    commutative: options.commutative ?? true,
    unit: 1,
    combine: fn,
    fold: (left, right) => {
      for (let i = 0; i < left.length; i++) left[i] = element(left[i]!, right[i]!);
    },
    check: () => undefined,
  };
}

/** Options of `createBlockOp`. */
export interface BlockOpOptions<A extends TypedArray = TypedArray> {
  /** The arrays that the function is for; others are refused (ERR_OP). Default: all. */
  readonly type?: ElementType<A>;
  /** Elements that belong together, such as 2 for complex numbers or 4 for 2 × 2 matrices. Default 1. */
  readonly unit?: number;
  /** Whether the order of the operands does not matter. Default true. They are combined in rank order in any case. */
  readonly commutative?: boolean;
}

/**
 * An operation of your own that sees blocks of memory (MPI 4.1 §6.9.5): `fn(total, right)` combines all the units of
 * two arrays of the same length in one call and leaves the result in `total`, whose operands are of the lower ranks.
 * An array may come in several pieces, of whole units each; both may lie in shared memory. `fn` must be associative,
 * must not change `right`, and must not keep either. Lowercase calls take typed arrays as values.
 *
 * @throws MpiError ERR_ARG for a unit that is not a whole number from 1 on, and a type that is none.
 * @example
 * // Products of 2 × 2 matrices, row after row, in rank order.
 * const product = createBlockOp(
 *   (a, b) => {
 *     for (let i = 0; i < a.length; i += 4) {
 *       const [p, q, r, s] = a.subarray(i, i + 4) as unknown as [number, number, number, number];
 *       const [t, u, v, w] = b.subarray(i, i + 4) as unknown as [number, number, number, number];
 *       a.set([p * t + q * v, p * u + q * w, r * t + s * v, r * u + s * w], i);
 *     }
 *   },
 *   { type: Float64Array, unit: 4, commutative: false },
 * );
 * comm.Allreduce(IN_PLACE, matrices, product);
 */
export function createBlockOp<A extends TypedArray = TypedArray>(
  fn: (total: A, right: A) => void,
  options: BlockOpOptions<A> = {},
): Op<A> {
  const { type, unit = 1, commutative = true } = options;
  const name = fn.name || 'user op';
  const kind = type === undefined ? -1 : kindOfType(type);
  const refuse = (code: MpiErrorCode, message: string, operation = 'createBlockOp') =>
    new MpiError(code, message, { operation });
  if (typeof fn !== 'function') throw refuse('ERR_ARG', 'a function of two typed arrays is needed');
  if (!Number.isSafeInteger(unit) || unit < 1)
    throw refuse('ERR_ARG', `unit must be a whole number of elements from 1 on, not ${String(unit)}`);
  if (type !== undefined && kind < 0)
    throw refuse('ERR_ARG', 'type must be the constructor of a typed array, such as Float64Array');
  const unfit = (array: TypedArray): string | undefined => {
    if (kind >= 0 && kindOf(array) !== kind)
      return `${name} works on a ${type!.name}, not on a ${array.constructor.name}`;
    if (array.length % unit === 0) return undefined;
    return `${name} needs whole units of ${unit} elements, not ${array.length} elements`;
  };
  return {
    name,
    code: -1,
    commutative,
    unit,
    combine(left, right) {
      for (const value of [left, right]) {
        const reason = kindOf(value) < 0 ? `${name} combines typed arrays` : unfit(value);
        if (reason !== undefined) throw refuse('ERR_OP', reason, name);
      }
      if (left.length !== right.length)
        throw refuse('ERR_OP', `${left.length} elements cannot be combined with ${right.length}`, name);
      const total = left.slice() as A;
      fn(total, right);
      return total;
    },
    fold(left, right) {
      if (left.length === 0) return;
      fn(left as A, (right.length === left.length ? right : right.subarray(0, left.length)) as A);
    },
    check(array) {
      const reason = unfit(array);
      if (reason !== undefined) throw new TypeError(reason);
    },
  };
}
