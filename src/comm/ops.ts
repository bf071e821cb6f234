import type { Reduction } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';

/**
 * An operation of reductions (MPI 4.1 §6.9.2). Combines two values; over memory it works element by element. Operands come in rank
 * order: `left` is of the lower ranks.
 */
export interface Op<in T> extends Reduction {
  combine(left: T, right: T): unknown;
  /** Throws a TypeError that says why when memory of this kind cannot be reduced so. */
  check(array: TypedArray): void;
}

type Numeric = number | bigint;
type NumberArray = Exclude<TypedArray, BigIntArray>;
type BigIntArray = BigInt64Array | BigUint64Array;
type Fold = (left: TypedArray, right: TypedArray) => void;

const isBig = (array: TypedArray): array is BigIntArray =>
  array instanceof BigInt64Array || array instanceof BigUint64Array;
const isFloat = (array: TypedArray): boolean =>
  array instanceof Float64Array || array instanceof Float32Array;

/** Makes a fold of a loop for numbers and one for bigints. */
function foldBy(
  numbers: (left: NumberArray, right: NumberArray) => void,
  bigints: (left: bigint, right: bigint) => bigint,
): Fold {
  return (left, right) => {
    if (isBig(left) && isBig(right)) {
      for (let i = 0; i < left.length; i++) left[i] = bigints(left[i]!, right[i]!);
    } else if (!isBig(left) && !isBig(right)) {
      numbers(left, right);
    }
  };
}

/** In the order of native/mpi.c. */
const CODES = ['SUM', 'PROD', 'MAX', 'MIN', 'LAND', 'LOR', 'LXOR', 'BAND', 'BOR', 'BXOR'];

function predefined<T>(
  name: string,
  combine: (left: T, right: T) => unknown,
  fold: Fold,
  check: (array: TypedArray) => void = () => undefined,
): Op<T> {
  return { name, code: CODES.indexOf(name), commutative: true, unit: 1, combine, fold, check };
}

/** Values that an operation is for; anything else is refused in words. */
function numeric(
  name: string,
  fn: (left: never, right: never) => Numeric,
): (l: Numeric, r: Numeric) => Numeric {
  const apply = fn as (left: Numeric, right: Numeric) => Numeric;
  return (left, right) => {
    if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'bigint')) {
      throw new TypeError(`${name} combines numbers or bigints, not ${typeof left} and ${typeof right}`);
    }
    return apply(left, right);
  };
}

/** Sum. Integers wrap around as in C. */
export const SUM: Op<Numeric> = predefined(
  'SUM',
  numeric('SUM', (left: number, right: number) => left + right),
  foldBy(
    (left, right) => {
      const n = left.length;
      let i = 0;
      // Four at a time: V8 looks at length and memory once for each turn of the loop.
      for (; i + 3 < n; i += 4) {
        left[i]! += right[i]!;
        left[i + 1]! += right[i + 1]!;
        left[i + 2]! += right[i + 2]!;
        left[i + 3]! += right[i + 3]!;
      }
      for (; i < n; i++) left[i]! += right[i]!;
    },
    (left, right) => left + right,
  ),
);

/** Product. */
export const PROD: Op<Numeric> = predefined(
  'PROD',
  numeric('PROD', (left: number, right: number) => left * right),
  foldBy(
    (left, right) => {
      if (left instanceof Int32Array || left instanceof Uint32Array) {
        for (let i = 0; i < left.length; i++) left[i] = Math.imul(left[i]!, right[i]!);
      } else {
        for (let i = 0; i < left.length; i++) left[i]! *= right[i]!;
      }
    },
    (left, right) => left * right,
  ),
);

/** Maximum. */
export const MAX: Op<Numeric> = predefined(
  'MAX',
  numeric('MAX', (left: number, right: number) => (right > left ? right : left)),
  foldBy(
    (left, right) => {
      for (let i = 0; i < left.length; i++) if (right[i]! > left[i]!) left[i] = right[i]!;
    },
    (left, right) => (right > left ? right : left),
  ),
);

/** Minimum. */
export const MIN: Op<Numeric> = predefined(
  'MIN',
  numeric('MIN', (left: number, right: number) => (right < left ? right : left)),
  foldBy(
    (left, right) => {
      for (let i = 0; i < left.length; i++) if (right[i]! < left[i]!) left[i] = right[i]!;
    },
    (left, right) => (right < left ? right : left),
  ),
);

function integersOnly(name: string): (array: TypedArray) => void {
  return (array) => {
    if (isFloat(array)) throw new TypeError(`${name} works on integers, not on a ${array.constructor.name}`);
  };
}

type Truth = boolean | Numeric;

/** Booleans give a boolean, numbers 0 or 1. */
function logical(name: string, fn: (left: boolean, right: boolean) => boolean): Op<Truth> {
  const bit = (left: unknown, right: unknown) => Number(fn(Boolean(left), Boolean(right)));
  return predefined<Truth>(
    name,
    (left, right) => {
      const result = fn(Boolean(left), Boolean(right));
      if (typeof left === 'bigint') return BigInt(result);
      return typeof left === 'number' ? Number(result) : result;
    },
    foldBy(
      (left, right) => {
        for (let i = 0; i < left.length; i++) left[i] = bit(left[i], right[i]);
      },
      (left, right) => BigInt(bit(left, right)),
    ),
    integersOnly(name),
  );
}

