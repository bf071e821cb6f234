import type { Bank } from './bank.ts';
import { denseEigen } from './dense.ts';
import { matrixOf } from './dense-matrix.ts';
import { extremal } from './extremal.ts';
import { jacobiSvd } from './jacobi.ts';
import { applyPhase, phaseOf } from './phase.ts';
import type { Product } from './product-plan.ts';
import type { Space } from './space.ts';

/** The vectors of one side of an operator. */
export interface Side {
  readonly space: Space;
  readonly bank: Bank;
}

/** An operator between its shorter and its longer side. */
export interface Map2 {
  /** Products are Bᴴ B, where B leads to the longer side. */
  readonly short: Side;
  readonly long: Side;
  readonly forward: Product;
  readonly backward: Product;
}

/** What is looked for. */
export interface SingularWanted {
  readonly k: number;
  readonly tol: number;
  readonly complete: boolean;
  readonly seed: number;
}

/** Vectors of the shorter side that span the largest singular values, and how they were found. */
export interface Span {
  readonly vectors: readonly number[];
  readonly solver: string;
  readonly complete: boolean;
  readonly iterations: number;
}

/** All vectors of a small problem, from its whole Gram matrix. */
export function denseSpan({ short: { space, bank } }: Map2, k: number, n: number): Span {
  const { vectors } = denseEigen(matrixOf(space, bank, n), n, space.scalar);
  const { start, end } = space.range;
  const taken = vectors
    .slice(n - k)
    .reverse()
    .map((vector) => {
      const at = bank.take();
      space.local(at).set(vector.subarray(start * space.width, end * space.width));
      return at;
    });
  return { vectors: taken, solver: 'dense', complete: true, iterations: 0 };
}

/** The largest eigenvalues of Bᴴ B. */
export function gramSpan({ short: { space, bank } }: Map2, wanted: SingularWanted): Span {
  const found = extremal(space, bank, { ...wanted, sign: -1, start: undefined });
  const vectors = found.pairs.map(({ vector }) => vector);
  return { ...found, vectors, solver: 'lanczos on AᴴA, in rounds' };
}

/**
 * The largest eigenvalues of [[0, Bᴴ], [B, 0]] (G. Golub and W. Kahan, J. SIAM Numer. Anal. B 2,
 * 205, 1965), which do not square the small ones.
 *
 * @param joint vectors of both sides, the shorter one first.
 */
export function golubKahanSpan(map: Map2, joint: Side, wanted: SingularWanted): Span {
  const { space, bank } = map.short;
  const found = extremal(joint.space, joint.bank, { ...wanted, sign: -1, start: undefined });
  const vectors = found.pairs.map(({ vector }) => {
    const at = bank.take();
    space.local(at).set(joint.space.local(vector).subarray(0, space.doubles));
    joint.bank.giveBack(vector);
    return at;
  });
  return { ...found, vectors, solver: 'lanczos on [[0, Aᴴ], [A, 0]], in rounds' };
}

/** Singular triplets, values descending, this rank's part of each vector. */
export interface Triplets {
  readonly values: Float64Array;
  readonly residuals: Float64Array;
  readonly short: readonly Float64Array[];
  readonly long: readonly Float64Array[];
}

/**
 * The best triplets within a span V: the singular values of B V = Q R by those of R, so that values
 * are exact to the rounding of the largest.
 *
 * @param span largest values first; its vectors are given back.
 */
export function refine(
  { short, long, forward, backward }: Map2,
  span: readonly number[],
  seed: number,
): Triplets {
  const { space } = short;
  const k = span.length;
  const w = space.width;
  // V orthonormal; a vector that brings nothing new gives way to a random one.
  span.forEach((vector, j) => {
    orthonormalize(short, vector, span.slice(0, j), 0.01, seed, j);
  });
  const q = span.map(() => long.bank.take());
  let scale = 0;
  const columns = span.map((vector, j) => {
    forward.apply(q[j]!, vector);
    const column = new Float64Array(2 * k);
    const { factors, norm } = orthonormalize(long, q[j]!, q.slice(0, j), 1e-14 * scale, seed, k + j);
    for (let i = 0; i < j; i++) for (let c = 0; c < w; c++) column[2 * i + c] = factors[i * w + c]!;
    column[2 * j] = norm;
    scale = Math.max(scale, Math.hypot(...column));
    return column;
  });
  const { values, u, w: turns } = jacobiSvd(columns);
  const residuals = new Float64Array(k);
  const rest = [short.bank.take(), short.bank.take()] as const;
  const image = [long.bank.take(), long.bank.take()] as const;
  const [shorts, longs]: [Float64Array[], Float64Array[]] = [[], []];
  for (let j = 0; j < k; j++) {
    const weights = (column: Float64Array) => (w === 2 ? column : column.filter((_, i) => i % 2 === 0));
    combine(short, rest[0], weights(turns[j]!), span);
    combine(long, image[0], weights(u[j]!), q);
    const phase = phaseOf(space, rest[0]);
    applyPhase(space, rest[0], phase);
    applyPhase(long.space, image[0], phase);
    forward.apply(image[1], rest[0]);
    backward.apply(rest[1], image[0]);
    shorts.push(space.local(rest[0]).slice());
    longs.push(long.space.local(image[0]).slice());
    residuals[j] = Math.max(
      long.space.residual(image[1], image[0], values[j]!),
      space.residual(rest[1], rest[0], values[j]!),
    );
  }
  for (const at of [...rest, ...span]) short.bank.giveBack(at);
  for (const at of [...image, ...q]) long.bank.giveBack(at);
  return { values, residuals, short: shorts, long: longs };
}

/** y ← Σ weights vectors. */
function combine({ space }: Side, y: number, weights: ArrayLike<number>, vectors: readonly number[]): void {
  space.local(y).fill(0);
  space.accumulate(y, weights, vectors);
}

/**
 * Takes the components of `before` out of x and normalizes it, or puts a random vector in its place
 * where no more than `least` is left; then the norm is 0.
 */
function orthonormalize(
  { space }: Side,
  x: number,
  before: readonly number[],
  least: number,
  seed: number,
  stream: number,
): { readonly factors: Float64Array; readonly norm: number } {
  const factors = space.project(x, before);
  space.project(x, before).forEach((value, i) => (factors[i]! += value));
  const norm = space.norm(x);
  if (norm > least && norm > 0) {
    space.memory.kernels.scale(x, 1 / norm, space.doubles);
    space.project(x, before);
    space.normalize(x);
    return { factors, norm };
  }
  space.randomUnit(x, seed, 5000 + stream, before);
  return { factors, norm: 0 };
}
