import { checkRows, RowBuilder, type Csr } from './csr.ts';
import { LinalgError } from './error.ts';
import type { Range } from './ownership.ts';
import { widest, type Complex, type Scalar } from './scalar.ts';

/**
 * An operator as plain values: what travels to workers, and what ranks compare. `kind` names its
 * class.
 */
export interface Description {
  readonly kind: string;
  readonly [detail: string]: unknown;
}

/**
 * A linear operator of which each rank builds its own rows: a description, no data. It is real or
 * complex by declaration, never by a look at its values.
 */
export abstract class Operator {
  /** Global rows and columns. */
  abstract readonly shape: readonly [number, number];
  abstract readonly scalar: Scalar;
  /** Rows that stay on one rank. */
  readonly block: number = 1;
  /** Whether its rows can be asked for; a matrix-free operator has products alone. */
  readonly hasRows: boolean = true;

  /** What makes it, as plain values. @internal */
  abstract describe(): Description;
  /** The rows of a range that fits. */
  protected abstract build(range: Range): Csr;

  /**
   * The rows of any half-open range, also an empty one; columns are global.
   *
   * @throws LinalgError ERR_RANGE for a range beyond the shape, ERR_SHAPE and ERR_VALUE for rows
   *     that do not make sense, ERR_BACKEND for an operator that has products alone.
   */
  rows(range: Range): Csr {
    const { start, end } = range;
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end))
      throw new LinalgError('ERR_RANGE', `rows ${start} to ${end} are no range of rows`);
    if (end > this.shape[0])
      throw new LinalgError(
        'ERR_RANGE',
        `rows ${start} to ${end} lie beyond the shape, ${this.shape.join(' × ')}`,
      );
    if (this.shape[1] > 2 ** 31 - 1)
      throw new LinalgError(
        'ERR_RANGE',
        `columns of stored rows end at 2147483647, and there are ${this.shape[1]}`,
      );
    const rows = this.build(range);
    checkRows(rows, range, this.shape[1], this.scalar);
    return rows;
  }

  /**
   * The sum of two operators of one shape.
   *
   * @throws LinalgError ERR_SHAPE when the shapes differ.
   */
  plus(other: Operator): Operator {
    return new Sum([
      { operator: this, factor: ONE },
      { operator: other, factor: ONE },
    ]);
  }

  /** The operator times a number. */
  times(factor: number | Complex): Operator {
    return new Sum([{ operator: this, factor: complex(factor) }]);
  }
}

const ONE: Complex = { re: 1, im: 0 };

/** A number as a complex one. */
export function complex(value: number | Complex): Complex {
  return typeof value === 'number' ? { re: value, im: 0 } : { re: value.re, im: value.im };
}

/** An operator and what it is multiplied by. */
export interface Summand {
  readonly operator: Operator;
  readonly factor: Complex;
}

/** A sum of operators of one shape, each with a factor. */
export class Sum extends Operator {
  readonly summands: readonly Summand[];
  readonly shape: readonly [number, number];
  readonly scalar: Scalar;
  override readonly hasRows: boolean;
  override readonly block: number;

  constructor(summands: readonly Summand[]) {
    super();
    this.summands = summands.flatMap(({ operator, factor }) =>
      operator instanceof Sum
        ? operator.summands.map((inner) => ({ ...inner, factor: product(inner.factor, factor) }))
        : [{ operator, factor }],
    );
    this.shape = this.summands[0]!.operator.shape;
    for (const { operator } of this.summands)
      if (operator.shape[0] !== this.shape[0] || operator.shape[1] !== this.shape[1])
        throw new LinalgError(
          'ERR_SHAPE',
          `a sum of operators of ${this.shape.join(' × ')} and ${operator.shape.join(' × ')}`,
        );
    const factors = this.summands.map(({ factor }): Scalar => (factor.im === 0 ? 'real' : 'complex'));
    this.scalar = widest(...factors, ...this.summands.map(({ operator }) => operator.scalar));
    this.hasRows = this.summands.every(({ operator }) => operator.hasRows);
    this.block = Math.max(...this.summands.map(({ operator }) => operator.block));
  }

  describe(): Description {
    const summands = this.summands.map(({ operator, factor }) => ({ factor, operator: operator.describe() }));
    return { kind: 'sum', summands };
  }

  protected build(range: Range): Csr {
    const parts = this.summands.map(({ operator, factor }) => ({
      factor,
      rows: operator.rows(range),
      wide: operator.scalar === 'complex',
    }));
    const builder = new RowBuilder(range.end - range.start, this.scalar);
    for (let row = 0; row < range.end - range.start; row++) {
      for (const { rows, factor, wide } of parts) {
        for (let e = rows.rowPtr[row]!; e < rows.rowPtr[row + 1]!; e++) {
          const re = rows.values[wide ? 2 * e : e]!;
          const im = wide ? rows.values[2 * e + 1]! : 0;
          builder.add(rows.columns[e]!, re * factor.re - im * factor.im, re * factor.im + im * factor.re);
        }
      }
      builder.endRow();
    }
    return builder.finish();
  }
}

function product(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}
