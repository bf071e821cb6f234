import { IN_PLACE, MAX, type Communicator } from '../../comm/index.ts';
import { together } from '../agree.ts';
import type { Csr } from '../csr.ts';
import { SolverMemory } from '../kernels/memory.ts';
import { Bank } from '../krylov/bank.ts';
import { spectrumBounds } from '../krylov/bounds.ts';
import { layoutOf, prepareProduct } from '../krylov/product.ts';
import type { Product, ProductLayout } from '../krylov/product-plan.ts';
import { Space, type Watch } from '../krylov/space.ts';
import type { Operator } from '../operator.ts';
import { width, type Scalar } from '../scalar.ts';
import type { PetscHandle } from './binding.ts';
import { mustCount, type Session } from './session.ts';

/** A matrix of PETSc, and room for a few vectors of ours. */
export interface Matrix {
  readonly handle: PetscHandle;
  readonly layout: ProductLayout;
  /** Vectors of the memory that the matrix came with, and products with it. */
  readonly space: Space;
  readonly bank: Bank;
  /** An estimate of ‖A‖ from below. */
  readonly norm: number;
  /** Products with it so far. */
  products(): number;
  /** What has ended a solve from within a product: thrown on all ranks. */
  ended(): { readonly error: unknown } | undefined;
  free(): void;
}

/** Vectors that a matrix has room for. */
const VECTORS = 8;

/** How an operator becomes a matrix. */
export interface MatrixOptions {
  /** Complex also for a real operator on complex vectors. */
  readonly scalar: Scalar;
  readonly watch: Watch;
  readonly hermitian: boolean;
}

/**
 * Collective: a square operator as a matrix of PETSc: its rows, or a shell whose products are ours
 * where it has none.
 */
export function matrixOf(session: Session, operator: Operator, options: MatrixOptions): Matrix {
  const { comm, operation } = session;
  mustCount(session, operator.shape[0]);
  const layout = layoutOf(operator, comm, options.scalar);
  if (!operator.hasRows) return fromCalls(session, operator, layout, options);
  const rows = together(comm, operation, () => {
    const own = operator.rows(layout.rows[comm.rank]!);
    return options.scalar === operator.scalar ? own : { ...own, values: widened(own.values) };
  });
  return fromRows(session, layout, rows, options);
}

/** Real numbers as complex ones. */
function widened(values: Float64Array): Float64Array {
  const wide = new Float64Array(2 * values.length);
  values.forEach((value, i) => (wide[2 * i] = value));
  return wide;
}

/** Collective: a square matrix of rows that are there. */
export function fromRows(
  session: Session,
  layout: ProductLayout,
  rows: Csr,
  { watch, hermitian }: Omit<MatrixOptions, 'scalar'>,
): Matrix {
  const { comm, binding } = session;
  const { scalar } = layout;
  const before = binding.products();
  const handle = session.run(() =>
    session.keep(
      binding.matRows(...sizes(session, layout), rows.rowPtr, rows.columns, rows.values, hermitian),
    ),
  );
  const count = (layout.rows[comm.rank]!.end - layout.rows[comm.rank]!.start) * width(scalar);
  const memory = together(
    comm,
    session.operation,
    () => new SolverMemory(VECTORS * Space.stride(count), 8, comm.size),
  );
  const space = new Space(
    comm,
    memory,
    layout.rows,
    scalar,
    productOf(session, handle, memory, count),
    watch,
  );
  return {
    handle,
    layout,
    space,
    bank: new Bank(space, VECTORS),
    norm: largestRowNorm(comm, rows, width(scalar)),
    products: () => binding.products() - before,
    ended: () => undefined,
    free: () => memory.free(),
  };
}

/** Products by PETSc on vectors in a memory of ours. */
export function productOf(
  session: Session,
  handle: PetscHandle,
  memory: SolverMemory,
  count: number,
): Product {
  let failed: { readonly error: unknown } | undefined;
  return {
    apply(y, x) {
      try {
        session.binding.multiply(handle, memory.floats(x, count), memory.floats(y, count), false);
      } catch (error) {
        failed ??= { error };
        memory.floats(y, count).fill(NaN);
      }
    },
    failure: () => failed,
  };
}

function fromCalls(
  session: Session,
  operator: Operator,
  layout: ProductLayout,
  { watch, hermitian }: MatrixOptions,
): Matrix {
  const { comm, operation, binding } = session;
  const { scalar } = layout;
  const plan = together(comm, operation, () => prepareProduct(operator, layout))();
  const { start, end } = layout.rows[comm.rank]!;
  const count = (end - start) * width(scalar);
  const memory = together(
    comm,
    operation,
    () => new SolverMemory(plan.bytes + (VECTORS + 2) * Space.stride(count), plan.allocations + 8, comm.size),
  );
  const space = new Space(comm, memory, layout.rows, scalar, plan.bind(memory), watch);
  const [x, y] = [space.vectors(), space.vectors()];
  let ended: { readonly error: unknown } | undefined;
  const apply = () => {
    try {
      // Its sums tell all ranks of what went wrong on one of them.
      space.step(space.apply, y, x);
      return true;
    } catch (error) {
      ended ??= { error };
      return false;
    }
  };
  const handle = session.run(() =>
    session.keep(
      binding.matCalls(...sizes(session, layout), space.local(x), space.local(y), apply, hermitian),
    ),
  );
  const bank = new Bank(space, VECTORS);
  return {
    handle,
    layout,
    space,
    bank,
    norm: hermitian ? hermitianNorm(space, bank) : largestStretch(space, bank),
    products: () => space.products,
    ended: () => ended,
    free: () => memory.free(),
  };
}

/** Collective: a little less than ‖A‖ of a Hermitian matrix. */
function hermitianNorm(space: Space, bank: Bank): number {
  return 0.9 * Math.max(...spectrumBounds(space, bank, 1).map(Math.abs));
}

/** Collective: the most that a few products lengthen a vector, which ‖A‖ is at least. */
function largestStretch(space: Space, bank: Bank): number {
  let [x, y] = [bank.take(), bank.take()];
  space.randomUnit(x, 1, 7, []);
  let most = 0;
  for (let turn = 0; turn < 5; turn++) {
    most = Math.max(most, Math.sqrt(space.step(space.apply, y, x).square));
    space.normalize(y);
    [x, y] = [y, x];
  }
  bank.giveBack(x);
  bank.giveBack(y);
  return most;
}

function sizes(
  { handle }: Session,
  { comm, rows, columns }: ProductLayout,
): [comm: number, rows: number, columns: number, allRows: number, allColumns: number] {
  const of = (ranges: ProductLayout['rows']) => ranges[comm.rank]!.end - ranges[comm.rank]!.start;
  return [handle, of(rows), of(columns), rows.at(-1)!.end, columns.at(-1)!.end];
}

/** Collective: the largest norm of a row, which ‖A‖ is at least. */
function largestRowNorm(comm: Communicator, { rowPtr, values }: Csr, w: 1 | 2): number {
  const largest = new Float64Array(1);
  for (let row = 0; row + 1 < rowPtr.length; row++) {
    let sum = 0;
    for (let v = w * rowPtr[row]!; v < w * rowPtr[row + 1]!; v++) sum += values[v]! * values[v]!;
    largest[0] = Math.max(largest[0]!, sum);
  }
  comm.Allreduce(IN_PLACE, largest, MAX);
  return Math.sqrt(largest[0]!);
}
