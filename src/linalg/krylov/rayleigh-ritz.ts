import { IN_PLACE, MAX } from '../../comm/index.ts';
import { denseEigen } from './dense.ts';
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
    turn(space, x);
    return space.local(x).slice();
  });
  return { values, residuals, vectors: locals };
}

/**
 * Gives a vector the phase in which its largest component, the first one if several are, is real
 * and positive.
 */
function turn(space: Space, x: number): void {
  const local = space.local(x);
  const { width: w, comm } = space;
  const size = (i: number) => (w === 1 ? Math.abs(local[i]!) : Math.hypot(local[2 * i]!, local[2 * i + 1]!));
  let largest = 0;
  for (let i = 0; i < local.length / w; i++) largest = Math.max(largest, size(i));
  const bound = Float64Array.of(largest);
  comm.Allreduce(IN_PLACE, bound, MAX);
  // Components that differ by rounding count as equal, so that the choice does not depend on the
  // number of ranks.
  const near = bound[0]! * (1 - 1e-8);
  let place = 0;
  while (place < local.length / w && size(place) < near) place++;
  const have = Float64Array.of(place < local.length / w ? -(space.range.start + place) : -Infinity);
  comm.Allreduce(IN_PLACE, have, MAX);
  const row = -have[0]!;
  const phase = new Float64Array(2);
  if (row >= space.range.start && row < space.range.end) {
    const i = row - space.range.start;
    const length = size(i);
    phase[0] = local[i * w]! / length;
    phase[1] = w === 2 ? -local[2 * i + 1]! / length : 0;
  } else phase.fill(-2);
  comm.Allreduce(IN_PLACE, phase, MAX);
  if (w === 1) {
    if (phase[0]! < 0) for (let i = 0; i < local.length; i++) local[i]! *= -1;
    return;
  }
  for (let i = 0; i < local.length; i += 2) {
    const [re, im] = [local[i]!, local[i + 1]!];
    local[i] = re * phase[0]! - im * phase[1]!;
    local[i + 1] = re * phase[1]! + im * phase[0]!;
  }
}
