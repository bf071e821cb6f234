import { IN_PLACE, MAX, SUM, type Communicator } from '../../comm/index.ts';
import { shareFailure } from '../agree.ts';
import { LinalgError } from '../error.ts';
import type { SolverMemory } from '../kernels/memory.ts';
import type { Range } from '../ownership.ts';
import { width, type Scalar } from '../scalar.ts';
import type { Product } from './product-plan.ts';

/** A linear map of vectors at addresses: y ← A x. */
export type LinearMap = (y: number, x: number) => void;

/** Sums after a product y = A x: ⟨x, x⟩, Re ⟨x, y⟩ and ⟨y, y⟩. */
export interface Step {
  readonly size: number;
  readonly projection: number;
  readonly square: number;
}

/** What bounds and watches a solve. */
export interface Watch {
  /** The call, for messages. */
  readonly operation: string;
  /** Products after which a solve gives up. */
  readonly maxProducts: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after products, now and then. */
  readonly onProgress?: ((products: number) => void) | undefined;
}

/**
 * Distributed vectors at addresses of one memory, and the sums over all ranks that solvers need.
 * All ranks do the same with it: every number that it returns is the same on each of them.
 */
export class Space {
  /** Products so far. */
  products = 0;
  /** f64 of this rank's part of a vector. */
  readonly doubles: number;
  /** Bytes from one vector of a bank to the next. */
  readonly stride: number;
  readonly width: 1 | 2;
  readonly range: Range;
  readonly #sums = new Float64Array(4);
  readonly #dots: number;
  readonly #dotsView: Float64Array;

  constructor(
    readonly comm: Communicator,
    readonly memory: SolverMemory,
    readonly ranges: readonly Range[],
    readonly scalar: Scalar,
    readonly product: Product,
    readonly watch: Watch,
  ) {
    this.range = ranges[comm.rank]!;
    this.width = width(scalar);
    this.doubles = (this.range.end - this.range.start) * this.width;
    this.stride = Space.stride(this.doubles);
    this.#dots = memory.allocate(24);
    this.#dotsView = memory.floats(this.#dots, 3);
  }

  /** Bytes of a vector within a bank: whole blocks, so that each begins aligned. */
  static stride(doubles: number): number {
    return Math.ceil(Math.max(doubles, 1) / 32) * 256;
  }

  /** The address of a new vector, or of the first of several that lie `stride` apart. */
  vectors(count = 1): number {
    return this.memory.allocate(count * this.stride);
  }

  /** This rank's numbers of the vector at x. */
  local(x: number): Float64Array {
    return this.memory.floats(x, this.doubles);
  }

  /** y ← A x. What goes wrong in it shows in the next sum. */
  readonly apply: LinearMap = (y, x) => {
    this.products++;
    this.product.apply(y, x);
  };

