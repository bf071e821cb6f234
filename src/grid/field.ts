import { subarray, type View } from '../comm/index.ts';
import { positionsOf } from './positions.ts';
import { wallsOf, ghostLayers, type Boundary, type Walls } from './boundary/conditions.ts';
import { Wall } from './boundary/wall.ts';
import { GridError } from './error.ts';
import type { Grid } from './grid.ts';
import { extra, lettersOf, type FieldPlace } from './place.ts';
import { Storage, wallSide } from './storage.ts';

/** Options of a field. */
export interface FieldOptions {
  /** What holds at the walls of the grid. Without it a kernel that needs values beyond a wall is refused. */
  readonly boundary?: Boundary;
  /** Name for errors; kernels' errors know fields by the names of their arguments. */
  readonly name?: string;
}

/** What `set` takes. */
export type FieldValues = number | ArrayLike<number> | Field | ((x: number, y: number, z: number) => number);

/** Numbers at the points of a grid: this rank's part. Indices are local, x first. */
export class Field {
  readonly grid: Grid;
  /** One letter a dimension, x first: c at centers, v at vertices. */
  readonly place: string;
  readonly name: string;
  /** @internal */
  storage: Storage;
  /** @internal Counts changes of the boundary. */
  conditions = 0;
  /** @internal Conditions by dimension and side. */
  walls: Walls;
  #boundary: Boundary | undefined;
  /** Those of this rank, last dimension first. */
  #here: readonly Wall[] = [];

  /** @internal */
  constructor(grid: Grid, place: FieldPlace, { boundary, name = 'field' }: FieldOptions = {}) {
    this.grid = grid;
    this.place = lettersOf(place, grid.dims);
    this.name = name;
    this.walls = wallsOf(boundary, grid.dims, (d) => grid.hasWalls(d));
    this.storage = new Storage(grid, this.place);
    this.boundary = boundary;
  }

  /** What holds at the walls. May be given anew at any time. */
  get boundary(): Boundary | undefined {
    return this.#boundary;
  }

  set boundary(boundary: Boundary | undefined) {
    const { grid, place } = this;
    this.walls = wallsOf(boundary, grid.dims, (d) => grid.hasWalls(d));
    this.#boundary = boundary;
    this.#here = this.walls
      .flatMap((sides, d) =>
        sides.map((condition, side) => {
          const bounded = grid.connectivity[d]![side as 0 | 1] === 'bounded';
          return condition !== undefined && bounded
            ? new Wall(grid, place, d, side as 0 | 1, condition)
            : undefined;
        }),
      )
      .filter((wall) => wall !== undefined)
      .reverse();
    this.conditions++;
    this.storage.depth.fill(0, 6);
    this.applyWalls();
  }

  /** Elements, halo layers included; `index` says where a point lies. Call `touch` after writing. */
  get data(): Float64Array | Float32Array {
    return this.storage.data;
  }

  /** Points of this rank along each dimension, x first. */
  get size(): readonly number[] {
    return this.grid.cells.map((n, d) => n + extra(this.place, d));
  }

  /** Where a point lies in `data`; halo layers have indices below 0 and beyond `size`. */
  index(i = 0, j = 0, k = 0): number {
    const { lead, pitch, plane } = this.grid.shape;
    return lead + i + j * pitch + k * plane;
  }

  /** The value at a point, or at one of the halo. */
  at(i: number, j = 0, k = 0): number {
    return this.data[this.index(i, j, k)]!;
  }

  /** This rank's points without halo, in the order of rows: for messages and files. */
  get interior(): View {
    const { shape } = this.grid;
    return this.#view(
      this.size,
      shape.margin.map((_, d) => this.#start(d)),
    );
  }

  /** @internal A block of points, by local indices. */
  block(lo: readonly number[], size: readonly number[]): View {
    return this.#view(
      size,
      lo.map((i, d) => this.#start(d) + i),
    );
  }

