/**
 * A wave in shallow water runs over a bump of the ground and around an island: flotilla run -n 4 shallow-water.ts --out shallow-water.png
 *
 * Momentum is not carried along; height and velocity are stepped in turn (Sielecki 1968). Masks say where water is.
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import {
  architecture,
  dirichlet,
  field,
  functionField,
  launcher,
  maskField,
  max,
  neumann,
  norm,
  savePng,
  sum,
  uniformGrid,
  vectorField,
} from 'flotilla/grid';
import { kernel, type Kernel, type Mask, type Scalar, type Vector } from 'flotilla/kernel';

/** Water flows through a face where there is some on both sides. */
const shores: Kernel<{ wet: Mask }> = kernel(({ leftx, rightx, lefty, righty }, { wet }) => {
  wet.vc.here = leftx(wet.cc) * rightx(wet.cc);
  wet.cv.here = lefty(wet.cc) * righty(wet.cc);
});
interface Flow {
  v: Vector;
  flow: Vector;
  h: Scalar;
  ground: Scalar;
  g: number;
  dt: number;
}
const fall: Kernel<Flow> = kernel(({ dx, dy, lerp }, { v, flow, h, ground, g, dt }) => {
  v.x.here -= dt * g * (dx(h) + dx(ground));
  v.y.here -= dt * g * (dy(h) + dy(ground));
  flow.x.here = v.x.here * lerp(h, v.x);
  flow.y.here = v.y.here * lerp(h, v.y);
});
const fill: Kernel<{ h: Scalar; flow: Vector; wet: Mask; dt: number }> = kernel(
  ({ div }, { h, flow, wet, dt }) => {
    h.here -= dt * div(flow, wet);
  },
);
const dry: Kernel<{ v: Vector; wet: Mask }> = kernel((_, { v, wet }) => {
  v.x.here *= wet.vc.here;
  v.y.here *= wet.cv.here;
});
const surface: Kernel<{ level: Scalar; h: Scalar; ground: Scalar; wet: Mask; land: number }> = kernel(
  (_, { level, h, ground, wet, land }) => {
    level.here = wet.cc.here > 0 ? h.here + ground.here : land;
  },
);

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    cells: { type: 'string', default: '320' },
    steps: { type: 'string', default: '420' },
  },
});
const n = Number(values.cells);
const grid = uniformGrid(architecture(world()), {
  origin: [0, 0],
  extent: [2, 1.5],
  cells: [n, (3 * n) / 4],
});
const launch = launcher(grid);
const h = field(grid, 'center', { boundary: neumann() });
const [v, flow] = [vectorField(grid), vectorField(grid)];
for (const each of [v, flow]) {
  each.x.boundary = { x: dirichlet() };
  each.y.boundary = { y: dirichlet() };
}
// The still water is 1 deep, over the bump a quarter of that; the island is round.
const ground = functionField(grid, 'center', (x, y) => {
  const bump = (x - 1.1) * (x - 1.1) + (y - 1) * (y - 1);
  return 0.75 * Math.exp(-30 * bump) - 1;
});
const wet = maskField(grid, (x, y) => (Math.hypot(x - 1.2, y - 0.4) < 0.15 ? 0 : 1));
launch(shores, { wet });
h.set((x, y) => {
  const depth = 1 - 0.75 * Math.exp(-30 * ((x - 1.1) ** 2 + (y - 1) ** 2));
  return depth + 0.05 * Math.exp(-200 * (x - 0.25) ** 2);
});
const before = sum(h);
const g = 1;
const dt = (0.8 * grid.spacing[0]!) / Math.sqrt(2 * g * 1.05);
for (let step = 0; step < Number(values.steps); step++) {
  launch(fall, { v, flow, h, ground, g, dt });
  launch(dry, { v, wet });
  launch(fill, { h, flow, wet, dt });
}
const isKept = Math.abs(sum(h) - before) / before < 1e-13;
const [highest, hash] = [max(h), norm(h)];
if (world().rank === 0) console.log(`depth at most ${highest}, ${hash} in all; water is kept: ${isKept}`);
if (values.out !== undefined) {
  const level = field(grid, 'center');
  launch(surface, { level, h, ground, wet, land: NaN });
  await savePng(level, values.out, { range: [-0.03, 0.03], colors: 'diverging' });
}
