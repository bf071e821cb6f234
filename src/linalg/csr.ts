import { LinalgError } from './error.ts';
import type { Range } from './ownership.ts';
import { width, type Scalar } from './scalar.ts';

/**
 * Compressed sparse rows: entry `rowPtr[i] … rowPtr[i + 1] − 1` belong to row i of the range.
 * Columns are global; complex values are interleaved (re, im). Columns of a row may come in any
 * order, and several entries of one place add up.
 */
export interface Csr {
  readonly rowPtr: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/**
 * Checks rows that somebody built.
 *
 * @throws LinalgError ERR_SHAPE for lengths, row pointers and columns that do not fit, ERR_VALUE
 *     for numbers that are not finite; both name the global row.
 */
export function checkRows(rows: Csr, range: Range, columns: number, scalar: Scalar): void {
  const count = range.end - range.start;
  const { rowPtr, columns: places, values } = rows;
  const refuse = (what: string): never => {
    throw new LinalgError('ERR_SHAPE', `rows ${range.start} to ${range.end}: ${what}`);
  };
  if (!(rowPtr instanceof Int32Array) || !(places instanceof Int32Array) || !(values instanceof Float64Array))
    refuse('rowPtr and columns must be Int32Array, values Float64Array');
  if (rowPtr.length !== count + 1) refuse(`rowPtr has ${rowPtr.length} numbers, not ${count + 1}`);
  if (rowPtr[0] !== 0) refuse(`rowPtr begins with ${rowPtr[0]}, not 0`);
  for (let i = 0; i < count; i++)
    if (rowPtr[i + 1]! < rowPtr[i]!)
      refuse(`rowPtr decreases at row ${range.start + i}, from ${rowPtr[i]} to ${rowPtr[i + 1]}`);
  const entries = rowPtr[count]!;
  if (places.length !== entries) refuse(`${places.length} columns for ${entries} entries`);
  if (values.length !== entries * width(scalar))
    refuse(
      `${values.length} values for ${entries} ${scalar} entries` +
        (values.length === 2 * entries ? `; give { scalar: 'complex' } for complex ones` : ''),
    );
  const rowOf = (entry: number) => range.start + rowPtr.findIndex((begin) => begin > entry) - 1;
  for (let e = 0; e < entries; e++) {
    const column = places[e]!;
    if (column < 0 || column >= columns)
      refuse(`row ${rowOf(e)} has an entry in column ${column}, but columns are 0 to ${columns - 1}`);
  }
  for (let v = 0; v < values.length; v++) {
    if (Number.isFinite(values[v])) continue;
    const row = rowOf(Math.floor(v / width(scalar)));
    throw new LinalgError('ERR_VALUE', `row ${row} has the value ${values[v]}`);
  }
}

/** Collects rows one after the other in arrays that grow. */
export class RowBuilder {
  readonly #width: 1 | 2;
  readonly #rowPtr: Int32Array;
  #row = 0;
  #columns = new Int32Array(64);
  #values: Float64Array;
  #entries = 0;

  constructor(rows: number, scalar: Scalar) {
    this.#width = width(scalar);
    this.#rowPtr = new Int32Array(rows + 1);
    this.#values = new Float64Array(64 * this.#width);
  }

  /** An entry of the row that is being built. */
  add(column: number, re: number, im = 0): void {
    if (this.#entries === this.#columns.length) this.#grow();
    this.#columns[this.#entries] = column;
    if (this.#width === 1) this.#values[this.#entries] = re;
    else {
      this.#values[2 * this.#entries] = re;
      this.#values[2 * this.#entries + 1] = im;
    }
    this.#entries++;
  }

  /** Ends the row that is being built. */
  endRow(): void {
    this.#rowPtr[++this.#row] = this.#entries;
  }

  finish(): Csr {
    return {
      rowPtr: this.#rowPtr,
      columns: this.#columns.slice(0, this.#entries),
      values: this.#values.slice(0, this.#entries * this.#width),
    };
  }

  #grow(): void {
    const columns = new Int32Array(2 * this.#columns.length);
    columns.set(this.#columns);
    this.#columns = columns;
    const values = new Float64Array(2 * this.#values.length);
    values.set(this.#values);
    this.#values = values;
  }
}

/** Rows `from` to `to` of rows that begin with row 0. */
export function sliceRows(rows: Csr, from: number, to: number, scalar: Scalar): Csr {
  const [begin, end] = [rows.rowPtr[from]!, rows.rowPtr[to]!];
  return {
    rowPtr: rows.rowPtr.slice(from, to + 1).map((at) => at - begin),
    columns: rows.columns.slice(begin, end),
    values: rows.values.slice(begin * width(scalar), end * width(scalar)),
  };
}
