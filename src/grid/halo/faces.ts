import type { Grid } from '../grid.ts';
import { extra } from '../place.ts';

/**
 * Which points of the other dimensions a face has. `bare`: the interior, all faces at once. `full`: halo layers of the dimensions after it too, which were
 * filled before. `joined`: of those only layers where ranks meet.
 */
export type FaceExtent = 'bare' | 'full' | 'joined';

/** What one rank sends to a neighbor of one field: the layers next to the side, and where those of the neighbor go. */
export interface Face {
  /** Elements from the field's start to the first one sent and to the first one received. */
  readonly send: number;
  readonly receive: number;
  readonly counts: readonly [number, number, number];
  readonly length: number;
}

/** Faces of fields at one place; all fields of a grid have the same layout. */
export function faceOf(grid: Grid, place: string, d: number, side: 0 | 1, extent: FaceExtent): Face {
  const { shape, connectivity } = grid;
  const width = shape.halo[d]!;
  const n = shape.cells[d]!;
  // The shared vertex is both ranks' own: what lies beyond it is exchanged.
  const vertex = extra(place, d);
  const from = side === 0 ? vertex : n - width;
  const to = side === 0 ? -width : n + vertex;
  const counts: [number, number, number] = [1, 1, 1];
  let base = shape.lead;
  for (let e = 0; e < grid.dims; e++) {
    if (e === d) {
      counts[e] = width;
      continue;
    }
    const layers = [0, 1].map((s) => {
      const joined = ['connected', 'periodic'].includes(connectivity[e]![s as 0 | 1]);
      return e > d && (extent === 'full' || (extent === 'joined' && joined)) ? shape.halo[e]! : 0;
    });
    counts[e] = shape.cells[e]! + extra(place, e) + layers[0]! + layers[1]!;
    base -= layers[0]! * shape.stride(e);
  }
  const stride = shape.stride(d);
  return {
    send: base + from * stride,
    receive: base + to * stride,
    counts,
    length: counts[0] * counts[1] * counts[2],
  };
}

/** Faces of a grid, each described once. */
export class Faces {
  readonly #known = new Map<string, Face>();

  constructor(readonly grid: Grid) {}

  of(place: string, d: number, side: 0 | 1, extent: FaceExtent): Face {
    const key = `${place}${d}${side}${extent}`;
    let face = this.#known.get(key);
    if (face === undefined) {
      face = faceOf(this.grid, place, d, side, extent);
      this.#known.set(key, face);
    }
    return face;
  }
}
