import { PROC_NULL } from '../comm/index.ts';
import { axisTable, type Axis, type ElementType } from '../kernel/index.ts';
import { mustAgree } from './agree.ts';
import type { Architecture, CpuEngine, Engine } from './architecture.ts';
import { checkCells, closed, uniformAxis, type GridAxis } from './axis.ts';
import { firstCell } from './decompose.ts';
import { GridError } from './error.ts';
import { GridMemory } from './memory.ts';
import { Shape } from './shape.ts';
import type { Topology } from './topology.ts';

export type Dims = 1 | 2 | 3;
/** Number of dimensions of a list of one number a dimension. */
export type DimsOf<T extends readonly unknown[]> = T['length'] extends Dims ? T['length'] : Dims;

/** What lies beyond a side of this rank's part: a wall, another rank, this dimension's other end, nothing (a dimension of one cell). */
export type Connectivity = 'bounded' | 'connected' | 'periodic' | 'flat';

/** Options of all grids. */
export interface GridOptions {
  /** Layers of points around a rank's part; 1 by default. A kernel may read that far. */
  readonly halo?: number;
  /** Type of all fields, `'f64'` by default; on a GPU `'f32'`. */
  readonly type?: ElementType;
}

/** A grid of equal cells. */
export interface UniformGridOptions<T extends readonly number[]> extends GridOptions {
  /** Position of the lowest vertex, x first. */
  readonly origin: NoInfer<{ readonly [K in keyof T]: number }>;
  readonly extent: NoInfer<{ readonly [K in keyof T]: number }>;
  /** Cells of the whole grid, along each dimension. */
  readonly cells: T;
}

/** This rank's part of a grid. Indices are local, x first; positions are those of the whole. */
export class Grid<N extends Dims = Dims, E extends Engine = Engine> {
  readonly dims: N;
  readonly architecture: Architecture<E>;
  readonly topology: Topology;
  /** Cells of the whole grid. */
  readonly global: readonly number[];
  /** Cells of this rank. */
  readonly cells: readonly number[];
  /** Global index of this rank's first cell. */
  readonly first: readonly number[];
  /** Width of cells; on a function axis that of the narrowest of the whole grid. */
  readonly spacing: readonly number[];
  readonly connectivity: readonly (readonly [Connectivity, Connectivity])[];
  readonly halo: number;
  readonly type: ElementType;
  /** Halo exchanges so far, and fields in them: the same on all ranks. */
  readonly traffic: { exchanges: number; fields: number } = { exchanges: 0, fields: 0 };
  /** @internal */
  readonly axes: readonly GridAxis[];
  /** @internal Axes as kernels take them. */
  readonly kernelAxes: readonly Axis[];
  /** @internal */
  readonly shape: Shape;
  /** @internal */
  readonly memory: GridMemory;
  /** @internal Number of the grid on this architecture: the same on all ranks. */
  readonly id: number;
  #fields = 0;

