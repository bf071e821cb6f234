import type { LinearMap, Space } from './space.ts';

/** What Arnoldi's process makes of a map: A Vₘ = Vₘ₊₁ H, entries of H as (re, im). */
export interface Hessenberg {
  /** Steps done: fewer than asked for when the space is invariant, and then the last row is 0. */
  readonly steps: number;
  /** H in columns of (steps + 1) entries each, (re, im) interleaved. */
  readonly entry: (i: number, j: number) => readonly [re: number, im: number];
}

/**
 * Arnoldi's process with classical Gram–Schmidt, twice (L. Giraud, J. Langou and M. Rozložník,
 * Comput. Math. Appl. 50, 1069, 2005).
 *
 * @param basis addresses of m + 1 vectors, the first a unit vector; filled with the basis.
 */
export function arnoldi(
  space: Space,
  map: LinearMap,
  basis: readonly number[],
  each?: (h: Hessenberg) => boolean,
): Hessenberg {
  const columns: Float64Array[] = [];
  const w = space.width;
  const h: { steps: number; entry: Hessenberg['entry'] } = {
    steps: 0,
    entry: (i, j) => {
      const column = columns[j]!;
      return i <= j + 1 ? [column[2 * i]!, column[2 * i + 1]!] : [0, 0];
    },
  };
  for (let j = 0; j + 1 < basis.length; j++) {
    const next = basis[j + 1]!;
    const { square } = space.step(map, next, basis[j]!);
    const before = basis.slice(0, j + 1);
    const components = space.project(next, before);
    space.project(next, before).forEach((value, i) => (components[i]! += value));
    const column = new Float64Array(2 * (j + 2));
    for (let i = 0; i <= j; i++) for (let c = 0; c < w; c++) column[2 * i + c] = components[i * w + c]!;
    const norm = space.norm(next);
    const closed = norm <= 1e-14 * Math.sqrt(square);
    column[2 * (j + 1)] = closed ? 0 : norm;
    columns.push(column);
    h.steps = j + 1;
    if (!closed) space.memory.kernels.scale(next, 1 / norm, space.doubles);
    if (closed || each?.(h) === true) break;
  }
  return h;
}
