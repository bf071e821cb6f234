/**
 * A sound wave in a box that closes on itself, three dimensions: flotilla run -n 2 wave.ts --out wave.png
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import { architecture, field, launcher, norm, savePng, sum, uniformGrid, vectorField } from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';

const push: Kernel<{ v: Vector<3>; p: Scalar; dt: number }> = kernel(({ dx, dy, dz }, { v, p, dt }) => {
  v.x.here -= dt * dx(p);
  v.y.here -= dt * dy(p);
  v.z.here -= dt * dz(p);
});
const squeeze: Kernel<{ p: Scalar; v: Vector<3>; dt: number }> = kernel(({ div }, { p, v, dt }) => {
  p.here -= dt * div(v);
});

const { out, steps } = parseArgs({
  options: { out: { type: 'string' }, steps: { type: 'string', default: '40' } },
}).values;
const arch = architecture(world(), { periodic: true });
const grid = uniformGrid(arch, { origin: [0, 0, 0], extent: [1, 1, 1], cells: [64, 64, 16] });
const launch = launcher(grid);
const p = field(grid, 'center');
const v = vectorField(grid);
const dt = (0.9 * Math.min(...grid.spacing)) / Math.sqrt(3);
p.set((x, y) => Math.exp(-120 * ((x - 0.35) ** 2 + (y - 0.4) ** 2)));
const before = sum(p);
for (let step = 0; step < Number(steps); step++) {
  launch(push, { v, p, dt });
  launch(squeeze, { p, v, dt });
}
const kept = Math.abs(sum(p) - before) / before < 1e-12;
const loudness = norm(p);
if (world().rank === 0) console.log(`loudness ${loudness}; the mean is kept: ${kept}`);
if (out !== undefined) await savePng(p, out);
