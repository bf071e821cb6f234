import type { Communicator } from '../../comm/index.ts';
import { together } from '../agree.ts';
import { SolverMemory } from '../kernels/memory.ts';
import type { Operator } from '../operator.ts';
import { width, type Scalar } from '../scalar.ts';
import { Bank } from './bank.ts';
import { layoutOf, prepareProduct } from './product.ts';
import { Space, type Watch } from './space.ts';

/** What a solve with a square operator takes. */
export interface SessionNeeds {
  readonly comm: Communicator;
  readonly operator: Operator;
  /** Of the vectors; the operator may be real where they are complex. */
  readonly scalar: Scalar;
  /** Vectors in the bank. */
  readonly vectors: number;
  readonly watch: Pick<Watch, 'operation' | 'signal' | 'onProgress'> & {
    readonly maxProducts?: number | undefined;
  };
}

/** The memory of a solve with products of one operator made ready in it. */
export interface Session {
  readonly space: Space;
  readonly bank: Bank;
  /** Lets the next solve have the memory. */
  free(): void;
}

/**
 * Collective: makes the products of a square operator ready, and room for vectors.
 *
 * @throws LinalgError what its rows throw, ERR_MEMORY; the same on all ranks.
 */
export function openSession({ comm, operator, scalar, vectors, watch }: SessionNeeds): Session {
  const { operation, maxProducts = 1_000_000 } = watch;
  const layout = layoutOf(operator, comm, scalar);
  const plan = together(comm, operation, () => prepareProduct(operator, layout))();
  const { start, end } = layout.rows[comm.rank]!;
  const bytes = plan.bytes + vectors * Space.stride((end - start) * width(scalar));
  const memory = together(comm, operation, () => new SolverMemory(bytes, plan.allocations + 4, comm.size));
  const space = new Space(comm, memory, layout.rows, scalar, plan.bind(memory), { ...watch, maxProducts });
  return { space, bank: new Bank(space, vectors), free: () => memory.free() };
}

/** Collective: work in a session that ends with it. */
export function inSession<T>(needs: SessionNeeds, work: (space: Space, bank: Bank) => T): T {
  const session = openSession(needs);
  try {
    return work(session.space, session.bank);
  } finally {
    session.free();
  }
}
