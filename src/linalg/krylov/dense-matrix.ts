import type { Bank } from './bank.ts';
import type { Space } from './space.ts';

/**
 * Collective: the whole n × n matrix of a small operator, row by row, by its products with unit
 * vectors.
 */
export function matrixOf(space: Space, bank: Bank, n: number): Float64Array {
  const { width: w, comm, range } = space;
  const [x, y] = [bank.take(), bank.take()];
  const matrix = new Float64Array(n * n * w);
  const counts = space.ranges.map(({ start, end }) => (end - start) * w);
  const column = new Float64Array(n * w);
  for (let j = 0; j < n; j++) {
    space.local(x).fill(0);
    if (j >= range.start && j < range.end) space.local(x)[(j - range.start) * w] = 1;
    space.step(space.apply, y, x);
    comm.Allgatherv(space.local(y).slice(), { data: column, counts });
    for (let i = 0; i < n; i++) for (let c = 0; c < w; c++) matrix[(i * n + j) * w + c] = column[i * w + c]!;
  }
  bank.giveBack(x);
  bank.giveBack(y);
  return matrix;
}
