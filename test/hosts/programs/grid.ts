/** Diffusion on a grid over two hosts, a hash of its bits; with `kill` rank 3 ends amid the exchanges. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { world } from 'flotilla';
import { architecture, field, gather, launcher, neumann, sum, uniformGrid, vectorField } from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';

const flux: Kernel<{ q: Vector; C: Scalar }> = kernel(({ dx, dy }, { q, C }) => {
  q.x.here = -dx(C);
  q.y.here = -dy(C);
});
const update: Kernel<{ C: Scalar; q: Vector; dt: number }> = kernel(({ div }, { C, q, dt }) => {
  C.here -= dt * div(q);
});

const comm = world();
const grid = uniformGrid(architecture(comm), { origin: [-2, -2], extent: [4, 4], cells: [90, 70] });
// Two ranks a host: through memory between them, by messages over the network.
assert.equal(grid.topology.node.size, comm.size === 1 ? 1 : 2);
const launch = launcher(grid);
const C = field(grid, 'center', { boundary: neumann() });
const q = vectorField(grid);
const dt = Math.min(...grid.spacing) ** 2 / 4.2;
C.set((x, y) => Math.exp(-x * x - y * y));
const steps = process.argv[2] === 'kill' ? 1e9 : 30;
for (let step = 0; step < steps; step++) {
  if (steps > 30 && step === 30 && comm.rank === 3) process.kill(process.pid, 'SIGKILL');
  launch(flux, { q, C });
  launch(update, { C, q, dt });
}
const total = sum(C);
const all = gather(C);
if (all) console.log(total, createHash('sha256').update(Buffer.from(all.data.buffer)).digest('hex'));
