import { Communicator } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree, together } from './agree.ts';
import { chooseBackend } from './backend.ts';
import { LinalgError } from './error.ts';
import type { KeptVector } from './kept.ts';
import { SolverMemory } from './kernels/memory.ts';
import { Bank } from './krylov/bank.ts';
import { prepareProduct, layoutOf } from './krylov/product.ts';
import type { Product } from './krylov/product-plan.ts';
import { denseSpan, golubKahanSpan, gramSpan, refine, type Map2, type Side } from './krylov/singular.ts';
import { Space, type Watch } from './krylov/space.ts';
import { prepareAdjoint } from './krylov/transposed.ts';
import type { Operator } from './operator.ts';
import type { Backend, ProblemOptions, Where } from './options.ts';
import type { Range } from './ownership.ts';
import { width, type Scalar } from './scalar.ts';
import { singularBySlepc } from './slepc/singular.ts';
import { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** What singular values take besides the operator. */
export interface SvdsOptions extends ProblemOptions {
  /** How many, the largest. */
  readonly k: number;
  /** Default: the world. */
  readonly on?: Where | undefined;
  /**
   * Residuals of AᴴA are at most tol · ‖A‖², so that those of a value σ are about tol · ‖A‖² / σ.
   * Default 1e-10.
   */
  readonly tol?: number | undefined;
  /**
   * Works on A and Aᴴ apart, so that residuals are at most tol · ‖A‖ also of small values: about
   * twice the products.
   */
  readonly accurate?: boolean | undefined;
  /** `complete` (default): all copies of multiple values, made sure by further rounds. */
  readonly multiplicity?: 'complete' | 'as found' | undefined;
  /** False: values alone. `keep`: they stay on the workers of the pool. */
  readonly vectors?: boolean | 'keep' | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
}

/** The largest singular values: A v = σ u. */
export interface SvdsResult<V> {
  /** Descending. */
  readonly values: Float64Array;
  /** u of each value, distributed as the operator's rows. */
  readonly left: readonly V[];
  /**
   * v of each value, distributed as its columns. Of the shorter of u and v the largest component is
   * real and positive.
   */
  readonly right: readonly V[];
  /** The larger of ‖A v − σ u‖ and ‖Aᴴ u − σ v‖, computed at the end. */
  readonly residuals: Float64Array;
  readonly products: number;
  readonly iterations: number;
  readonly backend: Backend;
  readonly solver: string;
  readonly complete: boolean;
  readonly seconds: number;
}

/**
 * The largest singular values and their vectors, all copies of multiple ones.
 *
 * @param operator of any shape, with rows, or matrix-free with `applyAdjoint`.
 * @throws LinalgError ERR_OPTION, ERR_VALUE, ERR_BACKEND, ERR_CONVERGENCE, ERR_DIVERGED, ERR_MEMORY,
 *     ERR_FAILED; the same on every rank.
 * @example
 * const { values, left, right } = svds(terms, { k: 6 });
 */
export function svds(
  operator: Operator,
  options: SvdsOptions & OnWorkers & { readonly vectors: 'keep' },
): Promise<SvdsResult<KeptVector>>;
export function svds(operator: Operator, options: SvdsOptions & OnWorkers): Promise<SvdsResult<Float64Array>>;
export function svds(operator: Operator, options: SvdsOptions & OnRanks): SvdsResult<DistributedVector>;
export function svds(
  operator: Operator,
  options: SvdsOptions,
): SvdsResult<DistributedVector> | Promise<unknown> {
  const { on = world(), ...rest } = options;
  if (on instanceof Communicator) return singularValues(on, operator, rest);
  return onWorkers(on, svdsOnWorkers, [operator, rest], rest.vectors === 'keep' ? 'keep' : 'whole');
}

/** @internal */
export const svdsOnWorkers: WorkerCall = task(import.meta, function svdsOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, options]) =>
    singularValues(comm, operator as Operator, options as SvdsOptions),
  );
});

/** Up to here the whole Gram matrix is quicker than iterations; and where many values are wanted. */
const DENSE = 100;
const DENSE_MANY = 400;

