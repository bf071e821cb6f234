import { LinalgError } from '../error.ts';
import type { ApplyFunction, MatrixFreeOperator } from '../operators/lazy.ts';
import type { Range } from '../ownership.ts';
import { width } from '../scalar.ts';
import { DistributedVector } from '../vector.ts';
import type { Prepared, ProductLayout, ProductPlan } from './product-plan.ts';

/**
 * Products that a function of the user's computes, on vectors that lie in the memory of the solve.
 */
export function planCalls(operator: MatrixFreeOperator, layout: ProductLayout): Prepared {
  return () => planFunction(operator.options.apply, layout);
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
  return () => planFunction(applyAdjoint, layout);
}

function planFunction(apply: ApplyFunction, { comm, rows, columns, scalar }: ProductLayout): ProductPlan {
  return {
    bytes: 0,
    allocations: 0,
    bind(memory) {
      let failed: { readonly error: unknown } | undefined;
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
      return {
        apply(y, x) {
          const out = vectorAt(y, rows);
          out.local.fill(0);
          try {
            apply(vectorAt(x, columns), out);
          } catch (error) {
            // All ranks leave together, at the sum that follows every product.
            failed ??= { error };
            out.local.fill(NaN);
          }
        },
        failure: () => failed,
      };
    },
  };
}
