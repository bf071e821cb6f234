/**
 * Sound on a plane that closes on itself, bent by a lens of slow air: flotilla run -n 4 acoustic.ts --out acoustic.png
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import {
  architecture,
  field,
  functionField,
  launcher,
  norm,
  savePng,
  sum,
  uniformGrid,
  vectorField,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';

const push: Kernel<{ v: Vector; p: Scalar; density: Scalar; dt: number }> = kernel(
  ({ dx, dy, lerp }, { v, p, density, dt }) => {
    v.x.here -= (dt * dx(p)) / lerp(density, v.x);
    v.y.here -= (dt * dy(p)) / lerp(density, v.y);
  },
);
const squeeze: Kernel<{ p: Scalar; v: Vector; dt: number }> = kernel(({ div }, { p, v, dt }) => {
  p.here -= dt * div(v);
});

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    cells: { type: 'string', default: '288' },
    steps: { type: 'string', default: '220' },
  },
});
const arch = architecture(world(), { periodic: true });
const n = Number(values.cells);
const grid = uniformGrid(arch, { origin: [0, 0], extent: [3, 2], cells: [n, (2 * n) / 3] });
const launch = launcher(grid);
const p = field(grid, 'center');
const v = vectorField(grid);
// Speed of sound is 1, and a half within the lens.
const density = functionField(
  grid,
  'center',
  (x, y) => 1 + 3 / (1 + Math.exp(40 * (Math.sqrt((x - 1.6) * (x - 1.6) + (y - 1) * (y - 1)) - 0.45))),
);
const dt = (0.9 * Math.min(...grid.spacing)) / Math.SQRT2;
p.set((x, y) => Math.exp(-160 * ((x - 0.6) ** 2 + (y - 1) ** 2)));
const before = sum(p);
launch(push, { v, p, density, dt: dt / 2 });
for (let step = 0; step < Number(values.steps); step++) {
  launch(squeeze, { p, v, dt });
  launch(push, { v, p, density, dt });
}
const isKept = Math.abs(sum(p) - before) / before < 1e-12;
const loudness = norm(p);
if (world().rank === 0) console.log(`loudness ${loudness}; the mean is kept: ${isKept}`);
if (values.out !== undefined) await savePng(p, values.out);