  /** @internal Collective. */
  constructor(
    architecture: Architecture<E>,
    axes: readonly GridAxis[],
    { halo = 1, type = architecture.gpu === undefined ? 'f64' : 'f32' }: GridOptions,
  ) {
    if (!Number.isSafeInteger(halo) || halo < 1)
      throw new GridError('ERR_GRID', `a halo is a whole number of layers from 1 on, not ${String(halo)}`);
    if (!['f64', 'f32'].includes(type))
      throw new GridError('ERR_GRID', `fields are of type f64 or f32, not ${type as string}`);
    if (architecture.gpu !== undefined && type === 'f64')
      throw new GridError('ERR_TYPE', 'a GPU computes in f32: leave the type out, or make it f32');
    this.dims = axes.length as N;
    this.global = axes.map(({ cells }) => cells);
    this.topology = architecture.layOut(this.global, halo);
    this.architecture = architecture;
    this.id = architecture.nextGrid();
    this.halo = halo;
    this.type = type;
    this.memory = new GridMemory(architecture.gpu);
    const { dims, coords, periodic, neighbors } = this.topology;
    this.axes = axes.map((axis, d) => (periodic[d] ? closed(axis) : axis));
    this.first = this.global.map((n, d) => firstCell(n, dims[d]!, coords[d]!));
    this.cells = this.global.map((n, d) => firstCell(n, dims[d]!, coords[d]! + 1) - this.first[d]!);
    this.connectivity = this.global.map((n, d) => {
      const along = (side: 0 | 1): Connectivity => {
        if (n === 1) return 'flat';
        const atEnd = coords[d] === (side === 0 ? 0 : dims[d]! - 1);
        if (periodic[d] && atEnd) return 'periodic';
        return neighbors[d]![side] === PROC_NULL ? 'bounded' : 'connected';
      };
      return [along(0), along(1)];
    });
    this.spacing = this.axes.map((axis) => axis.uniform?.spacing ?? narrowest(axis));
    mustAgree(
      architecture.comm,
      'grid',
      JSON.stringify([this.spacing, this.axes.map(({ vertex }) => vertex(0)), halo, type]),
    );
    const largest = this.global.map((n, d) => Math.ceil(n / dims[d]!));
    this.shape = new Shape(
      this.cells,
      largest,
      this.global.map((n) => (n === 1 ? 0 : halo)),
      type,
    );
    this.kernelAxes = this.axes.map((axis, d) => this.#kernelAxis(axis, d));
  }

  /** Position of a vertex along dimension `d` (0 is x), by its local index. */
  vertex(d: number, i: number): number {
    return this.axes[d]!.vertex(this.first[d]! + i);
  }

  /** Position of a center along dimension `d`. */
  center(d: number, i: number): number {
    return centerOf(this.axes[d]!, this.first[d]! + i);
  }

  /** Positions of this rank's vertices along a dimension. */
  vertices(d: number): Float64Array {
    return Float64Array.from({ length: this.cells[d]! + 1 }, (_, i) => this.vertex(d, i));
  }

  /** Positions of this rank's centers along a dimension. */
  centers(d: number): Float64Array {
    return Float64Array.from({ length: this.cells[d]! }, (_, i) => this.center(d, i));
  }

  /** Length, area or volume of a cell, by its local indices; on a uniform grid that of any. */
  volume(...index: readonly number[]): number {
    const along = (axis: GridAxis, d: number) => {
      const k = this.first[d]! + (index[d] ?? 0);
      return axis.uniform?.spacing ?? axis.vertex(k + 1) - axis.vertex(k);
    };
    return this.axes.reduce((product, axis, d) => product * along(axis, d), 1);
  }

  /** @internal Whether ranks, or the two ends, meet along a dimension anywhere in the grid. */
  connects(d: number): boolean {
    const { dims, periodic } = this.topology;
    return this.global[d]! > 1 && (dims[d]! > 1 || periodic[d]!);
  }

  /** @internal Whether the grid ends with walls along a dimension. */
  hasWalls(d: number): boolean {
    return this.global[d]! > 1 && !this.topology.periodic[d]!;
  }

  /** @internal Whether any part of it meets another, or itself. */
  get anyConnection(): boolean {
    return this.global.some((_, d) => this.connects(d));
  }

  /** @internal How wide the halo is along a dimension, and how many cells the whole grid has. */
  widthOf(d: number): { readonly halo: number; readonly cells: number } {
    return { halo: this.shape.halo[d]!, cells: this.global[d]! };
  }

  /** @internal Number of the next field: the same on all ranks. */
  nextField(): number {
    return this.#fields++;
  }

  /** @internal An array over the grid's memory, of the fields' type. */
  arrayAt(offset: number, length: number): Float64Array | Float32Array {
    const { buffer } = this.memory.memory;
    return this.type === 'f64'
      ? new Float64Array(buffer, offset, length)
      : new Float32Array(buffer, offset, length);
  }

  #kernelAxis({ uniform, vertex }: GridAxis, d: number): Axis {
    const first = this.first[d]!;
    if (uniform !== undefined) return { ...uniform, first };
    const from = -this.shape.margin[d]! - 1;
    const to = this.cells[d]! + this.shape.margin[d]! + 2;
    const table = axisTable((i) => vertex(first + i), from, to);
    const bytes = this.type === 'f64' ? 8 : 4;
    const place = (values: Float64Array): number => {
      const offset = this.memory.allocate(values.length * bytes);
      this.arrayAt(offset, values.length).set(values);
      this.memory.upload(offset, values.length * bytes);
      return offset - from * bytes;
    };
    const { vertices, centers, inverseAtVertex, inverseAtCenter, weight } = table;
    return {
      first,
      arrays: {
        vertices: place(vertices),
        centers: place(centers),
        inverseAtVertex: place(inverseAtVertex),
        inverseAtCenter: place(inverseAtCenter),
        weight: place(weight),
      },
    };
  }
}

/** Position of global center k: on a uniform axis half a cell beyond vertex k. */
export function centerOf({ uniform, vertex }: GridAxis, k: number): number {
  if (uniform !== undefined) return uniform.origin + (k + 0.5) * uniform.spacing;
  return 0.5 * (vertex(k) + vertex(k + 1));
}

function narrowest({ cells, vertex }: GridAxis): number {
  let least = Infinity;
  for (let k = 0; k < cells; k++) least = Math.min(least, vertex(k + 1) - vertex(k));
  return least;
}

/**
 * Collective: a grid of equal cells, dealt to the ranks of an architecture.
 *
 * @throws GridError ERR_GRID on all ranks, where cells cannot be dealt so that each rank has as many as the halo is wide
 * @example
 * const grid = uniformGrid(arch, { origin: [-2, -2], extent: [4, 4], cells: [252, 252] });
 */
export function uniformGrid<const T extends readonly number[], E extends Engine = CpuEngine>(
  architecture: Architecture<E>,
  options: UniformGridOptions<T>,
): Grid<DimsOf<T>, E> {
  const { origin, extent, cells } = options;
  checkDims(cells.length);
  if (origin.length !== cells.length || extent.length !== cells.length)
    throw new GridError(
      'ERR_GRID',
      `origin, extent and cells have ${origin.length}, ${extent.length} and ${cells.length} entries`,
    );
  cells.forEach(checkCells);
  return new Grid(
    architecture,
    cells.map((n, d) => uniformAxis(origin[d]!, extent[d]!, n)),
    options,
  );
}

/**
 * Collective: a grid of one axis a dimension, x first.
 *
 * @throws GridError ERR_GRID as `uniformGrid`
 * @example
 * const grid = structuredGrid(arch, [uniformAxis(0, 1, 64), functionAxis((k) => (k / 64) ** 2, 64)]);
 */
export function structuredGrid<const T extends readonly GridAxis[], E extends Engine = CpuEngine>(
  architecture: Architecture<E>,
  axes: T,
  options: GridOptions = {},
): Grid<DimsOf<T>, E> {
  checkDims(axes.length);
  return new Grid(architecture, axes, options);
}

function checkDims(dims: number): void {
  if (dims < 1 || dims > 3) throw new GridError('ERR_GRID', `a grid has 1, 2 or 3 dimensions, not ${dims}`);
}
