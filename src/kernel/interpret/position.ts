import { isUniform, UNIT_AXIS, type Axis, type ElementType } from '../fields.ts';
import type { AxisArray } from '../ir/node.ts';
import type { Place, Side } from '../place.ts';
import type { WasmMemory } from '../wasm/api.ts';

/** The point that is being computed, and where it lies. */
export class Position {
  /** Local index in each dimension. */
  readonly index: [number, number, number] = [0, 0, 0];
  /** Place of what is written, where coordinates depend on it. */
  place: Place | undefined;
  readonly #array: Float64Array | Float32Array | undefined;

  constructor(
    readonly dims: number,
    readonly axes: readonly Axis[],
    type: ElementType,
    memory: WasmMemory | undefined,
  ) {
    if (memory !== undefined)
      this.#array = type === 'f64' ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  }

  /** Global index along a dimension; 0 in one that the grid does not have. */
  global(dim: number): number {
    return dim < this.dims ? (this.axes[dim] ?? UNIT_AXIS).first + this.index[dim]! : 0;
  }

  /** Coordinate at a vertex or a center, `offset` from the point. */
  coordinate(dim: number, side: Side, offset: number): number {
    if (dim >= this.dims) return 0;
    const axis = this.axes[dim] ?? UNIT_AXIS;
    if (!isUniform(axis)) return this.#read(axis.arrays[side === 'v' ? 'vertices' : 'centers'], dim, offset);
    return axis.origin + (this.global(dim) + (offset + (side === 'c' ? 0.5 : 0))) * axis.spacing;
  }

  /** Inverse spacing, or the weight of an interpolation. */
  axis(name: AxisArray, dim: number, offset: number): number {
    const axis = this.axes[dim] ?? UNIT_AXIS;
    if (!isUniform(axis)) return this.#read(axis.arrays[name], dim, offset);
    return name === 'weight' ? 0.5 : 1 / axis.spacing;
  }

  words(): string {
    return `(${this.index.slice(0, this.dims).join(', ')})`;
  }

  #read(start: number, dim: number, offset: number): number {
    const array = this.#array!;
    return array[start / array.BYTES_PER_ELEMENT + this.index[dim]! + offset]!;
  }
}
