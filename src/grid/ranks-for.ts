import { layoutFor } from './decompose.ts';
import { GridError } from './error.ts';
import type { Grid } from './grid.ts';
import { fieldsFit } from './memory.ts';
import { Shape } from './shape.ts';

/** Layouts are tried for so many times as many ranks as the memory alone asks for. */
const MOST_TIMES = 4;

/** The least number of ranks whose memories of `most` bytes hold so many fields of a grid; undefined where none is found. */
export function ranksFor(grid: Grid, fields: number, most: number): number | undefined {
  const { global, halo, shape, topology, type } = grid;
  const bytes = type === 'f64' ? 8 : 4;
  const needed = fields * global.reduce((product, n) => product * n, bytes);
  const limit = MOST_TIMES * Math.max(topology.comm.size, Math.ceil(needed / most)) + 1;
  for (let ranks = topology.comm.size + 1; ranks <= limit; ranks++) {
    const dims = layoutOf(grid, ranks);
    if (dims === undefined) continue;
    const cells = global.map((n, d) => Math.ceil(n / dims[d]!));
    const { largest } = new Shape(cells, cells, shape.halo, type);
    if (fieldsFit(fields, largest * bytes, most)) return ranks;
  }
  return undefined;

  function layoutOf({ topology: { periodic } }: Grid, ranks: number): number[] | undefined {
    try {
      return layoutFor({ cells: global, wanted: [], periodic, halo, ranks });
    } catch (error) {
      if (error instanceof GridError) return undefined;
      throw error;
    }
  }
}
