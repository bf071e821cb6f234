/** A wave whose fields are written as a series, checkpointed and restored. Arguments: folder, steps at which it begins and ends. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { world } from 'flotilla';
import {
  architecture,
  checkpoint,
  dirichlet,
  field,
  functionAxis,
  gather,
  launcher,
  neumann,
  restore,
  savePng,
  series,
  structuredGrid,
  uniformAxis,
  vectorField,
  type GridError,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';
import assert from 'node:assert/strict';

const push: Kernel<{ v: Vector; p: Scalar; dt: number }> = kernel(({ dx, dy }, { v, p, dt }) => {
  v.x.here -= dt * dx(p);
  v.y.here -= dt * dy(p);
});
const squeeze: Kernel<{ p: Scalar; v: Vector; dt: number }> = kernel(({ div }, { p, v, dt }) => {
  p.here -= dt * div(v);
});

const [folder = '', last = '0'] = process.argv.slice(2);
const comm = world();
const arch = architecture(comm, { periodic: [false, true] });
const grid = structuredGrid(arch, [
  functionAxis((k) => k / 30 + 0.2 * (k / 30) ** 2, 30),
  uniformAxis(0, 1, 24),
]);
const launch = launcher(grid);
const p = field(grid, 'center', { boundary: { x: neumann() } });
const v = vectorField(grid);
v.x.boundary = { x: dirichlet() };
p.set((x, y) => Math.exp(-20 * ((x - 0.4) ** 2 + (y - 0.5) ** 2)));

const save = join(folder, 'checkpoint');
const { step: first } = restore<{ step: number }>(save, { p, v }) ?? { step: 0 };
const out = series(join(folder, 'run.zarr'), { p, v }, { append: true });
for (let step = first; step < Number(last); step++) {
  if (step % 10 === 0) out.write(step * 0.01, step);
  launch(push, { v, p, dt: 0.01 });
  launch(squeeze, { p, v, dt: 0.01 });
}
checkpoint(save, { p, v }, { step: Number(last) });
await savePng(p, join(folder, 'p.png'));

const hash = createHash('sha256');
for (const each of [p, v.x, v.y]) {
  const all = gather(each);
  if (all) hash.update(Buffer.from(all.data.buffer));
}
if (comm.rank === 0) console.log(`from ${first}, ${out.length} steps, ${hash.digest('hex')}`);

const fails = (call: () => unknown, text: RegExp) =>
  assert.throws(call, (error: GridError) => error.code === 'ERR_FILE' && text.test(error.message));
// The folder of the next chunk is taken by something else, and the state cannot be written: what was there stays.
const taken = join(folder, 'run.zarr', 'p', 'c', String(out.length), '0', '0');
if (comm.rank === 0) mkdirSync(taken, { recursive: true });
comm.barrier();
fails(() => out.write(1), /series: /);
fails(() => checkpoint(save, { p, v }, { count: 1n }), /checkpoint: .*BigInt/);
fails(() => series(join(folder, 'run.zarr'), { p }), /there already/);
fails(() => restore(save, { p, q: v.x }), /has no field q/);
fails(
  () => restore(save, { p: field(grid, 'vertex') }),
  /24 × 30 elements of float64 at \(cc\), the field 24 × 31 elements of float64 at \(vv\)/,
);
await assert.rejects(savePng(p, join(folder, 'no', 'such', 'p.png')), { code: 'ERR_FILE' });
assert.equal(restore<{ step: number }>(save, { p, v })?.step, Number(last));
comm.barrier();
if (comm.rank === 0) rmSync(taken, { recursive: true });