  /**
   * Gives values to this rank's points: one number, those of another field at the same place, a function of the place, or an array of them, x fastest.
   *
   * @throws GridError ERR_ARGUMENT for an array of a wrong length, or a field of another place or grid
   */
  set(values: FieldValues): void {
    const view = this.interior;
    if (values instanceof Field) this.#copy(values);
    else if (typeof values === 'function') view.unpack(positionsOf(this, values));
    else {
      const { length } = view;
      if (typeof values !== 'number' && values.length !== length)
        throw this.refuse('set', `an array of ${values.length} elements for ${this.size.join(' × ')} points`);
      const packed = this.grid.type === 'f64' ? new Float64Array(length) : new Float32Array(length);
      if (typeof values === 'number') packed.fill(values);
      else packed.set(values);
      view.unpack(packed);
    }
    this.touch();
  }

  /** To be called after `data` was written: halos are stale, and conditions hold again. */
  touch(): void {
    this.storage.changed();
    this.storage.stale();
    this.storage.depth.fill(0, 6);
    this.applyWalls();
  }

  /** @internal Applies the conditions of this rank's walls, in one dimension or in all, and knows their layers as valid. */
  applyWalls(d?: number): void {
    const { storage } = this;
    const { depth, where } = storage;
    const walls = d === undefined ? this.#here : this.#here.filter((wall) => wall.d === d);
    if (where === 'device') this.#onGpu(walls);
    else if (walls.length > 0) {
      for (const wall of walls) wall.apply(storage.data);
      storage.changed();
    }
    if (d !== undefined) return;
    this.walls.forEach((sides, dim) =>
      sides.forEach((condition, side) => {
        if (condition !== undefined)
          depth[wallSide(dim, side)] = ghostLayers(condition, this.place, dim, this.grid.widthOf(dim));
      }),
    );
    this.storage.note();
  }

  #onGpu(walls: readonly Wall[]): void {
    const { grid, storage } = this;
    const gpu = grid.architecture.gpu!;
    gpu.run(walls.flatMap((wall) => wall.onGpu(gpu, grid.memory, storage.start)));
  }

  /** @internal */
  refuse(operation: string, message: string): GridError {
    return new GridError('ERR_ARGUMENT', `${operation}: ${message}`, { operation });
  }

  #copy(from: Field): void {
    if (from.grid !== this.grid || from.place !== this.place)
      throw this.refuse(
        'set',
        `a field at (${from.place}) ${from.grid === this.grid ? '' : 'of another grid '}into one at (${this.place})`,
      );
    this.data.set(from.data);
  }

  /** Layers of a view's extents before the first point. */
  #start(d: number): number {
    const { lead, pitch, plane, margin } = this.grid.shape;
    if (d > 0) return margin[d]!;
    return lead - (margin[1] ?? 0) * pitch - (margin[2] ?? 0) * plane;
  }

  /** A block by its size and begin, x first. */
  #view(size: readonly number[], start: readonly number[]): View {
    const { pitch, plane, length } = this.grid.shape;
    const extents = [
      pitch,
      plane === 0 ? length / pitch : plane / pitch,
      plane === 0 ? 1 : length / plane,
    ].slice(0, size.length);
    return subarray(this.data, extents.reverse(), [...size].reverse(), [...start].reverse());
  }
}

/**
 * Collective: a field of zeros.
 *
 * @param place `'center'`, `'vertex'`, or a letter a dimension
 * @throws GridError ERR_NO_MEM on all ranks where a rank's memory cannot hold it
 * @example
 * const C = field(grid, 'center', { boundary: neumann() });
 */
export function field(grid: Grid, place: FieldPlace, options: FieldOptions = {}): Field {
  return new Field(grid, place, options);
}

/**
 * Exchanges the values of two fields: no element moves.
 *
 * @throws GridError ERR_ARGUMENT for fields of two grids or places
 */
export function swap(a: Field, b: Field): void {
  if (a.grid !== b.grid || a.place !== b.place)
    throw a.refuse(
      'swap',
      `fields at (${a.place}) and (${b.place})${a.grid === b.grid ? '' : ' of two grids'}`,
    );
  [a.storage, b.storage] = [b.storage, a.storage];
  if (a.boundary === b.boundary) return;
  // Each keeps its conditions, and the values that the other's have set are not its own.
  for (const each of [a, b]) {
    each.storage.depth.fill(0, 6);
    each.applyWalls();
  }
}
