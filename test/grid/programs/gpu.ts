/** Grids on GPUs give what WebAssembly does in f32, but for the rounding of the driver. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { world } from 'flotilla';
import {
  architecture,
  checkpoint,
  dirichlet,
  exchangeHalo,
  field,
  fillHalo,
  functionAxis,
  gather,
  launcher,
  max,
  min,
  neumann,
  norm,
  restore,
  robin,
  scatter,
  structuredGrid,
  sum,
  swap,
  uniformAxis,
  uniformGrid,
  vectorField,
  type Architecture,
  type ArchitectureOptions,
  type Engine,
  type Field,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';
import { refuses } from '../../harness/cases.ts';
import { setSome } from '../../harness/grids.ts';

const ULP = 2 ** -23;
const folder = process.argv[2]!;
const comm = world();

/** Asserts that the whole field has the numbers of one that a single rank has computed by WebAssembly, but for so many roundings. */
function close(actual: Field, expected: Field, roundings: number): void {
  const all = gather(actual);
  const alone = gather(expected)!;
  if (all === undefined) return;
  assert.deepEqual(all.shape, alone.shape);
  let scale = 0;
  for (const value of alone.data) scale = Math.max(scale, Math.abs(value));
  for (let i = 0; i < alone.data.length; i++)
    if (!(Math.abs(all.data[i]! - alone.data[i]!) <= roundings * ULP * scale))
      assert.fail(`element ${i} is ${all.data[i]}, by WebAssembly ${alone.data[i]}`);
}

const flux: Kernel<{ q: Vector; C: Scalar; chi: number }> = kernel(({ dx, dy }, { q, C, chi }) => {
  q.x.here = -chi * dx(C);
  q.y.here = -chi * dy(C);
});
const update: Kernel<{ C: Scalar; q: Vector; dt: number }> = kernel(({ div }, { C, q, dt }) => {
  C.here -= dt * div(q);
});

async function diffusion(arch: Architecture<Engine>) {
  const grid = uniformGrid(arch, { origin: [-2, -2], extent: [4, 4], cells: [252, 252], type: 'f32' });
  const launch = launcher(grid);
  const C = field(grid, 'center', { boundary: neumann() });
  const q = vectorField(grid);
  const chi = 1;
  const dt = Math.min(...grid.spacing) ** 2 / chi / 2 / 2.1;
  C.set((x, y) => Math.exp(-x * x - y * y));
  for (let step = 0; step < 100; step++) {
    await launch(flux, { q, C, chi });
    await launch(update, { C, q, dt });
  }
  return C;
}

const heat: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel(({ lap }, { next, now, k }) => {
  next.here = now.here + k * lap(now);
});
const spread: Kernel<{ out: Scalar; f: Scalar; s: number }> = kernel((_, { out, f, s }) => {
  out.here = f.at(1, 1) + f.at(-1, 1) * s - f.at(1, -1) + f.at(-1, -1);
});
const faces: Kernel<{ v: Scalar; f: Scalar }> = kernel(({ dx, lerp }, { v, f }) => {
  v.here = dx(f) + lerp(f, v);
});

/** All conditions, a function axis, diagonals, values given and taken while they are on the GPU. */
async function walls(arch: Architecture<Engine>): Promise<readonly Field[]> {
  const axes = [functionAxis((k) => (k / 30) ** 2 + k / 30, 30), uniformAxis(0, 1, 26)] as const;
  const grid = structuredGrid(arch, axes, { type: 'f32', halo: 2 });
  const launch = launcher(grid);
  const boundary = {
    x: [robin(1, 0.5, (_: number, y: number) => y), dirichlet(2)],
    y: neumann(0.5),
  } as const;
  const [a, b] = [field(grid, 'center', { boundary }), field(grid, 'center', { boundary })];
  const v = field(grid, 'vc', { boundary: { x: dirichlet((_, y) => y) } });
  setSome(a);
  for (let step = 0; step < 5; step++) {
    await launch(heat, { next: b, now: a, k: 1e-4 });
    swap(a, b);
  }
  await launch(spread, { out: b, f: a, s: 0.5 });
  b.boundary = dirichlet(1);
  b.set(b); // from the GPU and back
  const [x = 0, y = 0] = grid.first;
  if (x <= 3 && y <= 3 && x + grid.cells[0]! > 3 && y + grid.cells[1]! > 3)
    b.data[b.index(3 - x, 3 - y)]! += 1;
  b.touch();
  await launch(spread, { out: a, f: b, s: 0.25 }, { within: { lo: [5, 7], hi: [20, 23] } });
  fillHalo(a);
  exchangeHalo(b);
  await launch(faces, { v, f: a });
  return [a, b, v];
}