function singularValues(
  comm: Communicator,
  operator: Operator,
  options: SvdsOptions,
): SvdsResult<DistributedVector> {
  const operation = 'svds';
  const began = performance.now();
  const { signal, ...plain } = options;
  mustAgree(comm, operation, [operator.describe(), plain, signal !== undefined]);
  const { k, tol = 1e-10, accurate = false, seed = 1, maxProducts = 1_000_000 } = options;
  const n = Math.min(...operator.shape);
  if (!Number.isSafeInteger(k) || k < 1 || k > n)
    throw new LinalgError('ERR_OPTION', `k is ${k}, and must lie between 1 and the ${n} singular values`);
  if (!(tol > 0 && tol < 1))
    throw new LinalgError('ERR_OPTION', `tol is ${tol}, and must lie between 0 and 1`);
  const backend = chooseBackend(comm, operation, 'singular', operator, options);
  if (backend === 'slepc') {
    const { ranges, ...found } = singularBySlepc(operator, comm, {
      k,
      tol,
      accurate,
      maxProducts,
      petsc: options.petsc,
    });
    const placed = (locals: readonly Float64Array[], side: readonly Range[]) =>
      options.vectors === false
        ? []
        : locals.map((local) => new DistributedVector(comm, operator.scalar, side, local));
    const [left, right] = [placed(found.left, ranges.rows), placed(found.right, ranges.columns)];
    return { ...found, left, right, backend, complete: false, seconds: (performance.now() - began) / 1000 };
  }
  const dense = n <= DENSE || (n <= DENSE_MANY && k > n / 8);
  const watch = { operation, maxProducts: maxProducts / 2, signal };
  const made = makeMap(comm, operator, watch, {
    short: dense ? 2 * k + 4 : 3 * k + 9,
    long: k + 3,
    joint: accurate && !dense ? 2 * k + 8 : 0,
  });
  const { map, joint, memory, ranges, tall } = made;
  try {
    const wanted = { k, tol, seed, complete: (options.multiplicity ?? 'complete') === 'complete' };
    const span = dense
      ? denseSpan(map, k, n)
      : joint
        ? golubKahanSpan(map, joint, wanted)
        : gramSpan(map, wanted);
    const found = refine(map, span.vectors, seed);
    const products = 2 * (map.short.space.products + (joint?.space.products ?? 0) + k);
    const { values, residuals } = found;
    const { solver, complete, iterations } = span;
    const vectors = (locals: readonly Float64Array[], side: readonly Range[]) =>
      options.vectors === false
        ? []
        : locals.map((local) => new DistributedVector(comm, operator.scalar, side, local));
    const [left, right] = tall ? [found.long, found.short] : [found.short, found.long];
    return {
      values,
      left: vectors(left, ranges.rows),
      right: vectors(right, ranges.columns),
      residuals,
      products,
      iterations,
      backend,
      solver,
      complete,
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    memory.free();
  }
}

/** The operator between its sides, in one memory. */
function makeMap(
  comm: Communicator,
  operator: Operator,
  watch: Watch,
  count: { readonly short: number; readonly long: number; readonly joint: number },
): {
  readonly map: Map2;
  readonly joint: Side | undefined;
  readonly memory: SolverMemory;
  readonly ranges: { readonly rows: readonly Range[]; readonly columns: readonly Range[] };
  readonly tall: boolean;
} {
  const { operation } = watch;
  const { scalar } = operator;
  const layout = layoutOf(operator, comm, scalar);
  const { rows, columns } = layout;
  const plan = together(comm, operation, () => prepareProduct(operator, layout))();
  const turned = { ...layout, rows: columns, columns: rows };
  const adjointPlan = together(comm, operation, () => prepareAdjoint(operator, turned))();
  const tall = operator.shape[0] >= operator.shape[1];
  const [shortRanges, longRanges] = tall ? [columns, rows] : [rows, columns];
  const doubles = (ranges: readonly Range[]) => doublesOf(ranges[comm.rank]!, scalar);
  const bytes =
    plan.bytes +
    adjointPlan.bytes +
    count.short * Space.stride(doubles(shortRanges)) +
    (count.long + 1) * Space.stride(doubles(longRanges)) +
    count.joint * Space.stride(doubles(shortRanges) + doubles(longRanges));
  const pieces = plan.allocations + adjointPlan.allocations + 8;
  const memory = together(comm, operation, () => new SolverMemory(bytes, pieces, comm.size));
  const [a, adjoint] = [plan.bind(memory), adjointPlan.bind(memory)];
  const [forward, backward] = tall ? [a, adjoint] : [adjoint, a];
  const failure = () => a.failure() ?? adjoint.failure();
  const scratch = memory.allocate(Space.stride(doubles(longRanges)));
  const gram: Product = {
    apply(y, x) {
      forward.apply(scratch, x);
      backward.apply(y, scratch);
    },
    failure,
  };
  const side = (ranges: readonly Range[], product: Product, vectors: number): Side => {
    const space = new Space(comm, memory, ranges, scalar, product, watch);
    return { space, bank: new Bank(space, vectors) };
  };
  const short = side(shortRanges, gram, count.short);
  const long = side(longRanges, { apply: (y, x) => backward.apply(y, x), failure }, count.long);
  const joined: Product = {
    apply(y, x) {
      const offset = 8 * short.space.doubles;
      backward.apply(y, x + offset);
      forward.apply(y + offset, x);
    },
    failure,
  };
  const joint = count.joint > 0 ? side(join(shortRanges, longRanges), joined, count.joint) : undefined;
  return { map: { short, long, forward, backward }, joint, memory, ranges: { rows, columns }, tall };
}

const doublesOf = ({ start, end }: Range, scalar: Scalar) => (end - start) * width(scalar);

/** Ranges of vectors of which each rank has a part of one side and then one of the other. */
function join(a: readonly Range[], b: readonly Range[]): Range[] {
  let start = 0;
  return a.map((range, rank) => {
    const other = b[rank]!;
    const begin = start;
    start += range.end - range.start + (other.end - other.start);
    return { start: begin, end: start };
  });
}
