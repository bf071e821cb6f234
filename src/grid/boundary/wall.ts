import { GridError } from '../error.ts';
import { centerOf, type Grid } from '../grid.ts';
import type { RankGpu, Step } from '../gpu/device.ts';
import type { GridMemory } from '../memory.ts';
import { AXES, extra, SIDES } from '../place.ts';
import { ghostLayers, setsWall, type BoundaryCondition } from './conditions.ts';

/** Points of a wall: two nested loops over the other dimensions, halo layers included, so that corners are right. */
interface Sweep {
  readonly outer: number;
  readonly outerStride: number;
  readonly inner: number;
  readonly innerStride: number;
}

/** One layer that a condition sets: the wall itself, or ghosts beyond it. */
interface Layer {
  /** Elements from the field's start to the first point, and from a point to the value within that it follows from; 0 on the wall itself. */
  readonly start: number;
  readonly inward: number;
  readonly a: number;
  readonly k: number;
}

/**
 * One condition on one wall of a field, ready to be applied again and again:
 * `ghost = b + k · (v − a · b)`. At a center b is the value that mirrors the ghost at the wall. Dirichlet: a = 1, k = 2 (on a function axis the distance of both
 * over that of b from the wall). Neumann: a = 0, k = ∓ their distance h. Robin: k = 1 / (a/t + b/h), where t is Dirichlet's k. At a vertex b is the value on the wall, and ghosts
 * lie on the line through it: Neumann k = ∓h, Robin k = h/b; Dirichlet sets b itself, and ghosts mirror values within as at centers.
 */
export class Wall {
  readonly #sweep: Sweep;
  readonly #layers: readonly Layer[];
  readonly #values: Float64Array | number;
  #valuesAt: number | undefined;
  readonly #steps = new Map<number, readonly Step[]>();

  constructor(
    grid: Grid,
    place: string,
    readonly d: number,
    side: 0 | 1,
    condition: BoundaryCondition,
  ) {
    const { shape } = grid;
    const onWall = setsWall(condition, place, d);
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
    const corner = others.reduce((sum, e) => sum + from(e) * shape.stride(e), shape.lead);
    const ghosts = ghostLayers(condition, place, d, { halo: shape.halo[d]!, cells: grid.global[d]! });
    const outermost = side === 0 ? 0 : shape.cells[d]! - 1 + extra(place, d);
    const outwards = side === 0 ? -1 : 1;
    const stride = shape.stride(d);
    const layers: Layer[] = [];
    if (onWall) layers.push({ start: corner + outermost * stride, inward: 0, a: 0, k: 0 });
    for (let m = 1; m <= ghosts; m++) {
      const start = corner + (outermost + outwards * m) * stride;
      // Points from the ghost to its mirror image, or to the wall.
      const points = place[d] === 'c' ? 2 * m - 1 : onWall ? 2 * m : m;
      const inward = -outwards * points * stride;
      layers.push({ start, inward, ...coefficients(grid, place, d, side, m, condition) });
    }
    this.#layers = layers;
    const values = valuesOf(grid, place, d, side, condition);
    const scale = onWall && condition.kind === 'robin' ? 1 / condition.a : 1;
    this.#values = typeof values === 'number' ? values * scale : values.map((value) => value * scale);
  }

  /** The condition as the steps of a GPU take it, a layer each, for the field whose first element is `start`; values are put into the grid's memory. */
  onGpu(gpu: RankGpu, memory: GridMemory, start: number): readonly Step[] {
    this.#valuesAt ??= typeof this.#values === 'number' ? -1 : placed(memory, this.#values);
    let steps = this.#steps.get(start);
    if (steps === undefined) {
      const { inner, innerStride, outer, outerStride } = this.#sweep;
      const valuesAt = this.#valuesAt;
      const value = typeof this.#values === 'number' ? this.#values : 0;
      steps = this.#layers.map((layer) => {
        const words = [inner, innerStride, outer, outerStride, start + layer.start, layer.inward, valuesAt];
        const bits = new Int32Array(Float32Array.of(layer.a, layer.k, value).buffer);
        return gpu.step('wall', memory.buffer!, Int32Array.of(...words, ...bits), inner * outer);
      });
      this.#steps.set(start, steps);
    }
    return steps;
  }

  /** @param data elements of the field, from its start */
  apply(data: Float64Array | Float32Array): void {
    const { outer, outerStride, inner, innerStride } = this.#sweep;
    const values = this.#values;
    for (const { start, inward, a, k } of this.#layers) {
      let n = 0;
      for (let j = 0; j < outer; j++) {
        let at = start + j * outerStride;
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
}

/** Where numbers lie in the grid's memory and its GPU's, by element. */
function placed(memory: GridMemory, values: Float64Array): number {
  const singles = Float32Array.from(values);
  const offset = memory.allocate(singles.byteLength);
  new Float32Array(memory.memory.buffer, offset, singles.length).set(singles);
  memory.upload(offset, singles.byteLength);
  return offset / singles.BYTES_PER_ELEMENT;
}

/** Coefficients of ghost layer m, from 1 on. */
function coefficients(
  grid: Grid,
  place: string,
  d: number,
  side: 0 | 1,
  m: number,
  { kind, a, b }: BoundaryCondition,
): { readonly a: number; readonly k: number } {
  const axis = grid.axes[d]!;
  const n = grid.global[d]!;
  const spacing = axis.uniform?.spacing;
  if (place[d] === 'v') {
    const mirrors = kind === 'dirichlet' || b === 0;
    // Positions of ghost m, of the wall, and of the mirror image of the ghost.
    const [ghost, wall, mirror] = side === 0 ? [-m, 0, m] : [n + m, n, n - m];
    const distance = (from: number, to: number) =>
      spacing === undefined ? Math.abs(axis.vertex(from) - axis.vertex(to)) : spacing * Math.abs(from - to);
    if (mirrors) return { a: 1, k: distance(ghost, mirror) / distance(wall, mirror) };
    const h = distance(ghost, wall);
    return kind === 'neumann' ? { a: 0, k: side === 0 ? -h : h } : { a, k: h / b };
  }
  const [ghost, mirror] = side === 0 ? [-m, m - 1] : [n - 1 + m, n - m];
  const h =
    spacing === undefined ? Math.abs(centerOf(axis, ghost) - centerOf(axis, mirror)) : spacing * (2 * m - 1);
  if (kind === 'neumann') return { a: 0, k: side === 0 ? -h : h };
  const wall = axis.vertex(side === 0 ? 0 : n);
  const t = spacing === undefined ? h / Math.abs(wall - centerOf(axis, mirror)) : 2;
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
