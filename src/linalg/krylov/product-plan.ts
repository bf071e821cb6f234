import type { Communicator } from '../../comm/index.ts';
import type { SolverMemory } from '../kernels/memory.ts';
import type { Range } from '../ownership.ts';
import type { Scalar } from '../scalar.ts';

/**
 * Computes y ← A x for vectors at addresses in the memory of the solve. All ranks call it together.
 */
export interface Product {
  apply(y: number, x: number): void;
  /** What an `apply` of the user's has thrown on this rank; y is then NaN. */
  failure(): { readonly error: unknown } | undefined;
}

/** A product before its memory is there: what it takes, and how it is made of it. */
export interface ProductPlan {
  readonly bytes: number;
  readonly allocations: number;
  bind(memory: SolverMemory): Product;
}

/**
 * What a rank has made ready by itself, which may have failed there; called on all ranks together,
 * it gives the plan.
 */
export type Prepared = () => ProductPlan;

/**
 * What a plan is made for: the ranks, the distributions of y and x, and the kind of their numbers.
 */
export interface ProductLayout {
  readonly comm: Communicator;
  readonly rows: readonly Range[];
  readonly columns: readonly Range[];
  readonly scalar: Scalar;
}
