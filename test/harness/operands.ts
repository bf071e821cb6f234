/** Operands of reductions for every element type, and their results in closed form: integers by BigInt, modulo 2^bits. */
import type { TypedArray } from 'flotilla';
import { KINDS } from './kinds.ts';

export type OpName = 'SUM' | 'PROD' | 'MAX' | 'MIN' | 'LAND' | 'LOR' | 'LXOR' | 'BAND' | 'BOR' | 'BXOR';
export type ArrayType = (typeof KINDS)[number];

export const OP_NAMES: readonly OpName[] = [
  ...(['SUM', 'PROD', 'MAX', 'MIN', 'LAND', 'LOR'] as const),
  ...(['LXOR', 'BAND', 'BOR', 'BXOR'] as const),
];
const FLOAT_OPS: readonly OpName[] = ['SUM', 'PROD', 'MAX', 'MIN'];

interface Shape {
  readonly bits: number;
  readonly signed: boolean;
  readonly float: boolean;
  readonly clamped: boolean;
}

function shapeOf(type: ArrayType): Shape {
  return {
    bits: 8 * type.BYTES_PER_ELEMENT,
    signed: !type.name.includes('Uint'),
    float: type === Float32Array || type === Float64Array,
    clamped: type === Uint8ClampedArray,
  };
}

/** The operations that elements of this type have. */
export function opsOf(type: ArrayType): readonly OpName[] {
  return shapeOf(type).float ? FLOAT_OPS : OP_NAMES;
}

/** Operands that any order of combination takes to the same float: small whole numbers, powers of two, the largest. */
function floats(type: ArrayType, op: OpName): readonly number[] {
  const most = type === Float32Array ? 2 ** 127 * (2 - 2 ** -23) : Number.MAX_VALUE;
  if (op === 'PROD') return [1, -1, 2, -0.5, 4, 1, 0.25, -1];
  if (op === 'SUM') return [1, -3, 0.5, 1000, -0.25, 7, Infinity, 0];
  return [1, -3, most, -most, Infinity, -Infinity, 0.5, -0.25];
}

/** The limits of the type and their neighbors, and what overflows when it is added to or multiplied by itself. */
function integers({ bits, signed }: Shape): readonly bigint[] {
  const top = 1n << BigInt(bits - 1);
  const near = top - top / 16n;
  return signed
    ? [top - 1n, -top, 1n, -1n, near, 0n, -near, 3n, 2n, -2n, top / 2n]
    : [2n * top - 1n, 0n, 1n, top, near + top, top - 1n, 7n, 3n, 2n, near, top / 2n];
}

const combine: Readonly<Record<OpName, (a: bigint, b: bigint) => bigint>> = {
  SUM: (a, b) => a + b,
  PROD: (a, b) => a * b,
  MAX: (a, b) => (a > b ? a : b),
  MIN: (a, b) => (a < b ? a : b),
  LAND: (a, b) => BigInt(a !== 0n && b !== 0n),
  LOR: (a, b) => BigInt(a !== 0n || b !== 0n),
  LXOR: (a, b) => BigInt((a !== 0n) !== (b !== 0n)),
  BAND: (a, b) => a & b,
  BOR: (a, b) => a | b,
  BXOR: (a, b) => a ^ b,
};

const combineFloats: Readonly<Partial<Record<OpName, (a: number, b: number) => number>>> = {
  SUM: (a, b) => a + b,
  PROD: (a, b) => a * b,
  MAX: Math.max,
  MIN: Math.min,
};

/** Numbers or bigints in an array of a type; bigints wrap to its bits, and clamped bytes saturate. */
function arrayOf(type: ArrayType, values: readonly (number | bigint)[]): TypedArray {
  const { bits, signed, clamped } = shapeOf(type);
  const fit = (value: bigint) => (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  if (type === BigInt64Array || type === BigUint64Array) return type.from((values as bigint[]).map(fit));
  const elements = values.map((value) =>
    typeof value === 'number' ? value : Number(clamped && value > 255n ? 255n : fit(value)),
  );
  return (type as typeof Float64Array).from(elements);
}

/** The operands of one operation on elements of one type, by rank, and what they combine to. */
export class Operands {
  readonly #values: (number | bigint)[][];
  readonly #prefixes: (number | bigint)[][] = [];

  constructor(
    readonly type: ArrayType,
    readonly op: OpName,
    readonly ranks: number,
    readonly length: number,
  ) {
    const shape = shapeOf(type);
    const pool: readonly (number | bigint)[] = shape.float ? floats(type, op) : integers(shape);
    // Ranks go through the pool at different strides: all of its pairs meet.
    this.#values = Array.from({ length: ranks }, (_, r) =>
      Array.from({ length }, (_, i) => pool[(i * (r + 1) + r + (i % pool.length) * 3) % pool.length]!),
    );
  }

  /** What a rank gives. */
  of(rank: number): TypedArray {
    return arrayOf(this.type, this.#values[rank]!);
  }

  /** What the ranks from 0 to `last` combine to. */
  result(last: number): TypedArray {
    return arrayOf(this.type, (this.#prefixes[last] ??= this.#combined(last)));
  }

  /** What two ranks combine to. */
  pair(one: number, other: number): TypedArray {
    return arrayOf(this.type, this.#with(this.#values[one]!, other));
  }

  #combined(last: number): (number | bigint)[] {
    if (last === 0) return this.#values[0]!;
    return this.#with((this.#prefixes[last - 1] ??= this.#combined(last - 1)), last);
  }

  #with(values: readonly (number | bigint)[], rank: number): (number | bigint)[] {
    const numbers = combineFloats[this.op];
    const bigints = combine[this.op];
    return this.#values[rank]!.map((right, i) => {
      const left = values[i]!;
      return typeof left === 'bigint' ? bigints(left, right as bigint) : numbers!(left, right as number);
    });
  }
}
