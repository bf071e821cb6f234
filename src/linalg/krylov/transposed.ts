import type { Communicator } from '../../comm/index.ts';
import type { Csr } from '../csr.ts';
import { complex, Sum, type Operator } from '../operator.ts';
import { MatrixFreeOperator } from '../operators/lazy.ts';
import { ownerOf, type Range } from '../ownership.ts';
import { width, type Scalar } from '../scalar.ts';
import { SpinOperator } from '../spin/operator.ts';
import { fromRecords } from '../records.ts';
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