/** Logical and. */
export const LAND: Op<Truth> = logical('LAND', (left, right) => left && right);
/** Logical or. */
export const LOR: Op<Truth> = logical('LOR', (left, right) => left || right);
/** Logical exclusive or. */
export const LXOR: Op<Truth> = logical('LXOR', (left, right) => left !== right);

/** Numbers as 32-bit integers. */
function bitwise(
  name: string,
  numbers: (left: number, right: number) => number,
  bigints: (left: bigint, right: bigint) => bigint,
): Op<Numeric> {
  return predefined<Numeric>(
    name,
    numeric(name, (left: Numeric, right: Numeric) =>
      typeof left === 'bigint' || typeof right === 'bigint'
        ? bigints(BigInt(left), BigInt(right))
        : numbers(left, right),
    ),
    foldBy((left, right) => {
      for (let i = 0; i < left.length; i++) left[i] = numbers(left[i]!, right[i]!);
    }, bigints),
    integersOnly(name),
  );
}

/** Bitwise and. */
export const BAND: Op<Numeric> = bitwise(
  'BAND',
  (left, right) => left & right,
  (left, right) => left & right,
);
/** Bitwise or. */
export const BOR: Op<Numeric> = bitwise(
  'BOR',
  (left, right) => left | right,
  (left, right) => left | right,
);
/** Bitwise exclusive or. */
export const BXOR: Op<Numeric> = bitwise(
  'BXOR',
  (left, right) => left ^ right,
  (left, right) => left ^ right,
);

/** A value and where it was found. */
export type Located = readonly [value: Numeric, index: number];

/** Pairs lie interleaved in memory: value, index, value, index, … (MPI 4.1 §6.9.4). */
function located(name: string, better: (a: Numeric, b: Numeric) => boolean): Op<Located> {
  const takesRight = (l: Numeric, li: Numeric, r: Numeric, ri: Numeric) =>
    better(r, l) || (r === l && ri < li);
  return {
    name,
    // MPI has pair types for few element kinds; the fold serves all.
    code: -1,
    commutative: true,
    unit: 2,
    combine: (left, right) => (takesRight(left[0], left[1], right[0], right[1]) ? right : left),
    fold: (left, right) => {
      for (let i = 0; i < left.length; i += 2) {
        if (!takesRight(left[i]!, left[i + 1]!, right[i]!, right[i + 1]!)) continue;
        left[i] = right[i]!;
        left[i + 1] = right[i + 1]!;
      }
    },
    check: (array) => {
      if (array.length % 2 === 0) return;
      throw new TypeError(`${name} needs pairs of value and index, not ${array.length} elements`);
    },
  };
}

/** Maximum with its place; of equal ones the lowest index. */
export const MAXLOC: Op<Located> = located('MAXLOC', (a, b) => a > b);
/** Minimum with its place; of equal ones the lowest index. */
export const MINLOC: Op<Located> = located('MINLOC', (a, b) => a < b);

/** A complex number. */
export type Complex = readonly [re: number, im: number];

/** Numbers lie interleaved in memory: re, im, re, im, …, in arrays of floats. */
function complex(name: string, fn: (a: number, b: number, c: number, d: number) => Complex): Op<Complex> {
  return {
    name,
    code: -1,
    commutative: true,
    unit: 2,
    combine: (left, right) => fn(left[0], left[1], right[0], right[1]),
    fold: (left, right) => {
      if (isBig(left) || isBig(right)) return;
      for (let i = 0; i < left.length; i += 2) {
        const [re, im] = fn(left[i]!, left[i + 1]!, right[i]!, right[i + 1]!);
        left[i] = re;
        left[i + 1] = im;
      }
    },
    check: (array) => {
      if (!isFloat(array)) throw new TypeError(`${name} works on floats, not on a ${array.constructor.name}`);
      if (array.length % 2 === 0) return;
      throw new TypeError(`${name} needs pairs of real and imaginary part, not ${array.length} elements`);
    },
  };
}

/** Sum of complex numbers: `[re, im]` as values, interleaved pairs in memory (MPI 4.1 §6.9.2). */
export const COMPLEX_SUM: Op<Complex> = complex('COMPLEX_SUM', (a, b, c, d) => [a + c, b + d]);
/** Product of complex numbers: `[re, im]` as values, interleaved pairs in memory (MPI 4.1 §6.9.2). */
export const COMPLEX_PROD: Op<Complex> = complex('COMPLEX_PROD', (a, b, c, d) => [
  a * c - b * d,
  a * d + b * c,
]);

/** The operand of the highest rank; in windows, the operand takes the place of what was there (MPI 4.1 §12.3.4). */
export const REPLACE: Op<unknown> = {
  name: 'REPLACE',
  code: -2,
  commutative: false,
  unit: 1,
  combine: (_left, right) => right,
  fold: (left, right) => {
    left.set(right.subarray(0, left.length) as never);
  },
  check: () => undefined,
};

/** The operand of the lowest rank; in windows, what was there stays (MPI 4.1 §12.3.4). */
export const NO_OP: Op<unknown> = {
  name: 'NO_OP',
  code: -3,
  commutative: false,
  unit: 1,
  combine: (left) => left,
  fold: () => undefined,
  check: () => undefined,
};
