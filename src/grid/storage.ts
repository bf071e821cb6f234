import type { Cells } from '../kernel/index.ts';
import type { Grid } from './grid.ts';
import { onAll } from './out/together.ts';
import { ranksFor } from './ranks-for.ts';
import { Watch } from './watch.ts';

/** Index of a count of valid layers: connections first, then walls; by dimension and side. */
export const connection = (d: number, side: number): number => 2 * d + side;
export const wallSide = (d: number, side: number): number => 6 + 2 * d + side;

/** Where the values of a field are right: on a GPU they are moved when the other side wants them. */
export type Where = 'both' | 'host' | 'device';

/** Values of a field, and how far beyond its interior they are valid. `swap` exchanges those of two fields. */
export class Storage {
  /** The same number on all ranks. */
  readonly id: number;
  /** Where values are right; `both` without a GPU. */
  where: Where = 'both';
  readonly #data: Float64Array | Float32Array;
  /** As kernels take it. */
  readonly cells: Cells;
  /**
   * Valid layers beyond the interior, see `connection` and `wallSide`. All ranks run the same program, so they are the same on all ranks: those at
   * connections tell of all connections of that side anywhere, those at walls of all walls.
   */
  readonly depth: Int8Array = new Int8Array(12);
  /** Whether layers beyond the interior in two dimensions or more are valid to the same depths. */
  corners = true;
  readonly #watch: Watch | undefined;

  constructor(
    readonly grid: Grid,
    readonly place: string,
  ) {
    const { shape, memory, type, topology } = grid;
    const bytes = type === 'f64' ? 8 : 4;
    this.id = grid.nextField();
    const start = onAll(topology.comm, 'field', () =>
      memory.field(shape.length * bytes, shape.largest * bytes, (fields, most) =>
        ranksFor(grid, fields, most),
      ),
    );
    this.#data = grid.arrayAt(start, shape.length);
    this.cells = {
      memory: memory.forKernels,
      offset: start + shape.lead * bytes,
      pitch: shape.pitch,
      plane: shape.plane,
      type,
      place,
      lo: shape.lo,
      hi: shape.hi,
    };
    if (grid.architecture.interprets) this.#watch = new Watch(this.#data, shape);
    // Zeros everywhere, so also what lies on other ranks.
    for (let d = 0; d < grid.dims; d++)
      for (const side of [0, 1]) if (grid.connects(d)) this.depth[connection(d, side)] = grid.halo;
  }

  /**
   * Elements from the field's start, all layers included.
   *
   * @throws GridError ERR_DEVICE on this rank, where they are on a GPU that was lost
   */
  get data(): Float64Array | Float32Array {
    if (this.where === 'device') {
      this.download();
      this.grid.architecture.gpu!.check('field');
      this.where = 'both';
    }
    return this.#data;
  }

  /** From the GPU, unless that was lost. */
  download(): void {
    if (this.where === 'device') this.grid.memory.download(this.#data.byteOffset, this.#data.byteLength);
  }

  /** To the GPU, if there is one. */
  upload(): void {
    if (this.where !== 'host') return;
    this.grid.memory.upload(this.#data.byteOffset, this.#data.byteLength);
    this.where = 'both';
  }

  /** The host has written. */
  changed(): void {
    if (this.grid.memory.buffer !== undefined) this.where = 'host';
  }

  /** First element, in a GPU's buffer. */
  get start(): number {
    return this.#data.byteOffset / this.#data.BYTES_PER_ELEMENT;
  }

  /** Remembers the elements, where writes through `data` are watched. */
  note(): void {
    this.#watch?.note();
  }

  /** @throws GridError ERR_HALO where elements have been written since, and writes are watched */
  checkTouched(operation: string, name: string): void {
    this.#watch?.check(operation, name);
  }

  /** Layers beyond connections are no longer those of the neighbors. */
  stale(): void {
    this.depth.fill(0, 0, 6);
    this.corners = !this.grid.anyConnection;
  }
}
