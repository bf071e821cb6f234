import { KernelError } from '../error.ts';
import type { Cells, FunctionField } from '../fields.ts';
import type { Scalar } from '../language.ts';
import type { Operand } from '../operators.ts';
import { sideOf, type Place } from '../place.ts';
import type { WasmMemory } from '../wasm/api.ts';
import type { Position } from './position.ts';

/** A field as the plain function sees it: what it gives the field at the point is kept until the function has returned. */
export class MemoryField implements Scalar, Operand<number> {
  readonly place: Place;
  /** Whether all values read at this point so far are finite. */
  readsFinite = true;
  readonly #array: Float64Array | Float32Array;
  #written: number | undefined;
  #settled: number | undefined;

  constructor(
    readonly kernel: string,
    readonly name: string,
    readonly cells: Cells,
    memory: WasmMemory,
    readonly position: Position,
  ) {
    this.place = cells.place;
    this.#array = cells.type === 'f64' ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  }

  get here(): number {
    return this.#written ?? this.#read(0, 0, 0);
  }

  set here(value: number) {
    this.#written = this.cells.type === 'f32' ? Math.fround(value) : value;
  }

  at(offset: readonly number[]): number;
  at(dx: number, dy?: number, dz?: number): number;
  at(first: number | readonly number[], dy = 0, dz = 0): number {
    const [x, y, z] =
      typeof first === 'number' ? [first, dy, dz] : [first[0] ?? 0, first[1] ?? 0, first[2] ?? 0];
    return x === 0 && y === 0 && z === 0 ? this.here : this.#read(x, y, z);
  }

  /** A point begins. */
  begin(): void {
    this.readsFinite = true;
    this.#settled = undefined;
  }

  /** A call of the function begins: what another call for another place wrote is not seen. */
  forget(): void {
    this.#written = undefined;
  }

  /** A call has returned: what it wrote counts, if it was made for this place. */
  settle(place: Place | undefined): void {
    if (place === undefined || place === this.place) this.#settled = this.#written;
  }

  /** Writes what the point is given; undefined if nothing. */
  commit(): number | undefined {
    const value = this.#settled;
    if (value !== undefined) this.#array[this.#address(0, 0, 0)] = value;
    return value;
  }

  #address(dx: number, dy: number, dz: number): number {
    const { index } = this.position;
    const { offset, pitch, plane } = this.cells;
    return (
      offset / this.#array.BYTES_PER_ELEMENT +
      index[0] +
      dx +
      (index[1] + dy) * pitch +
      (index[2] + dz) * plane
    );
  }

  #read(dx: number, dy: number, dz: number): number {
    const { index, dims } = this.position;
    const at = [index[0] + dx, index[1] + dy, index[2] + dz].slice(0, dims);
    const wrong = this.cells.watch?.(at);
    if (wrong !== undefined)
      throw new KernelError(
        'ERR_ARGUMENT',
        this.kernel,
        `reads ${this.name} at (${at.join(', ')}): ${wrong}`,
      );
    const value = this.#array[this.#address(dx, dy, dz)]!;
    if (!Number.isFinite(value)) this.readsFinite = false;
    return value;
  }
}

/** A field given by a function of the place. */
export class PositionField implements Operand<number> {
  readonly place: Place;
  readonly #parameters: Record<string, number>;
  readonly #fn: FunctionField['fn'];

  constructor(
    { fn, place, parameters = {} }: FunctionField,
    readonly position: Position,
  ) {
    this.place = place;
    this.#fn = fn;
    this.#parameters = { ...parameters };
  }

  get here(): number {
    return this.at([]);
  }

  set(name: string, value: number): void {
    this.#parameters[name] = value;
  }

  at(offset: readonly number[]): number;
  at(dx: number, dy?: number, dz?: number): number;
  at(first: number | readonly number[], dy = 0, dz = 0): number {
    const offset = typeof first === 'number' ? [first, dy, dz] : first;
    const along = (dim: number) => this.position.coordinate(dim, sideOf(this.place, dim), offset[dim] ?? 0);
    return this.#fn(along(0), along(1), along(2), this.#parameters as never);
  }
}

/** A number given where the kernel reads a field. */
export class NumberField implements Scalar, Operand<number> {
  readonly place = undefined;

  constructor(public here: number) {}

  at(): number {
    return this.here;
  }

  /** Arithmetic takes it as the number it is. */
  valueOf(): number {
    return this.here;
  }
}
