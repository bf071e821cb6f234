import type { Communicator } from '../../comm/index.ts';
import type { Csr } from '../csr.ts';
import { complex, Sum, type Operator } from '../operator.ts';
import { MatrixFreeOperator } from '../operators/lazy.ts';
import { ownerOf, type Range } from '../ownership.ts';
import { width, type Scalar } from '../scalar.ts';
import { SpinOperator } from '../spin/operator.ts';
import { planAdjointCalls } from './calls.ts';
import { prepareProduct, staysLazy } from './product.ts';
import type { Prepared, ProductLayout } from './product-plan.ts';
import { planStored } from './rows.ts';
import { planSum } from './sum.ts';

/**
 * Makes products with the adjoint of an operator ready: from its rows, transposed by one exchange;
 * from `applyAdjoint`; or from the adjoint terms of a spin operator.
 *
 * @param layout of the adjoint: its rows are the operator's columns.
 */
export function prepareAdjoint(operator: Operator, layout: ProductLayout): Prepared {
  if (operator instanceof MatrixFreeOperator) return planAdjointCalls(operator, layout);
  if (operator instanceof SpinOperator && staysLazy(operator))
    return prepareProduct(operator.adjoint(), layout);
  if (operator instanceof Sum && operator.summands.some(({ operator: part }) => staysLazy(part))) {
    const summands = operator.summands.map(({ operator: part, factor }) => ({
      operator: part,
      factor: { re: complex(factor).re, im: -complex(factor).im },
    }));
    return planSum(new Sum(summands), layout, prepareAdjoint);
  }
  const { comm, scalar } = layout;
  // Here the operator's own rows are the columns of the layout.
  const own = layout.columns[comm.rank]!;
  const rows = operator.rows(own);
  return () => {
    const transposed = transpose(comm, rows, own, layout.rows, operator.scalar);
    return planStored(transposed, operator.scalar === 'complex', layout, width(scalar));
  };
}

/** Collective: the rows of the conjugate transpose that a rank owns. */
function transpose(comm: Communicator, rows: Csr, own: Range, ranges: readonly Range[], scalar: Scalar): Csr {
  const w = width(scalar);
  const step = 2 + w;
  const counts = new Int32Array(ranges.length);
  const owners = Int32Array.from(rows.columns, (column) => ownerOf(ranges, column));
  for (const owner of owners) counts[owner]!++;
  const parts = Array.from(counts, (count) => new Float64Array(count * step));
  const filled = new Int32Array(ranges.length);
  for (let row = 0; row + 1 < rows.rowPtr.length; row++)
    for (let e = rows.rowPtr[row]!; e < rows.rowPtr[row + 1]!; e++) {
      const owner = owners[e]!;
      const part = parts[owner]!;
      const at = filled[owner]!;
      part[at] = rows.columns[e]!;
      part[at + 1] = own.start + row;
      part[at + 2] = rows.values[e * w]!;
      if (w === 2) part[at + 3] = -rows.values[2 * e + 1]!;
      filled[owner] = at + step;
    }
  const got = comm.size === 1 ? parts : comm.alltoall(parts);
  return fromRecords(got, ranges[comm.rank]!, scalar);
}

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
