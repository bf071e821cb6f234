import { checkRows, RowBuilder, sliceRows, type Csr } from '../csr.ts';
import { LinalgError } from '../error.ts';
import { Operator, type Description } from '../operator.ts';
import type { Range } from '../ownership.ts';
import { width, type Scalar } from '../scalar.ts';

/** Rows that lie in the caller's memory; each rank takes its own. */
export class StoredOperator extends Operator {
  constructor(
    readonly stored: Csr,
    readonly shape: readonly [number, number],
    readonly scalar: Scalar,
  ) {
    super();
    checkRows(stored, { start: 0, end: shape[0] }, shape[1], scalar);
  }

  describe(): Description {
    return { kind: 'stored', rows: this.stored, shape: this.shape, scalar: this.scalar };
  }

  protected build({ start, end }: Range): Csr {
    return sliceRows(this.stored, start, end, this.scalar);
  }
}

/** What `csr` and `dense` take beside their data. */
export interface StoredOptions {
  /** Default real. Complex values are interleaved (re, im). */
  readonly scalar?: Scalar;
  /** Default: as many as there are rows. */
  readonly columns?: number;
}

/**
 * An operator of compressed sparse rows in memory.
 *
 * @param rows all rows; `rowPtr` has one number more than there are rows.
 * @throws LinalgError ERR_SHAPE and ERR_VALUE for rows that do not make sense.
 * @example
 * csr({ rowPtr: Int32Array.of(0, 1, 2), columns: Int32Array.of(1, 0), values: Float64Array.of(1, 1)
 * });
 */
export function csr(rows: Csr, options: StoredOptions = {}): Operator {
  const count = rows.rowPtr.length - 1;
  return new StoredOperator(rows, [count, options.columns ?? count], options.scalar ?? 'real');
}

/**
 * An operator of a matrix in memory, row by row; zeros are dropped.
 *
 * @param rows arrays of equal length (complex: interleaved), or one array of all rows of a square
 *     matrix.
 * @throws LinalgError ERR_SHAPE for rows of different lengths, ERR_VALUE for NaN and infinity.
 * @example
 * dense([[2, -1], [-1, 2]]);
 */
export function dense(
  rows: readonly ArrayLike<number>[] | Float64Array,
  options: StoredOptions = {},
): Operator {
  const scalar = options.scalar ?? 'real';
  const w = width(scalar);
  const lists = rows instanceof Float64Array ? cut(rows, w, options.columns) : rows;
  const columns = options.columns ?? (lists[0]?.length ?? 0) / w;
  const builder = new RowBuilder(lists.length, scalar);
  for (const [i, row] of lists.entries()) {
    if (row.length !== columns * w)
      throw new LinalgError('ERR_SHAPE', `row ${i} has ${row.length / w} entries, others ${columns}`);
    for (let j = 0; j < columns; j++) {
      const [re, im] = [row[j * w]!, w === 2 ? row[j * w + 1]! : 0];
      if (re !== 0 || im !== 0) builder.add(j, re, im);
    }
    builder.endRow();
  }
  return new StoredOperator(builder.finish(), [lists.length, columns], scalar);
}

function cut(all: Float64Array, w: number, columns?: number): Float64Array[] {
  const across = columns ?? Math.sqrt(all.length / w);
  const down = all.length / w / across;
  if (!Number.isInteger(across) || !Number.isInteger(down))
    throw new LinalgError('ERR_SHAPE', `${all.length / w} numbers are no square matrix: give { columns }`);
  return Array.from({ length: down }, (_, i) => all.subarray(i * across * w, (i + 1) * across * w));
}
