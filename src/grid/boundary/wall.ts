import { GridError } from '../error.ts';
import { centerOf, type Grid } from '../grid.ts';
import type { RankGpu, Step } from '../gpu/device.ts';
import type { GridMemory } from '../memory.ts';
import { AXES, extra, SIDES } from '../place.ts';
import { setsWall, type BoundaryCondition } from './conditions.ts';

/** Points of a wall: two nested loops over the other dimensions, halo layers included, so that corners are right. */
interface Sweep {
  readonly outer: number;
  readonly outerStride: number;
  readonly inner: number;
  readonly innerStride: number;
}

/**
 * One condition on one wall of a field, ready to be applied again and again:
 * `ghost = b + k · (v − a · b)`, where b is the last value within. Dirichlet at a center: a = 1, k = 2 (on a function axis twice the distance of centers over
 * the cell's width). Neumann: a = 0, k = ∓h. Robin: k = 1 / (a/t + b/h). Dirichlet at a vertex: the value itself.
 */
export class Wall {
  readonly #sweep: Sweep;
  /** Elements from the field's start to the first ghost, and from a ghost to the value within. */
  readonly #start: number;
  readonly #inward: number;
  readonly #a: number;
  readonly #k: number;
  readonly #values: Float64Array | number;
  #valuesAt: number | undefined;
  readonly #steps = new Map<number, Step>();

  constructor(
    grid: Grid,
    place: string,
    readonly d: number,
    side: 0 | 1,
    condition: BoundaryCondition,
  ) {
    const { shape } = grid;
    const stride = shape.stride(d);
    const onWall = setsWall(condition, place, d);
    const last = shape.cells[d]! - 1 + extra(place, d);
    const index = side === 0 ? (onWall ? 0 : -1) : onWall ? last : last + 1;
    const others = [0, 1, 2].filter((e) => e !== d && e < grid.dims);
    const from = (e: number) => -shape.halo[e]!;
    const count = (e: number) => shape.cells[e]! + extra(place, e) + 2 * shape.halo[e]!;
    const [first, second] = others;
    this.#sweep = {
      inner: first === undefined ? 1 : count(first),
      innerStride: first === undefined ? 0 : shape.stride(first),
      outer: second === undefined ? 1 : count(second),
      outerStride: second === undefined ? 0 : shape.stride(second),
    };
    this.#start = shape.lead + index * stride + others.reduce((sum, e) => sum + from(e) * shape.stride(e), 0);
    this.#inward = onWall ? 0 : side === 0 ? stride : -stride;
    const { a, k } = onWall ? { a: 0, k: 0 } : coefficients(grid, place, d, side, condition);
    [this.#a, this.#k] = [a, k];
    const values = valuesOf(grid, place, d, side, condition);
    const scale = onWall && condition.kind === 'robin' ? 1 / condition.a : 1;
    this.#values = typeof values === 'number' ? values * scale : values.map((value) => value * scale);
  }

