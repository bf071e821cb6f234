import { resolve } from 'node:path';
import type { Csr } from '../csr.ts';
import { Operator, type Description } from '../operator.ts';
import type { Range } from '../ownership.ts';
import { fromRecords } from '../records.ts';
import type { Scalar } from '../scalar.ts';
import { expand, readShare } from './entries.ts';
import { formatError, readHeader, type MarketHeader } from './header.ts';

/** The matrix of a file, which each rank reads for itself. */
export class MarketOperator extends Operator {
  readonly shape: readonly [number, number];
  readonly scalar: Scalar;
  readonly path: string;
  readonly header: MarketHeader;

  constructor(path: string) {
    super();
    this.path = resolve(path);
    this.header = readHeader(this.path);
    this.shape = [this.header.rows, this.header.columns];
    this.scalar = this.header.field === 'complex' ? 'complex' : 'real';
  }

  describe(): Description {
    return { kind: 'market', path: this.path };
  }

  /** From the whole file; products read it by shares. */
  protected build(range: Range): Csr {
    const { header, path, scalar } = this;
    const entries = readShare(path, header, 0, 1);
    checkCount(path, header, entries.count);
    const records: number[] = [];
    expand(header, entries, 0, (row, column, re, im) => {
      if (row < range.start || row >= range.end) return;
      if (scalar === 'complex') records.push(row, column, re, im);
      else records.push(row, column, re);
    });
    return fromRecords([Float64Array.from(records)], range, scalar);
  }
}

/**
 * The matrix of a Matrix Market file: coordinate or array; real, complex, integer or pattern;
 * general, symmetric, skew-symmetric or hermitian; compressed if the name ends in `.gz`. Entries of
 * one place add up. Each rank reads its share of the bytes and sends entries to the owners of their
 * rows; all of them must see the file.
 *
 * @throws LinalgError ERR_FORMAT with the line, here for the header, later for entries; what node:fs
 *     throws for a file that is not there.
 * @example
 * const { values } = eigh(readMatrixMarket('laplacian.mtx.gz'), { k: 4 });
 */
export function readMatrixMarket(path: string): Operator {
  return new MarketOperator(path);
}

/** @throws LinalgError ERR_FORMAT for a file of more or fewer entries than it says. */
export function checkCount(path: string, { entries, lines }: MarketHeader, count: number): void {
  if (count !== entries)
    throw formatError(path, lines, `the size says ${entries} entries, and ${count} are there`);
}
