import type { Csr } from './csr.ts';
import type { Range } from './ownership.ts';
import { width, type Scalar } from './scalar.ts';

/**
 * Compressed rows from records of (row, column, value), kept in their order within a row.
 *
 * @param records of rows that lie within the range.
 */
export function fromRecords(records: readonly Float64Array[], range: Range, scalar: Scalar): Csr {
  const w = width(scalar);
  const step = 2 + w;
  const rowPtr = new Int32Array(range.end - range.start + 1);
  for (const part of records)
    for (let i = 0; i < part.length; i += step) rowPtr[part[i]! - range.start + 1]!++;
  for (let i = 1; i < rowPtr.length; i++) rowPtr[i]! += rowPtr[i - 1]!;
  const entries = rowPtr.at(-1)!;
  const columns = new Int32Array(entries);
  const values = new Float64Array(entries * w);
  const next = rowPtr.slice();
  for (const part of records)
    for (let i = 0; i < part.length; i += step) {
      const at = next[part[i]! - range.start]!++;
      columns[at] = part[i + 1]!;
      for (let c = 0; c < w; c++) values[at * w + c] = part[i + 2 + c]!;
    }
  return { rowPtr, columns, values };
}
