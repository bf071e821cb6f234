import type { Cells } from '../kernel/index.ts';
import type { Grid } from './grid.ts';

/** Index of a count of valid layers: connections first, then walls; by dimension and side. */
export const connection = (d: number, side: number): number => 2 * d + side;
export const wallSide = (d: number, side: number): number => 6 + 2 * d + side;

/** Values of a field, and how far beyond its interior they are valid. `swap` exchanges those of two fields. */
export class Storage {
  /** The same number on all ranks. */
  readonly id: number;
  /** Elements from the field's start, all layers included. */
  readonly data: Float64Array | Float32Array;
  /** As kernels take it. */
  readonly cells: Cells;
  /**
   * Valid layers beyond the interior, see `connection` and `wallSide`. All ranks run the same program, so they are the same on all ranks: those at
   * connections tell of all connections of that side anywhere, those at walls of all walls.
   */
  readonly depth: Int8Array = new Int8Array(12);
  /** Whether layers beyond the interior in two dimensions or more are valid to the same depths. */
  corners = true;

  constructor(
    readonly grid: Grid,
    readonly place: string,
  ) {
    const { shape, memory, type, topology } = grid;
    const bytes = type === 'f64' ? 8 : 4;
    this.id = grid.nextField();
    const start = memory.field(shape.length * bytes, shape.largest * bytes, topology.comm.size);
    this.data = grid.arrayAt(start, shape.length);
    this.cells = {
      memory: memory.memory,
      offset: start + shape.lead * bytes,
      pitch: shape.pitch,
      plane: shape.plane,
      type,
      place,
      lo: shape.lo,
      hi: shape.hi,
    };
    // Zeros everywhere, so also what lies on other ranks.
    for (let d = 0; d < grid.dims; d++)
      for (const side of [0, 1]) if (grid.connects(d)) this.depth[connection(d, side)] = grid.halo;
  }

  /** Layers beyond connections are no longer those of the neighbors. */
  stale(): void {
    this.depth.fill(0, 0, 6);
    this.corners = !this.grid.anyConnection;
  }
}
