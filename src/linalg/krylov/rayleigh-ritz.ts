import { denseEigen } from './dense.ts';
import { applyPhase, phaseOf } from './phase.ts';
import type { LinearMap, Space } from './space.ts';

/** Eigenpairs with vectors of their own memory. */
export interface RitzPairs {
  readonly values: Float64Array;
  readonly residuals: Float64Array;
  /** This rank's part of each vector. */
  readonly vectors: readonly Float64Array[];
}

/**
 * The best eigenpairs within the span of vectors (Rayleigh–Ritz), values ascending, residuals
 * computed from the operator; the largest component of each vector is real and positive. The
 * vectors are made orthonormal in place.
 *
 * @param images as many vectors, for A x.
 * @param room two more vectors.
 */
export function rayleighRitz(
  space: Space,
  map: LinearMap,
  vectors: readonly number[],
  images: readonly number[],
  room: readonly [number, number],
): RitzPairs {
  const k = vectors.length;
  const w = space.width;
  for (const [i, vector] of vectors.entries()) {
    for (let turn = 0; turn < 2; turn++) {
      space.project(vector, vectors.slice(0, i));
      space.normalize(vector);
    }
    space.step(map, images[i]!, vector);
  }
  const matrix = new Float64Array(k * k * w);
  for (let j = 0; j < k; j++) {
    const column = space.overlaps(vectors, images[j]!);
    for (let i = 0; i < k; i++) for (let c = 0; c < w; c++) matrix[(i * k + j) * w + c] = column[i * w + c]!;
  }
  const { values, vectors: weights } = denseEigen(matrix, k, space.scalar);
  const residuals = new Float64Array(k);
  const locals = weights.map((weight, i) => {
    const [x, image] = room;
    space.local(x).fill(0);
    space.local(image).fill(0);
    space.accumulate(x, weight, vectors);
    space.accumulate(image, weight, images);
    residuals[i] = space.residual(image, x, values[i]!);
    applyPhase(space, x, phaseOf(space, x));
    return space.local(x).slice();
  });
  return { values, residuals, vectors: locals };
}
