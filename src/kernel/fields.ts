import type { GpuMemory } from './gpu/webgpu.ts';
import type { AxisArray } from './ir/node.ts';
import type { Place } from './place.ts';
import type { WasmMemory } from './wasm/api.ts';

/** Precision of a field's elements and of the arithmetic of kernels on them. */
export type ElementType = 'f64' | 'f32';

/** Values of a field in memory: element (i, j, k) lies at `offset + (i + j · pitch + k · plane) · bytes an element`. */
export interface Cells {
  /** A shared WebAssembly memory for engines of the CPU, a storage buffer for `gpu`. It must be able to grow by a page (64 KiB). */
  readonly memory: WasmMemory | GpuMemory;
  /** Byte offset of element (0, 0, 0). */
  readonly offset: number;
  /** Elements from a row to the next. The same for all fields of a kernel, as `plane` is. */
  readonly pitch: number;
  /** Elements from a plane to the next; 0 where there is one. */
  readonly plane: number;
  readonly type: ElementType;
  readonly place: Place;
  /** First index that has memory in each dimension, and one past the last: reads beyond are refused before anything is written. */
  readonly lo?: readonly number[];
  readonly hi?: readonly number[];
  /** Asked by `interpret` at each read: what is wrong with the element, if anything, such as a stale halo. */
  readonly watch?: (index: readonly number[]) => string | undefined;
}

/**
 * A field given by a function of the place, put into the kernel that reads it: no memory traffic.
 *
 * @example
 * const fn = (x: number, y: number, _: number, { r }: { r: number }) => (x * x + y * y < r * r ? 1 : 0);
 * const rho: FunctionField = { fn, place: 'cv', parameters: { r: 0.1 } };
 */
export interface FunctionField {
  /** In the language of kernels: three coordinates, 0 in dimensions that the grid does not have, then the parameters. */
  readonly fn: (x: number, y: number, z: number, parameters: never) => number;
  readonly place: Place;
  readonly parameters?: Readonly<Record<string, number>>;
}

/** Cells of equal width. Vertex i lies at `origin + (first + i) · spacing`, center i half a cell further. */
export interface UniformAxis {
  readonly origin: number;
  readonly spacing: number;
  /** Global index of local index 0: what `i() j() k()` count from. */
  readonly first: number;
}

/** Cells of any width: arrays in the fields' memory, of the fields' type, made by `axisTable`. */
export interface FunctionAxis {
  /** Byte offset of local index 0 in each array. */
  readonly arrays: Readonly<Record<AxisArray, number>>;
  readonly first: number;
}

export type Axis = UniformAxis | FunctionAxis;

export const isUniform = (axis: Axis): axis is UniformAxis => 'spacing' in axis;

/** Axis of kernels that are bound without one: unit cells from 0. */
export const UNIT_AXIS: UniformAxis = { origin: 0, spacing: 1, first: 0 };

/**
 * Arrays of a function axis for local indices `from` (inclusive) to `to` (exclusive).
 *
 * @param vertex position of vertex i
 * @returns element i − from of each is that of index i: positions, inverse spacings, and the weight of center i when centers i − 1 and i are
 * interpolated to vertex i
 */
export function axisTable(
  vertex: (i: number) => number,
  from: number,
  to: number,
): Record<AxisArray, Float64Array> {
  const make = (value: (i: number) => number) =>
    Float64Array.from({ length: to - from }, (_, n) => value(from + n));
  const center = (i: number) => 0.5 * (vertex(i) + vertex(i + 1));
  const between = (i: number) => center(i) - center(i - 1);
  return {
    vertices: make(vertex),
    centers: make(center),
    inverseAtVertex: make((i) => 1 / between(i)),
    inverseAtCenter: make((i) => 1 / (vertex(i + 1) - vertex(i))),
    weight: make((i) => (vertex(i) - center(i - 1)) / between(i)),
  };
}

export const bytesOf = (type: ElementType): number => (type === 'f64' ? 8 : 4);

export function isCells(value: unknown): value is Cells {
  return (
    typeof value === 'object' && value !== null && 'pitch' in value && 'memory' in value && 'offset' in value
  );
}

export function isFunctionField(value: unknown): value is FunctionField {
  return typeof value === 'object' && value !== null && 'fn' in value && 'place' in value;
}
