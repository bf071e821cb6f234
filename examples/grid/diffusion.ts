/**
 * Heat spreads over a plate, on any number of ranks: flotilla run -n 4 diffusion.ts --out diffusion.png
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import {
  architecture,
  field,
  launcher,
  max,
  neumann,
  savePng,
  sum,
  uniformGrid,
  vectorField,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';

const flux: Kernel<{ q: Vector; C: Scalar; chi: number }> = kernel(({ dx, dy }, { q, C, chi }) => {
  q.x.here = -chi * dx(C);
  q.y.here = -chi * dy(C);
});
const update: Kernel<{ C: Scalar; q: Vector; dt: number }> = kernel(({ div }, { C, q, dt }) => {
  C.here -= dt * div(q);
});

const { out, steps } = parseArgs({
  options: { out: { type: 'string' }, steps: { type: 'string', default: '400' } },
}).values;
const grid = uniformGrid(architecture(world()), { origin: [-2, -2], extent: [4, 4], cells: [252, 252] });
const launch = launcher(grid);
const C = field(grid, 'center', { boundary: neumann() });
const q = vectorField(grid);
const chi = 1;
const dt = Math.min(...grid.spacing) ** 2 / chi / 2 / 2.1;
C.set((x, y) => Math.exp(-20 * ((x - 0.5) ** 2 + y * y)) + Math.exp(-20 * ((x + 0.5) ** 2 + (y - 0.7) ** 2)));
const before = sum(C);
for (let step = 0; step < Number(steps); step++) {
  launch(flux, { q, C, chi });
  launch(update, { C, q, dt });
}
const lost = Math.abs(sum(C) - before) / before;
const hottest = max(C);
if (world().rank === 0) console.log(`hottest ${hottest}; heat is kept: ${lost < 1e-14}`);
if (out !== undefined) await savePng(C, out);
