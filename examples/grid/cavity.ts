/**
 * Water in a box under a moving lid, at Reynolds number 100: flotilla run -n 2 cavity.ts --out cavity.png
 *
 * Pressure follows from a slight compressibility (Chorin 1967). In the steady state u is −0.2091 in the middle (Marchi, Suero and Araki 2009).
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import {
  architecture,
  dirichlet,
  field,
  gather,
  launcher,
  norm,
  savePng,
  swap,
  uniformGrid,
  vectorField,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';

interface Momentum {
  next: Vector;
  V: Vector;
  p: Scalar;
  nu: number;
  h: number;
  dt: number;
}
const momentum: Kernel<Momentum> = kernel(({ dx, dy, lap, lerp }, { next, V, p, nu, h, dt }) => {
  const { x: u, y: v } = V;
  const carried = (f: Scalar, along: number, across: number) =>
    (along * (f.at(1, 0) - f.at(-1, 0)) + across * (f.at(0, 1) - f.at(0, -1))) / (2 * h);
  next.x.here = u.here + dt * (nu * lap(u) - dx(p) - carried(u, u.here, lerp(v, u)));
  next.y.here = v.here + dt * (nu * lap(v) - dy(p) - carried(v, lerp(u, v), v.here));
});
const pressure: Kernel<{ p: Scalar; V: Vector; dt: number; c2: number }> = kernel(
  ({ div }, { p, V, dt, c2 }) => {
    p.here -= dt * c2 * div(V);
  },
);
const speedOf: Kernel<{ speed: Scalar; V: Vector }> = kernel(({ vmag }, { speed, V }) => {
  speed.here = vmag(V);
});

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    cells: { type: 'string', default: '64' },
    steps: { type: 'string', default: '4000' },
  },
});
const n = Number(values.cells);
const grid = uniformGrid(architecture(world()), { origin: [0, 0], extent: [1, 1], cells: [n, n] });
const launch = launcher(grid);
const [p, speed] = [field(grid, 'center'), field(grid, 'center')];
const [V, next] = [vectorField(grid), vectorField(grid)];
for (const each of [V, next]) {
  each.x.boundary = { x: dirichlet(), y: [dirichlet(0), dirichlet(1)] };
  each.y.boundary = dirichlet();
}
const [nu, c2, h] = [0.01, 1, grid.spacing[0]!];
const dt = Math.min((0.2 * h * h) / nu, (0.3 * h) / Math.sqrt(c2));
for (let step = 0; step < Number(values.steps); step++) {
  launch(momentum, { next, V, p, nu, h, dt });
  swap(V.x, next.x);
  swap(V.y, next.y);
  launch(pressure, { p, V, dt, c2 });
}
launch(speedOf, { speed, V });
const [all, hash] = [gather(V.x), norm(speed)];
if (all !== undefined) {
  // The middle lies between two rows of velocities.
  const at = (j: number) => all.data[j * (n + 1) + n / 2]!;
  console.log(`u = ${(at(n / 2 - 1) + at(n / 2)) / 2} in the middle, speed ${hash}`);
}
if (values.out !== undefined) await savePng(speed, values.out);
