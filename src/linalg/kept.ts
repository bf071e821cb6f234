import type { Communicator } from '../comm/index.ts';
import { task, type Executor } from '../pool/index.ts';
import { together } from './agree.ts';
import { LinalgError } from './error.ts';
import type { Scalar } from './scalar.ts';
import { DistributedVector } from './vector.ts';

/** What tells a kept vector on the workers from others. */
export interface KeptReference {
  readonly id: string;
  readonly length: number;
  readonly scalar: Scalar;
}

/**
 * A vector that lies distributed on the workers of a pool. Later calls on the same pool take it as
 * an argument; `using` or `dispose` lets the workers forget it.
 */
export class KeptVector implements Disposable {
  readonly #executor: Executor;
  readonly #reference: KeptReference;
  #disposed = false;

  /** @internal */
  constructor(executor: Executor, reference: KeptReference) {
    this.#executor = executor;
    this.#reference = reference;
  }

  get length(): number {
    return this.#reference.length;
  }

  get scalar(): Scalar {
    return this.#reference.scalar;
  }

  /** The pool whose workers have it. */
  get executor(): Executor {
    return this.#executor;
  }

  /** All entries, complex ones interleaved. */
  async gather(): Promise<Float64Array> {
    const results = await this.#executor.submitAll(gatherKept, this.reference());
    return results.find((result) => result !== null)!;
  }

  /** Lets the workers forget it. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // A pool that has ended has forgotten it.
    this.#executor.submitAll(forgetKept, this.#reference).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * How the workers know it. @internal
   *
   * @throws LinalgError ERR_OPTION after `dispose`.
   */
  reference(): KeptReference {
    if (this.#disposed) throw new LinalgError('ERR_OPTION', 'the vector was disposed of');
    return this.#reference;
  }
}

/** Vectors that this worker keeps. */
const store = new Map<string, DistributedVector>();

/** Collective on the workers: keeps a vector there. */
export function keep(comm: Communicator, vector: DistributedVector): KeptReference {
  const id = comm.bcast(comm.rank === 0 ? `${process.pid}-${performance.timeOrigin}-${++count}` : '');
  store.set(id, vector);
  return { id, length: vector.length, scalar: vector.scalar };
}
let count = 0;

/**
 * Collective on the workers: a vector that they keep, over the communicator of this call.
 *
 * @throws LinalgError ERR_OPTION when some of them have it not.
 */
export function keptVector(comm: Communicator, { id }: KeptReference): DistributedVector {
  return together(comm, 'kept vector', () => {
    const vector = store.get(id);
    if (vector?.ranges.length !== comm.size)
      throw new LinalgError('ERR_OPTION', 'the workers of this pool do not have that vector (any more)');
    return new DistributedVector(comm, vector.scalar, vector.ranges, vector.local);
  });
}

/** @internal */
export const gatherKept: (comm: Communicator, reference: KeptReference) => Float64Array | null = task(
  import.meta,
  function gatherKept(comm, reference) {
    return keptVector(comm, reference).gather() ?? null;
  },
);

/** @internal */
export const forgetKept: (comm: Communicator, reference: KeptReference) => null = task(
  import.meta,
  function forgetKept(_comm, { id }) {
    store.delete(id);
    return null;
  },
);
