import { denseEigen } from './dense.ts';
import type { LinearMap, Space } from './space.ts';

/** How a run ends, and what is kept at a restart. */
export interface ThickOptions {
  /** Vectors of the basis. */
  readonly basis: number;
  /** Vectors kept at a restart: those of the largest values. */
  readonly keep: number;
  /** Vectors in whose complement the run stays. */
  readonly known: readonly number[];
  readonly seed: number;
  readonly stream: number;
  /**
   * Called with the kept Ritz vectors (addresses), their values, largest first, and residual
   * estimates; true ends the run. They stay where they are.
   */
  enough(vectors: readonly number[], values: Float64Array, residuals: Float64Array): boolean;
}

/**
 * Lanczos with full orthogonalization and thick restarts (K. Wu and H. Simon, SIAM J. Matrix Anal.
 * Appl. 22, 602, 2000) for the largest values of a map: the basis is projected on its best Ritz
 * vectors, and grows from there.
 *
 * @param basis address of a bank of `options.basis + 1` vectors.
 * @param scratch room of 256 bytes a basis vector, and 8 a number of its square.
 */
export function thickRestart(
  space: Space,
  map: LinearMap,
  basis: number,
  scratch: number,
  options: ThickOptions,
): void {
  const { basis: m, keep, known } = options;
  const at = (i: number) => basis + i * space.stride;
  const { kernels } = space.memory;
  let stream = options.stream;
  space.randomUnit(at(0), options.seed, stream, known);
  const projected = new Float64Array(m * m);
  for (let begin = 0; ;) {
    let coupling = 0;
    for (let j = begin; j < m; j++) {
      const next = at(j + 1);
      space.step(map, next, at(j));
      const before = Array.from({ length: j + 1 }, (_, i) => at(i));
      const all = [...known, ...before];
      const components = space.project(next, all);
      const again = space.project(next, all);
      const own = (known.length + j) * space.width;
      projected[j * m + j] = components[own]! + again[own]!;
      coupling = space.norm(next);
      if (coupling <= 1e-13 * Math.abs(projected[0]!) || coupling === 0) {
        // The space is invariant: go on with a vector outside.
        coupling = 0;
        space.randomUnit(next, options.seed, ++stream + 1000, all);
      } else kernels.scale(next, 1 / coupling, space.doubles);
      if (j + 1 < m) projected[j * m + j + 1] = projected[(j + 1) * m + j] = coupling;
    }
    const { values, vectors } = denseEigen(projected, m, 'real');
    const kept = Array.from({ length: keep }, (_, i) => m - 1 - i);
    const rotation = Float64Array.from(
      { length: m * keep },
      (_, i) => vectors[kept[i % keep]!]![Math.floor(i / keep)]!,
    );
    const u = scratch + 256 * m;
    space.memory.floats(u, rotation.length).set(rotation);
    kernels.rotate(basis, space.stride, space.doubles, m, u, keep, scratch);
    const best = Float64Array.from(kept, (i) => values[i]!);
    const last = Float64Array.from(kept, (i) => coupling * vectors[i]![m - 1]!);
    const residuals = last.map(Math.abs);
    if (
      options.enough(
        Array.from({ length: keep }, (_, i) => at(i)),
        best,
        residuals,
      ) ||
      space.spent
    )
      return;
    space.copy(at(keep), at(m));
    projected.fill(0);
    for (let i = 0; i < keep; i++) {
      projected[i * m + i] = best[i]!;
      projected[i * m + keep] = projected[keep * m + i] = last[i]!;
    }
    begin = keep;
  }
}

/** Bytes of the scratch of a basis. */
export const thickScratch = (basis: number): number => 256 * basis + 8 * basis * basis;
