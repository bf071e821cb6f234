import { within } from './boundary/wall.ts';
import type { Grid } from './grid.ts';
import { centerOf } from './grid.ts';
import { extra } from './place.ts';

/** What is needed of a field to know where its points lie. */
interface Placed {
  readonly grid: Grid;
  readonly place: string;
}

/** Positions of this rank's points along a dimension; the last vertex of one that closes on itself lies where the first does. */
export function positionsAlong({ grid, place }: Placed, d: number): Float64Array {
  const axis = grid.axes[d]!;
  const atVertex = extra(place, d) === 1;
  return Float64Array.from({ length: grid.cells[d]! + extra(place, d) }, (_, i) => {
    const k = within(grid, d, grid.first[d]! + i);
    return atVertex ? axis.vertex(k) : centerOf(axis, k);
  });
}

/** A function's values at this rank's points, x fastest. */
export function positionsOf(
  field: Placed,
  value: (x: number, y: number, z: number) => number,
): Float64Array | Float32Array {
  const { grid } = field;
  const zero = Float64Array.of(0);
  const along = (d: number) => (d < grid.dims ? positionsAlong(field, d) : zero);
  const [xs, ys, zs] = [along(0), along(1), along(2)];
  const length = xs.length * ys.length * zs.length;
  const result = grid.type === 'f64' ? new Float64Array(length) : new Float32Array(length);
  let n = 0;
  for (const z of zs) for (const y of ys) for (const x of xs) result[n++] = value(x, y, z);
  return result;
}