  /**
   * y ← map(x) and the sums that belong to it, in one reduction over the ranks, in which they also
   * learn whether one of them wants to stop.
   *
   * @throws LinalgError ERR_VALUE, ERR_FAILED when a product was not finite or threw; the signal's
   *     reason.
   */
  step(map: LinearMap, y: number, x: number): Step {
    map(y, x);
    const sums = this.#sums;
    this.memory.kernels.dots(x, y, this.doubles, this.#dots);
    sums.set(this.#dotsView);
    sums[3] = this.watch.signal?.aborted ? 1 : 0;
    this.comm.Allreduce(IN_PLACE, sums, SUM);
    const [size, projection, square, stop] = [sums[0]!, sums[1]!, sums[2]!, sums[3]];
    if (!Number.isFinite(projection) || !Number.isFinite(square)) throw this.#explain(y);
    if (stop > 0) throw this.#aborted();
    this.watch.onProgress?.(this.products);
    return { size, projection, square };
  }

  /**
   * Between products that no sum follows: ends the solve on all ranks when one of them wants that,
   * which takes a reduction where there is a signal.
   *
   * @throws the signal's reason.
   */
  pause(): void {
    const { signal, onProgress } = this.watch;
    if (signal !== undefined) {
      const stop = Int32Array.of(signal.aborted ? 1 : 0);
      this.comm.Allreduce(IN_PLACE, stop, MAX);
      if (stop[0] === 1) throw this.#aborted();
    }
    onProgress?.(this.products);
  }

  /** Whether a solve should give up. */
  get spent(): boolean {
    return this.products >= this.watch.maxProducts;
  }

  /** ⟨x, x⟩ to the ½. */
  norm(x: number): number {
    const sum = new Float64Array(1);
    sum[0] = this.memory.kernels.dot(x, x, this.doubles);
    this.comm.Allreduce(IN_PLACE, sum, SUM);
    if (!Number.isFinite(sum[0])) throw this.#explain(x);
    return Math.sqrt(sum[0]);
  }

  /** ⟨v, x⟩ for each of the vectors, complex ones interleaved. */
  overlaps(vectors: readonly number[], x: number): Float64Array {
    const { kernels } = this.memory;
    const out = new Float64Array(vectors.length * this.width);
    for (const [i, v] of vectors.entries()) {
      out[i * this.width] = kernels.dot(v, x, this.doubles);
      if (this.width === 2) out[2 * i + 1] = kernels.dotImaginary(v, x, this.doubles / 2);
    }
    if (vectors.length > 0) this.comm.Allreduce(IN_PLACE, out, SUM);
    return out;
  }

  /** y ← y + Σ factors[i] vectors[i], with factors as `overlaps` gives them. */
  accumulate(y: number, factors: ArrayLike<number>, vectors: readonly number[], sign = 1): void {
    const { kernels } = this.memory;
    for (const [i, v] of vectors.entries()) {
      if (this.width === 1) kernels.axpy(y, sign * factors[i]!, v, this.doubles);
      else kernels.axpyComplex(y, sign * factors[2 * i]!, sign * factors[2 * i + 1]!, v, this.doubles / 2);
    }
  }

  /** Takes the vectors' components out of x (classical Gram–Schmidt) and gives them. */
  project(x: number, vectors: readonly number[]): Float64Array {
    const components = this.overlaps(vectors, x);
    this.accumulate(x, components, vectors, -1);
    return components;
  }

  /** Divides x by its norm and gives that; a zero vector stays. */
  normalize(x: number): number {
    const norm = this.norm(x);
    if (norm > 0) this.memory.kernels.scale(x, 1 / norm, this.doubles);
    return norm;
  }

  /** Fills x with even random numbers that depend on seed, stream and the global row alone. */
  random(x: number, seed: number, stream: number): void {
    const { start, end } = this.range;
    const [low, high] = [seed >>> 0, Math.floor(Math.abs(seed) / 2 ** 32) >>> 0];
    this.memory.kernels.randomFill(x, end - start, this.width, start, low, high, stream);
  }

  /** A random unit vector without components of the given ones. */
  randomUnit(x: number, seed: number, stream: number, without: readonly number[]): void {
    this.random(x, seed, stream);
    this.normalize(x);
    for (let turn = 0; turn < 2; turn++) {
      this.project(x, without);
      this.normalize(x);
    }
  }

  copy(to: number, from: number): void {
    this.local(to).set(this.local(from));
  }

  /** ‖A x − value x‖ with A x at y, which is lost. */
  residual(y: number, x: number, value: number): number {
    this.memory.kernels.axpy(y, -value, x, this.doubles);
    return this.norm(y);
  }

  #explain(y: number): LinalgError {
    const thrown = this.product.failure();
    const place = this.memory.kernels.firstNotFinite(y, this.doubles);
    const row = this.range.start + Math.floor(place / this.width);
    const where = () => new LinalgError('ERR_VALUE', `product ${this.products} is not finite in row ${row}`);
    const failed = thrown ?? (place >= 0 ? { error: where() } : undefined);
    return shareFailure(this.comm, this.watch.operation, failed);
  }

  /**
   * What to throw when some rank's signal is aborted: its reason where it is known, an AbortError
   * elsewhere.
   */
  #aborted(): unknown {
    const { signal, operation } = this.watch;
    if (signal?.aborted) return signal.reason;
    return new DOMException(`${operation} was aborted on another rank`, 'AbortError');
  }
}