async function three(arch: Architecture<Engine>): Promise<Field> {
  const grid = uniformGrid(arch, { origin: [0, 0, 0], extent: [1, 2, 1], cells: [20, 24, 16], type: 'f32' });
  const launch = launcher(grid, { overlap: true });
  const [next, now] = [field(grid, 'center'), field(grid, 'center')];
  setSome(now);
  for (let step = 0; step < 4; step++) {
    await launch(heat, { next, now, k: 1e-4 });
    swap(next, now);
  }
  return now;
}

/** What a run on the GPU has to be beside one by WebAssembly on one rank. */
const gpu = (options: ArchitectureOptions = {}) => architecture(comm, { ...options, engine: 'gpu' });
const own = (periodic = false) => architecture(undefined, { periodic });

const C = await diffusion(gpu());
close(C, await diffusion(own()), 100);
const dA = C.grid.volume();
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 100 * ULP * expected, `${actual} for ${expected}`);
near(sum(C) * dA, 3.112275746677757);
near(max(C), 0.9764441211643946);
near(min(C), 7.057882195233631e-4);
near(norm(C), 78.0251984715);

const expected = await walls(own());
for (const exchange of ['auto', 'messages'] as const)
  (await walls(gpu({ exchange }))).forEach((each, n) => close(each, expected[n]!, 50));
close(await three(gpu({ periodic: true, exchange: 'messages' })), await three(own(true)), 20);

// Files are written from what was computed, and read into fields that are on the GPU.
const path = join(folder, 'checkpoint');
checkpoint(path, { C }, { step: 100 });
const before = gather(C);
C.set(0);
const launch = launcher(C.grid);
await launch(heat, { next: field(C.grid, 'center'), now: C, k: 1 });
assert.deepEqual(restore(path, { C }), { step: 100 });
const after = gather(C);
assert.deepEqual(after?.data, before?.data);
scatter(C, after?.data);
assert.equal(norm(C), norm(C));
if (comm.rank === 0) rmSync(path, { recursive: true });

refuses(
  'ERR_TYPE',
  () => uniformGrid(C.grid.architecture, { origin: [0], extent: [1], cells: [64], type: 'f64' }),
  /a GPU computes in f32/,
);
refuses(
  'ERR_ENGINE',
  () =>
    architecture(comm, {
      engine: 'gpu',
      device: { backend: comm.rank === comm.size - 1 ? 'metal' : 'opengles' },
    }),
  new RegExp(`rank ${comm.size - 1} has no GPU: .*tried backend=metal.*npm install webgpu`),
);

// A lost device is told on all ranks: by the next exchange, and by what concerns the whole field.
const lossy = gpu();
const grid = uniformGrid(lossy, { origin: [0, 0], extent: [1, 1], cells: [40, 40] });
const boundary = neumann();
const [now, next] = [field(grid, 'center', { boundary }), field(grid, 'center', { boundary })];
const step = launcher(grid);
await step(heat, { next, now, k: 1 });
if (comm.rank === comm.size - 1) lossy.gpu!.device.lose();
const lost = { code: 'ERR_DEVICE', message: new RegExp(`the GPU of rank ${comm.size - 1} has failed: .*`) };
assert.throws(() => sum(next), lost);
await assert.rejects(async () => {
  for (;;) {
    now.touch();
    await step(heat, { next, now, k: 1 });
  }
}, lost);
if (comm.rank === 0) console.log('as by WebAssembly');
