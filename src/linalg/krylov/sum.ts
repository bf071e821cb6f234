import type { Operator, Sum } from '../operator.ts';
import { width, type Complex } from '../scalar.ts';
import type { Prepared, Product, ProductLayout, ProductPlan } from './product-plan.ts';

/** Products with a sum of which some part is never stored: those of the parts, added up. */
export function planSum(
  operator: Sum,
  layout: ProductLayout,
  prepare: (part: Operator, layout: ProductLayout) => Prepared,
): Prepared {
  const ready = operator.summands.map(({ operator: part, factor }) => ({
    factor,
    plan: prepare(part, layout),
  }));
  return () =>
    addUp(
      ready.map(({ factor, plan }) => ({ factor, plan: plan() })),
      layout,
    );
}

function addUp(
  parts: readonly { readonly factor: Complex; readonly plan: ProductPlan }[],
  layout: ProductLayout,
): ProductPlan {
  const { start, end } = layout.rows[layout.comm.rank]!;
  const doubles = (end - start) * width(layout.scalar);
  return {
    bytes: parts.reduce((sum, part) => sum + part.plan.bytes, 8 * doubles),
    allocations: parts.reduce((sum, part) => sum + part.plan.allocations, 1),
    bind(memory): Product {
      const bound = parts.map(({ factor, plan: own }) => ({ factor, product: own.bind(memory) }));
      const scratch = memory.allocate(8 * doubles);
      const { kernels } = memory;
      return {
        apply(y, x) {
          memory.floats(y, doubles).fill(0);
          for (const { factor, product } of bound) {
            product.apply(scratch, x);
            if (layout.scalar === 'complex')
              kernels.axpyComplex(y, factor.re, factor.im, scratch, doubles / 2);
            else kernels.axpy(y, factor.re, scratch, doubles);
          }
        },
        failure: () => bound.map(({ product }) => product.failure()).find((failed) => failed !== undefined),
      };
    },
  };
}
