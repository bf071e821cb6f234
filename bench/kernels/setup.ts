/** Kernels that are measured, fields of a grid, and the clock. */
import {
  compile,
  kernel,
  kindsOf,
  sharedMemory,
  type Bound,
  type Cells,
  type CompileOptions,
  type ElementType,
  type Kernel,
  type Scalar,
} from '../../src/kernel/index.ts';
import { median } from '../table.ts';

export const five: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here = now.here + k * (now.at(1, 0) + now.at(-1, 0) + now.at(0, 1) + now.at(0, -1) - 4 * now.here);
});
export const copy: Kernel<{ next: Scalar; now: Scalar }> = kernel((_, { next, now }) => {
  next.here = now.here;
});
export const seven: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here =
    now.here +
    k *
      (now.at(1) +
        now.at(-1) +
        now.at(0, 1) +
        now.at(0, -1) +
        now.at(0, 0, 1) +
        now.at(0, 0, -1) -
        6 * now.here);
});

/** Fields of one grid, rows from 64 bytes on, starts staggered by 256 bytes. `ready` sees their memory before it is touched. */
export function fields(
  count: number,
  n: readonly number[],
  type: ElementType,
  ready?: (bytes: Uint8Array) => void,
): (place: string) => Cells {
  const size = type === 'f64' ? 8 : 4;
  const per = 64 / size;
  const pitch = per * Math.ceil((n[0]! + 2 * per) / per);
  const rows = (n[1] ?? 1) + 3;
  const plane = n.length > 2 ? pitch * rows : 0;
  const bytes = size * pitch * rows * (n.length > 2 ? n[2]! + 3 : 1) + 256;
  const memory = sharedMemory(bytes * count);
  ready?.(new Uint8Array(memory.buffer));
  const all = type === 'f64' ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  for (let i = 0; i < all.length; i++) all[i] = 1 + (i % 17) / 17;
  let made = 0;
  return (place) => ({
    memory,
    offset: made++ * bytes + size * (per + pitch + plane),
    pitch,
    plane,
    type,
    place,
  });
}

/** Milliseconds that all contenders run before they are measured. */
export const WARM_UP = 400;

export type Runner = (low: number, high: number) => void;

/** Nanoseconds a point of each contender: median over slabs and rounds. */
export function measure(
  contenders: Readonly<Record<string, Runner>>,
  n: readonly number[],
  rounds: number,
): Map<string, number> {
  const slowest = n.at(-1)!;
  const perLayer = n.slice(0, -1).reduce((product, each) => product * each, 1);
  const slab = Math.max(1, Math.min(slowest, Math.round(100_000 / perLayer)));
  const names = Object.keys(contenders);
  // V8 compiles a module again once it has run for a while.
  const warm = performance.now() + WARM_UP;
  while (performance.now() < warm) for (const name of names) contenders[name]!(0, slab);
  const samples = new Map(names.map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds + 2; round++) {
    const order = names.map((_, i) => names[(i + round) % names.length]!);
    if (round % 2 === 1) order.reverse();
    for (const name of order) {
      for (let low = 0; low + slab <= slowest; low += slab) {
        const switches = process.resourceUsage().involuntaryContextSwitches;
        const start = process.hrtime.bigint();
        contenders[name]!(low, low + slab);
        const time = Number(process.hrtime.bigint() - start);
        if (round >= 2 && process.resourceUsage().involuntaryContextSwitches === switches)
          samples.get(name)!.push(time / (slab * perLayer));
      }
    }
  }
  return new Map([...samples].map(([name, times]) => [name, median(times)]));
}

export const slabs = (bound: Bound, n: readonly number[]): Runner => {
  const low = n.map(() => 0);
  const high = [...n];
  return (from, to) => {
    low[n.length - 1] = from;
    high[n.length - 1] = to;
    bound.run({ lo: low, hi: high });
  };
};

export function bound<A>(
  kernelOf: Kernel<A>,
  args: Parameters<ReturnType<typeof compile<A>>['bind']>[0],
  options: CompileOptions,
): Bound {
  return compile(kernelOf, kindsOf(args), options).bind(args);
}
