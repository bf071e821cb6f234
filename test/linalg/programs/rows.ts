import type { Csr, Range } from 'flotilla/linalg';
import { task } from 'flotilla/pool';

/** The diagonal 0, step, 2 step, … */
export const diagonalRows: (range: Range, step: number) => Csr = task(
  import.meta,
  function diagonalRows({ start, end }, step) {
    const rows = Array.from({ length: end - start }, (_, i) => start + i);
    return {
      rowPtr: Int32Array.from({ length: rows.length + 1 }, (_, i) => i),
      columns: Int32Array.from(rows),
      values: Float64Array.from(rows, (row) => row * step),
    };
  },
);
