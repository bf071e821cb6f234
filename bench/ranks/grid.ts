/** Our side of bench/grid.ts: `name microseconds`, of the slowest rank, the best of some samples. */
import { MAX, self, world } from 'flotilla';
import {
  architecture,
  exchangeHalo,
  field,
  launcher,
  neumann,
  swap,
  uniformGrid,
  type Architecture,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar } from 'flotilla/kernel';
import { stokes } from './grid-stokes.ts';

const comm = world();
const SAMPLES = 8;

function time(name: string, rounds: number, body: () => void): number {
  let best = Infinity;
  for (let sample = 0; sample < SAMPLES; sample++) {
    comm.barrier();
    const began = performance.now();
    for (let round = 0; round < rounds; round++) body();
    best = Math.min(best, ((performance.now() - began) / rounds) * 1000);
  }
  const slowest = comm.allreduce(best, MAX);
  if (comm.rank === 0) console.log(`${name} ${slowest}`);
  return slowest;
}

const heat: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here = now.here + k * (now.at(1, 0) + now.at(-1, 0) + now.at(0, 1) + now.at(0, -1) - 4 * now.here);
});
const boundary = neumann();
const step = (arch: Architecture, cells: readonly [number, number]) => {
  const grid = uniformGrid(arch, { origin: [0, 0], extent: [1, 1], cells });
  const launch = launcher(grid);
  const [now, next] = [field(grid, 'center', { boundary }), field(grid, 'center', { boundary })];
  return () => {
    launch(heat, { next, now, k: 0.1 });
    swap(next, now);
  };
};
const cut = (d: number, dims: number) => Array.from({ length: dims }, (_, e) => (e === d ? 2 : 1));

if (comm.size === 2) {
  for (const exchange of ['auto', 'messages'] as const) {
    const carrier = exchange === 'auto' ? 'mailbox' : 'messages';
    for (const [n, dims] of [
      [1024, 2],
      [128, 3],
    ] as const)
      for (let d = 0; d < dims; d++) {
        const arch = architecture(comm, { dims: cut(d, dims), exchange });
        const cells = Array.from({ length: dims }, (_, e) => (e === d ? 2 * n : n));
        const grid = uniformGrid(arch, { origin: cells.map(() => 0), extent: cells.map(() => 1), cells });
        const f = field(grid, 'center');
        time(`${dims}d.${'xyz'[d]!}.${carrier}`, dims === 2 ? 500 : 60, () => exchangeHalo(f));
      }
    // Weak scaling: the same points a rank, with neighbors and without.
    for (const n of [1024, 256])
      for (const d of [0, 1]) {
        const rounds = n === 1024 ? 10 : 200;
        const name = `weak.${n}.${'xy'[d]!}.${carrier}`;
        const both = architecture(comm, { dims: cut(d, 2), exchange });
        time(`${name}.alone`, rounds, step(architecture(self()), [n, n]));
        time(`${name}.with`, rounds, step(both, d === 0 ? [2 * n, n] : [n, 2 * n]));
      }
  }
} else {
  // A launch of two fields with nothing to fill, beyond what its kernel takes: on a grid so small that this is nothing.
  const grid = uniformGrid(architecture(comm), { origin: [0, 0], extent: [1, 1], cells: [4, 4] });
  const launch = launcher(grid);
  const copy: Kernel<{ a: Scalar; b: Scalar }> = kernel((_, { a, b }) => {
    a.here = b.here;
  });
  const [a, b] = [field(grid, 'center'), field(grid, 'center')];
  time('launch', 5_000, () => launch(copy, { a, b }));
  time('step.1024', 10, step(architecture(comm), [1024, 1024]));
}
stokes(126, time);
