/**
 * Two substances that feed on each other make patterns (Gray and Scott 1984; Pearson 1993):
 * flotilla run -n 4 gray-scott.ts --steps 6000 --out gray-scott.png
 * With --view PORT a browser shows it while it runs.
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import { architecture, field, launcher, max, min, savePng, swap, uniformGrid, view } from 'flotilla/grid';
import { kernel, type Kernel, type Scalar } from 'flotilla/kernel';

interface Reaction {
  u: Scalar;
  v: Scalar;
  uNext: Scalar;
  vNext: Scalar;
  feed: number;
  kill: number;
}
const react: Kernel<Reaction> = kernel(({ lap }, { u, v, uNext, vNext, feed, kill }) => {
  const turned = u.here * v.here * v.here;
  uNext.here = u.here + 0.16 * lap(u) - turned + feed * (1 - u.here);
  vNext.here = v.here + 0.08 * lap(v) + turned - (feed + kill) * v.here;
});

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    steps: { type: 'string', default: '300' },
    view: { type: 'string' },
  },
});
const arch = architecture(world(), { periodic: true });
const n = 200;
const grid = uniformGrid(arch, { origin: [0, 0], extent: [n, n], cells: [n, n] });
const launch = launcher(grid);
const [u, v, uNext, vNext] = [
  field(grid, 'center'),
  field(grid, 'center'),
  field(grid, 'center'),
  field(grid, 'center'),
];
const isSeed = (x: number, y: number) => Math.hypot(x - 70, y - 90) < 9 || Math.hypot(x - 130, y - 120) < 6;
u.set((x, y) => (isSeed(x, y) ? 0.5 : 1));
v.set((x, y) => (isSeed(x, y) ? 0.25 : 0));
const live = values.view === undefined ? undefined : await view({ u, v }, { port: Number(values.view) });
if (live !== undefined && world().rank === 0) console.log(`look at ${live.url}`);
for (let step = 0; step < Number(values.steps); step++) {
  launch(react, { u, v, uNext, vNext, feed: 0.037, kill: 0.06 });
  swap(u, uNext);
  swap(v, vNext);
  if (step % 20 === 0) live?.frame(step);
}
await live?.close();
const [least, most] = [min(v), max(v)];
if (world().rank === 0) console.log(`v from ${least} to ${most}`);
if (values.out !== undefined) await savePng(v, values.out);
