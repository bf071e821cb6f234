import type { Csr } from '../csr.ts';
import type { SolverMemory } from '../kernels/memory.ts';
import type { Operator } from '../operator.ts';
import type { Range } from '../ownership.ts';
import { width } from '../scalar.ts';
import { Exchange, planGhosts } from './exchange.ts';
import type { Prepared, Product, ProductLayout, ProductPlan } from './product-plan.ts';

/**
 * Products with stored rows: own columns while the ghosts are under way, then the ghosts' columns.
 */
export function planRows(operator: Operator, layout: ProductLayout): Prepared {
  const { comm, scalar } = layout;
  const rows = operator.rows(layout.rows[comm.rank]!);
  return () => planStored(rows, operator.scalar === 'complex', layout, width(scalar));
}

/** Collective: products with rows that are there. */
export function planStored(
  rows: Csr,
  complexRows: boolean,
  layout: ProductLayout,
  entry: 1 | 2,
): ProductPlan {
  const { comm } = layout;
  const own = layout.columns[comm.rank]!;
  const numbers = ghostNumbers(rows, own);
  const ghostPlan = planGhosts(comm, layout.columns, numbers);
  const [inner, outer] = split(rows, own, numbers, complexRows ? 2 : 1);
  const exchange = Exchange.needs(ghostPlan, entry);
  const parts = outer.columns.length > 0 ? [inner, outer] : [inner];
  const count = rows.rowPtr.length - 1;
  return {
    bytes: exchange.bytes + parts.reduce((sum, part) => sum + bytesOf(part), 0),
    allocations: exchange.allocations + 3 * parts.length,
    bind(memory): Product {
      const ghosts = new Exchange(comm, memory, ghostPlan, entry);
      const [near, far] = parts.map((part) => store(memory, part));
      const { kernels } = memory;
      const kernel = complexRows ? kernels.rowsComplex : entry === 2 ? kernels.rowsMixed : kernels.rowsReal;
      const add = (y: number, x: number, part: Stored) =>
        kernel(y, x, part.rowPtr, part.columns, part.values, count);
      return {
        apply(y, x) {
          ghosts.start(x);
          memory.floats(y, count * entry).fill(0);
          add(y, x, near!);
          ghosts.finish();
          if (far) add(y, ghosts.ghosts, far);
        },
        failure: () => undefined,
      };
    },
  };
}

interface Stored {
  readonly rowPtr: number;
  readonly columns: number;
  readonly values: number;
}

const bytesOf = ({ rowPtr, columns, values }: Csr) =>
  4 * (rowPtr.length + columns.length) + 8 * values.length;

const store = (memory: SolverMemory, { rowPtr, columns, values }: Csr): Stored => ({
  rowPtr: memory.storeInts(rowPtr),
  columns: memory.storeInts(columns),
  values: memory.storeFloats(values),
});

/** Columns that others own, ascending and each once. */
function ghostNumbers({ columns }: Csr, own: Range): Float64Array {
  const outside = columns.filter((column) => column < own.start || column >= own.end).sort();
  return Float64Array.from(outside.filter((column, i) => i === 0 || column !== outside[i - 1]));
}

/** Own columns, counted from the range's start; and ghosts, counted as they lie. */
function split(rows: Csr, own: Range, ghosts: Float64Array, valueWidth: 1 | 2): [Csr, Csr] {
  if (ghosts.length === 0 && own.start === 0) return [rows, { ...rows, columns: new Int32Array(0) }];
  const count = rows.rowPtr.length - 1;
  const isOwn = (column: number) => column >= own.start && column < own.end;
  let ownEntries = 0;
  for (const column of rows.columns) if (isOwn(column)) ownEntries++;
  const make = (entries: number): Csr => ({
    rowPtr: new Int32Array(count + 1),
    columns: new Int32Array(entries),
    values: new Float64Array(entries * valueWidth),
  });
  const [inner, outer] = [make(ownEntries), make(rows.columns.length - ownEntries)];
  let [i, o] = [0, 0];
  const placeOf = new Map<number, number>();
  ghosts.forEach((global, place) => placeOf.set(global, place));
  for (let row = 0; row < count; row++) {
    for (let e = rows.rowPtr[row]!; e < rows.rowPtr[row + 1]!; e++) {
      const column = rows.columns[e]!;
      const near = isOwn(column);
      const [part, at] = near ? [inner, i++] : [outer, o++];
      part.columns[at] = near ? column - own.start : placeOf.get(column)!;
      for (let w = 0; w < valueWidth; w++)
        part.values[at * valueWidth + w] = rows.values[e * valueWidth + w]!;
    }
    inner.rowPtr[row + 1] = i;
    outer.rowPtr[row + 1] = o;
  }
  return [inner, outer];
}
