import { LinalgError } from '../error.ts';
import type { SolverMemory } from '../kernels/memory.ts';
import type { ApplyFunction, MatrixFreeOperator } from '../operators/lazy.ts';
import type { Range } from '../ownership.ts';
import { width, type Scalar } from '../scalar.ts';
import { DistributedVector } from '../vector.ts';
import type { Prepared, Product, ProductLayout } from './product-plan.ts';

/**
 * Products that a function of the user's computes, on vectors that lie in the memory of the solve.
 */
export function planCalls(operator: MatrixFreeOperator, layout: ProductLayout): Prepared {
  return planFunction(operator.options.apply, operator.scalar, layout);
}

/**
 * Products with the adjoint of a matrix-free operator.
 *
 * @throws LinalgError ERR_BACKEND when it has no `applyAdjoint`.
 */
export function planAdjointCalls(operator: MatrixFreeOperator, layout: ProductLayout): Prepared {
  const { applyAdjoint } = operator.options;
  if (applyAdjoint === undefined)
    throw new LinalgError('ERR_BACKEND', 'products with the adjoint need applyAdjoint of the operator');
  return planFunction(applyAdjoint, operator.scalar, layout);
}

function planFunction(apply: ApplyFunction, scalar: Scalar, layout: ProductLayout): Prepared {
  const halves = scalar === 'real' && layout.scalar === 'complex';
  return () => ({
    bytes: 0,
    allocations: 0,
    bind: (memory) => (halves ? bindHalves(apply, layout) : bindWhole(apply, layout))(memory),
  });
}

type Binding = (memory: SolverMemory) => Product;

/** Vectors of the operator's own kind, where they lie. */
function bindWhole(apply: ApplyFunction, { comm, rows, columns, scalar }: ProductLayout): Binding {
  return (memory) => {
    const vectors = new Map<number, DistributedVector>();
    const vectorAt = (address: number, ranges: readonly Range[]) => {
      const known = vectors.get(address);
      if (known?.ranges === ranges) return known;
      const { start, end } = ranges[comm.rank]!;
      const local = memory.floats(address, (end - start) * width(scalar));
      const vector = new DistributedVector(comm, scalar, ranges, local);
      vectors.set(address, vector);
      return vector;
    };
    return guarded(apply, (y, x) => [vectorAt(y, rows), vectorAt(x, columns)]);
  };
}

/** Complex vectors under a real operator: the real parts, then the imaginary ones. */
function bindHalves(apply: ApplyFunction, { comm, rows, columns }: ProductLayout): Binding {
  return (memory) => {
    const out = new DistributedVector(comm, 'real', rows);
    const input = new DistributedVector(comm, 'real', columns);
    const product = guarded(apply, () => [out, input]);
    return {
      apply(y, x) {
        const from = memory.floats(x, 2 * input.local.length);
        const to = memory.floats(y, 2 * out.local.length);
        for (let part = 0; part < 2; part++) {
          for (let i = 0; i < input.local.length; i++) input.local[i] = from[2 * i + part]!;
          product.apply(y, x);
          for (let i = 0; i < out.local.length; i++) to[2 * i + part] = out.local[i]!;
        }
      },
      failure: () => product.failure(),
    };
  };
}

/** Calls whose error shows as NaN: all ranks leave together, at the sum that follows every product. */
function guarded(
  apply: ApplyFunction,
  vectorsAt: (y: number, x: number) => readonly [y: DistributedVector, x: DistributedVector],
): Product {
  let failed: { readonly error: unknown } | undefined;
  return {
    apply(y, x) {
      const [out, input] = vectorsAt(y, x);
      out.local.fill(0);
      try {
        apply(input, out);
      } catch (error) {
        failed ??= { error };
        out.local.fill(NaN);
      }
    },
    failure: () => failed,
  };
}