  /** The condition as the steps of a GPU take it, for the field whose first element is `start`; values are put into the grid's memory. */
  onGpu(gpu: RankGpu, memory: GridMemory, start: number): Step {
    this.#valuesAt ??= typeof this.#values === 'number' ? -1 : placed(memory, this.#values);
    let step = this.#steps.get(start);
    if (step === undefined) {
      const { inner, innerStride, outer, outerStride } = this.#sweep;
      const words = Int32Array.of(inner, innerStride, outer, outerStride, start + this.#start, this.#inward);
      const value = typeof this.#values === 'number' ? this.#values : 0;
      const bits = new Int32Array(Float32Array.of(this.#a, this.#k, value).buffer);
      step = gpu.step(
        'wall',
        memory.buffer!,
        Int32Array.of(...words, this.#valuesAt, ...bits),
        inner * outer,
      );
      this.#steps.set(start, step);
    }
    return step;
  }

  /** @param data elements of the field, from its start */
  apply(data: Float64Array | Float32Array): void {
    const { outer, outerStride, inner, innerStride } = this.#sweep;
    const values = this.#values;
    const inward = this.#inward;
    const a = this.#a;
    const k = this.#k;
    let n = 0;
    for (let j = 0; j < outer; j++) {
      let at = this.#start + j * outerStride;
      for (let i = 0; i < inner; i++, at += innerStride) {
        const v = typeof values === 'number' ? values : values[n++]!;
        if (inward === 0) data[at] = v;
        else {
          const b = data[at + inward]!;
          data[at] = b + k * (v - a * b);
        }
      }
    }
  }
}

/** Where numbers lie in the grid's memory and its GPU's, by element. */
function placed(memory: GridMemory, values: Float64Array): number {
  const singles = Float32Array.from(values);
  const offset = memory.allocate(singles.byteLength);
  new Float32Array(memory.memory.buffer, offset, singles.length).set(singles);
  memory.upload(offset, singles.byteLength);
  return offset / singles.BYTES_PER_ELEMENT;
}

function coefficients(grid: Grid, place: string, d: number, side: 0 | 1, { kind, a, b }: BoundaryCondition) {
  const axis = grid.axes[d]!;
  const n = grid.global[d]!;
  const width = (k: number) => axis.uniform?.spacing ?? axis.vertex(k + 1) - axis.vertex(k);
  const between = (k: number) => axis.uniform?.spacing ?? centerOf(axis, k) - centerOf(axis, k - 1);
  const atVertex = place[d] === 'v';
  // Distance of the ghost from the value within.
  const h = atVertex ? width(side === 0 ? -1 : n) : between(side === 0 ? 0 : n);
  if (kind === 'neumann') return { a: 0, k: side === 0 ? -h : h };
  if (atVertex) return { a, k: h / b };
  const t = axis.uniform === undefined ? (2 * h) / width(side === 0 ? 0 : n - 1) : 2;
  return kind === 'dirichlet' ? { a: 1, k: t } : { a, k: 1 / (a / t + b / h) };
}

/** Values at the points of the sweep: beyond the interior those of the function, of an array the nearest. */
function valuesOf(
  grid: Grid,
  place: string,
  d: number,
  side: 0 | 1,
  { value }: BoundaryCondition,
): Float64Array | number {
  if (typeof value === 'number') return value;
  const { shape } = grid;
  const others = [0, 1, 2].filter((e) => e !== d && e < grid.dims);
  const globalCount = (e: number) => grid.global[e]! + extra(place, e);
  const total = others.reduce((product, e) => product * globalCount(e), 1);
  if (typeof value !== 'function' && value.length !== total) {
    const message = `the wall ${AXES[d]!} ${SIDES[side]} has ${total} points, and the boundary condition ${value.length} values`;
    throw new GridError('ERR_ARGUMENT', message, { operation: 'boundary' });
  }
  const counts = [0, 1].map((i) => {
    const e = others[i];
    return e === undefined ? 1 : shape.cells[e]! + extra(place, e) + 2 * shape.halo[e]!;
  });
  const result = new Float64Array(counts[0]! * counts[1]!);
  const wall = grid.axes[d]!.vertex(side === 0 ? 0 : grid.global[d]!);
  let n = 0;
  for (let j = 0; j < counts[1]!; j++)
    for (let i = 0; i < counts[0]!; i++) {
      const at = others.map((e, m) => within(grid, e, grid.first[e]! - shape.halo[e]! + (m === 0 ? i : j)));
      if (typeof value === 'function') {
        const position = [0, 0, 0];
        position[d] = wall;
        others.forEach(
          (e, m) =>
            (position[e] = place[e] === 'v' ? grid.axes[e]!.vertex(at[m]!) : centerOf(grid.axes[e]!, at[m]!)),
        );
        result[n++] = value(position[0]!, position[1]!, position[2]!);
      } else {
        const clamped = others.map((e, m) => Math.min(Math.max(at[m]!, 0), globalCount(e) - 1));
        result[n++] =
          value[
            (clamped[0] ?? 0) + (clamped[1] ?? 0) * (others[0] === undefined ? 1 : globalCount(others[0]))
          ]!;
      }
    }
  return result;
}

/** A global index, along a dimension that closes on itself that of the point it is the image of. */
export function within(grid: Grid, d: number, k: number): number {
  if (!grid.topology.periodic[d]!) return k;
  const n = grid.global[d]!;
  return ((k % n) + n) % n;
}
