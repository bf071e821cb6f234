/** Fields in memory for tests of kernels, and runs of a kernel on several engines from the same values. */
import assert from 'node:assert/strict';
import {
  compile,
  kindsOf,
  sharedMemory,
  type Axis,
  type Box,
  type Cells,
  type ElementType,
  type EngineName,
  type Given,
  type Kernel,
  type WasmMemory,
} from '../../src/kernel/index.ts';

export interface RigOptions {
  /** Points in each dimension. */
  readonly n: readonly number[];
  readonly halo?: number;
  readonly type?: ElementType;
  /** Elements by which the first row is shifted from alignment. */
  readonly shift?: number;
}

/** A memory with fields of one grid. */
export class Rig {
  readonly memory: WasmMemory;
  readonly type: ElementType;
  readonly pitch: number;
  readonly plane: number;
  readonly halo: number;
  readonly #size: number;
  readonly #stride: number;
  #fields = 0;

  constructor(
    readonly options: RigOptions,
    readonly most = 16,
  ) {
    const { n, halo = 2, type = 'f64', shift = 0 } = options;
    this.type = type;
    this.halo = halo;
    this.pitch = n[0]! + 1 + 2 * halo + shift;
    const rows = (n[1] ?? 1) + 1 + 2 * halo;
    this.plane = n.length > 2 ? this.pitch * rows : 0;
    this.#size = type === 'f64' ? 8 : 4;
    const planes = n.length > 2 ? n[2]! + 1 + 2 * halo : 1;
    this.#stride = this.pitch * (n.length > 1 ? rows : 1) * planes + shift;
    this.memory = sharedMemory(this.#stride * most * this.#size + 65536);
    const all = this.all();
    for (let i = 0; i < all.length; i++) all[i] = value(i);
  }

  get dims(): number {
    return this.options.n.length;
  }

  field(place: string): Cells {
    const { halo, pitch, plane, memory, type, dims } = this;
    const start =
      this.#fields++ * this.#stride + halo + (dims > 1 ? halo * pitch : 0) + (dims > 2 ? halo * plane : 0);
    assert.ok(this.#fields <= this.most);
    const lo = Array<number>(dims).fill(-halo);
    const hi = this.options.n.map((each) => each + 1 + halo);
    return { memory, offset: start * this.#size, pitch, plane, type, place, lo, hi };
  }

  /** All elements of all fields. */
  all(): Float64Array | Float32Array {
    const length = this.#stride * this.most;
    return this.type === 'f64'
      ? new Float64Array(this.memory.buffer, 0, length)
      : new Float32Array(this.memory.buffer, 0, length);
  }

  /** The whole interior, vertices included. */
  box(): Box {
    return { lo: this.options.n.map(() => 0), hi: this.options.n.map((each) => each + 1) };
  }

  at(cells: Cells, ...index: readonly number[]): number {
    const [i = 0, j = 0, k = 0] = index;
    return this.whole()[cells.offset / this.#size + i + j * cells.pitch + k * cells.plane]!;
  }

  /** The whole memory. */
  whole(): Float64Array | Float32Array {
    const { buffer } = this.memory;
    return this.type === 'f64' ? new Float64Array(buffer) : new Float32Array(buffer);
  }
}

/** Numbers between −2 and 2 without a pattern. */
export function value(i: number): number {
  return (((Math.imul(i + 1, 2654435761) >>> 8) % 40009) / 40009) * 4 - 2;
}

export const unitAxes = (dims: number): Axis[] =>
  Array.from({ length: dims }, (_, d) => ({
    origin: 0.25 * d - 1,
    spacing: 0.125 * (d + 1),
    first: 3 * d - 1,
  }));

/** Runs a kernel on an engine over a fresh rig; all memory afterwards. */
export function result<A>(
  kernel: Kernel<A>,
  engine: EngineName,
  options: RigOptions,
  args: (rig: Rig) => Given<A>,
  {
    axes,
    boxes,
  }: { readonly axes?: (rig: Rig) => readonly Axis[]; readonly boxes?: (rig: Rig) => readonly Box[] } = {},
): Float64Array | Float32Array {
  const rig = new Rig(options);
  const given = args(rig);
  const along = axes?.(rig) ?? unitAxes(rig.dims);
  const uniform = along.map((axis) => 'spacing' in axis);
  const bound = compile(kernel, kindsOf(given), { engine, dims: rig.dims, uniform }).bind(given, along);
  for (const box of boxes?.(rig) ?? [rig.box()]) bound.run(box);
  return rig.all();
}

/** Asserts the same bits; NaN is NaN, whatever its payload. */
export function sameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, message = ''): void {
  for (let i = 0; i < expected.length; i++)
    if (!Object.is(actual[i], expected[i]))
      assert.fail(`${message}: element ${i} is ${actual[i]}, expected ${expected[i]}`);
}

/** A function from the source that a test has made. */
export function evaluated<F>(source: string): F {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function(`return ${source}`) as () => F;
  return make();
}
