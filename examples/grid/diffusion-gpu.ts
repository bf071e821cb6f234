/**
 * Heat spreads through a plate of stripes that conduct badly, on a GPU where there is one: flotilla run -n 2 diffusion-gpu.ts --engine gpu --out diffusion.png
 * Any engine runs it: launches are awaited, which costs nothing where they return nothing.
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import {
  architecture,
  dirichlet,
  field,
  launcher,
  max,
  neumann,
  savePng,
  sum,
  uniformGrid,
  vectorField,
  type Engine,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';

const flux: Kernel<{ q: Vector; T: Scalar; k: Scalar }> = kernel(({ dx, dy, lerp }, { q, T, k }) => {
  q.x.here = -lerp(k, q.x) * dx(T);
  q.y.here = -lerp(k, q.y) * dy(T);
});
const update: Kernel<{ T: Scalar; q: Vector; dt: number }> = kernel(({ div }, { T, q, dt }) => {
  T.here -= dt * div(q);
});

const options = { out: { type: 'string' }, engine: { type: 'string', default: 'wasm' } } as const;
const { out, engine } = parseArgs({ options }).values;
const arch = architecture(world(), { engine: engine as Engine });
const grid = uniformGrid(arch, { origin: [0, 0], extent: [2, 1], cells: [256, 128], type: 'f32' });
const launch = launcher(grid);
// Warm on the left, cold on the right, nothing leaves elsewhere.
const T = field(grid, 'center', { boundary: { x: [dirichlet(1), dirichlet(0)], y: neumann() } });
const k = field(grid, 'center', { boundary: neumann() });
const q = vectorField(grid);
T.set((x) => 1 - x / 2);
k.set((x, y) => (Math.sin(11 * x + 7 * y * y) > 0.5 ? 0.02 : 1));
const dt = Math.min(...grid.spacing) ** 2 / 4.2;
for (let step = 0; step < 1200; step++) {
  await launch(flux, { q, T, k });
  await launch(update, { T, q, dt });
}
const mean = (sum(T) * grid.volume()) / 2;
const hottest = max(T);
if (world().rank === 0) console.log(`mean ${mean.toFixed(4)}, hottest ${hottest.toFixed(4)}`);
if (out !== undefined) await savePng(T, out, { colors: 'turbo', range: [0, 1] });
