import { File, IN_PLACE, SUM, type Communicator } from '../comm/index.ts';
import { LinalgError } from './error.ts';
import { deal, type Range } from './ownership.ts';
import { width, type Complex, type Entry, type Scalar } from './scalar.ts';

/**
 * A vector of which each rank has a range of entries. All ranks of `comm` call its methods
 * together, but for reading and writing `local`.
 */
export class DistributedVector<S extends Scalar = Scalar> {
  /** The ranks that share it. */
  readonly comm: Communicator;
  /** Global entries. */
  readonly length: number;
  readonly scalar: S;
  /** The range of each rank. */
  readonly ranges: readonly Range[];
  /** This rank's entries; complex ones interleaved (re, im). */
  readonly local: Float64Array;

  constructor(comm: Communicator, scalar: S, ranges: readonly Range[], local?: Float64Array) {
    this.comm = comm;
    this.scalar = scalar;
    this.ranges = ranges;
    this.length = ranges.at(-1)!.end;
    const { start, end } = ranges[comm.rank]!;
    this.local = local ?? new Float64Array((end - start) * width(scalar));
  }

  /** Global entries of this rank. */
  get ownership(): Range {
    return this.ranges[this.comm.rank]!;
  }

  /** A copy of its own. */
  clone(): DistributedVector<S> {
    return new DistributedVector(this.comm, this.scalar, this.ranges, this.local.slice());
  }

  /** The same numbers as complex ones. */
  toComplex(): DistributedVector<'complex'> {
    const out = new DistributedVector(this.comm, 'complex', this.ranges);
    if (this.scalar === 'complex') out.local.set(this.local);
    else this.local.forEach((value, i) => (out.local[2 * i] = value));
    return out;
  }

  /**
   * Σ conj(this[i]) other[i]: a number, `{ re, im }` for complex vectors.
   *
   * @throws LinalgError ERR_SHAPE for a vector of another length, kind or distribution.
   */
  dot(other: DistributedVector<S>): Entry<S> {
    this.#mustFit(other);
    const sums = new Float64Array(2);
    const [x, y] = [this.local, other.local];
    if (this.scalar === 'real') for (let i = 0; i < x.length; i++) sums[0]! += x[i]! * y[i]!;
    else
      for (let i = 0; i < x.length; i += 2) {
        sums[0]! += x[i]! * y[i]! + x[i + 1]! * y[i + 1]!;
        sums[1]! += x[i]! * y[i + 1]! - x[i + 1]! * y[i]!;
      }
    this.comm.Allreduce(IN_PLACE, sums, SUM);
    const entry: number | Complex = this.scalar === 'real' ? sums[0]! : { re: sums[0]!, im: sums[1]! };
    return entry as Entry<S>; // the two branches of Entry, by scalar
  }

  /** The Euclidean norm. */
  norm(): number {
    const sum = new Float64Array(1);
    for (const value of this.local) sum[0]! += value * value;
    this.comm.Allreduce(IN_PLACE, sum, SUM);
    return Math.sqrt(sum[0]!);
  }

  /** this ← this + factor · x. */
  axpy(factor: Entry<S>, x: DistributedVector<S>): this {
    this.#mustFit(x);
    const { re, im } = this.#factor(factor);
    const [y, v] = [this.local, x.local];
    if (this.scalar === 'real') for (let i = 0; i < y.length; i++) y[i]! += re * v[i]!;
    else
      for (let i = 0; i < y.length; i += 2) {
        y[i]! += re * v[i]! - im * v[i + 1]!;
        y[i + 1]! += re * v[i + 1]! + im * v[i]!;
      }
    return this;
  }

  /** this ← factor · this. */
  scale(factor: Entry<S>): this {
    const { re, im } = this.#factor(factor);
    const y = this.local;
    if (this.scalar === 'real') for (let i = 0; i < y.length; i++) y[i]! *= re;
    else
      for (let i = 0; i < y.length; i += 2) {
        const [a, b] = [y[i]!, y[i + 1]!];
        y[i] = re * a - im * b;
        y[i + 1] = re * b + im * a;
      }
    return this;
  }

  /** All entries at the root, undefined elsewhere. */
  gather(root = 0): Float64Array | undefined {
    const whole = this.comm.rank === root ? new Float64Array(this.length * width(this.scalar)) : undefined;
    this.comm.Gatherv(this.local, whole ? { data: whole, counts: this.#counts() } : null, root);
    return whole;
  }

  /** All entries on every rank. */
  allgather(): Float64Array {
    const whole = new Float64Array(this.length * width(this.scalar));
    this.comm.Allgatherv(this.local, { data: whole, counts: this.#counts() });
    return whole;
  }

  /**
   * Writes the entries into a file of their bytes alone (little-endian f64, complex ones
   * interleaved); each rank writes its own.
   */
  write(path: string): void {
    const file = File.open(this.comm, path, 'w');
    try {
      file.setSize(0);
      file.setView(0, Float64Array);
      file.writeAtAll(this.local, this.ownership.start * width(this.scalar));
    } finally {
      file.close();
    }
  }

  /**
   * Reads what `write` wrote, at any number of ranks.
   *
   * @throws LinalgError ERR_SHAPE for a file of another length.
   */
  read(path: string): this {
    const file = File.open(this.comm, path, 'r');
    try {
      const bytes = file.size();
      const expected = this.length * width(this.scalar) * 8;
      if (bytes !== expected)
        throw new LinalgError('ERR_SHAPE', `${path} has ${bytes} bytes, and this vector ${expected}`);
      file.setView(0, Float64Array);
      file.readAtAll(this.local, this.ownership.start * width(this.scalar));
    } finally {
      file.close();
    }
    return this;
  }

  #counts(): number[] {
    return this.ranges.map(({ start, end }) => (end - start) * width(this.scalar));
  }

  #factor(factor: number | Complex): Complex {
    if (typeof factor === 'number') return { re: factor, im: 0 };
    if (this.scalar === 'real') throw new LinalgError('ERR_SHAPE', 'a real vector times a complex number');
    return factor;
  }

  #mustFit(other: DistributedVector): void {
    if (
      other.scalar !== this.scalar ||
      other.local.length !== this.local.length ||
      other.length !== this.length
    )
      throw new LinalgError(
        'ERR_SHAPE',
        `a ${other.scalar} vector of ${other.length} beside a ${this.scalar} one of ${this.length}, or distributed in another way`,
      );
  }
}

/** A vector of zeros with rows dealt in blocks. */
export function zeros<S extends Scalar>(
  comm: Communicator,
  scalar: S,
  n: number,
  block = 1,
): DistributedVector<S> {
  return new DistributedVector(comm, scalar, deal(n, comm.size, block));
}
