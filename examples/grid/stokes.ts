/**
 * A warm inclusion rises in a visco-elastic fluid between slippery walls: flotilla run -n 4 stokes.ts --cells 96 --steps 150 --out stokes.png
 *
 * Each step of time iterates velocity, pressure and stress until forces balance (accelerated pseudo-transient iterations: Räss et al. 2022,
 * https://doi.org/10.5194/gmd-15-5757-2022), then moves the heat. Nothing but velocity and temperature is ever exchanged.
 */
import { parseArgs } from 'node:util';
import { world } from 'flotilla';
import {
  architecture,
  dirichlet,
  field,
  launcher,
  max,
  min,
  neumann,
  norm,
  savePng,
  sum,
  tensorField,
  uniformGrid,
  vectorField,
  type Field,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Tensor, type Vector } from 'flotilla/kernel';

interface Stress {
  tau: Tensor;
  tauOld: Tensor;
  p: Scalar;
  divV: Scalar;
  V: Vector;
  eta: number;
  Gdt: number;
  effective: number;
  dtauP: number;
  dtauTau: number;
}
const stress: Kernel<Stress> = kernel(({ dx, dy, div }, args) => {
  const { tau, tauOld, p, divV, V, eta, Gdt, effective, dtauP, dtauTau } = args;
  divV.here = div(V);
  p.here -= divV.here * effective * dtauP;
  const change = (now: number, old: number, rate: number) =>
    (2 * rate - (now - old) / Gdt - now / eta) * effective * dtauTau;
  tau.xx.here += change(tau.xx.here, tauOld.xx.here, dx(V.x) - divV.here / 3);
  tau.yy.here += change(tau.yy.here, tauOld.yy.here, dy(V.y) - divV.here / 3);
  tau.xy.here += change(tau.xy.here, tauOld.xy.here, 0.5 * (dy(V.x) + dx(V.y)));
});
interface Balance {
  V: Vector;
  rest: Vector;
  p: Scalar;
  tau: Tensor;
  T: Scalar;
  buoyancy: number;
  dtauV: number;
}
const balance: Kernel<Balance> = kernel(({ dx, dy, lerp }, { V, rest, p, tau, T, buoyancy, dtauV }) => {
  rest.x.here = dx(tau.xx) + dy(tau.xy) - dx(p);
  rest.y.here = dy(tau.yy) + dx(tau.xy) - dy(p) + buoyancy * lerp(T, V.y);
  V.x.here += rest.x.here * dtauV;
  V.y.here += rest.y.here * dtauV;
});
const keep: Kernel<{ tauOld: Tensor; tau: Tensor }> = kernel((_, { tauOld, tau }) => {
  tauOld.xx.here = tau.xx.here;
  tauOld.yy.here = tau.yy.here;
  tauOld.xy.here = tau.xy.here;
});
/** Conduction, and what the flow carries from upstream. */
const heatFlux: Kernel<{ q: Vector; T: Scalar; V: Vector; lambda: number }> = kernel(
  ({ dx, dy, leftx, rightx, lefty, righty }, { q, T, V, lambda }) => {
    q.x.here = -lambda * dx(T) + Math.max(V.x.here, 0) * leftx(T) + Math.min(V.x.here, 0) * rightx(T);
    q.y.here = -lambda * dy(T) + Math.max(V.y.here, 0) * lefty(T) + Math.min(V.y.here, 0) * righty(T);
  },
);
const heat: Kernel<{ T: Scalar; q: Vector; dt: number }> = kernel(({ div }, { T, q, dt }) => {
  T.here -= dt * div(q);
});

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    cells: { type: 'string', default: '64' },
    steps: { type: 'string', default: '10' },
  },
});
const n = Number(values.cells);
const grid = uniformGrid(architecture(world()), { origin: [-1, -1], extent: [2, 2], cells: [n, n] });
const launch = launcher(grid);
const [p, divV, T] = [field(grid, 'center'), field(grid, 'center'), field(grid, 'center')];
const [tau, tauOld] = [tensorField(grid), tensorField(grid)];
const [V, rest, q] = [vectorField(grid), vectorField(grid), vectorField(grid)];
V.x.boundary = { x: dirichlet(), y: neumann() };
V.y.boundary = { x: neumann(), y: dirichlet() };
// No forces are missing where the velocity is given, and no heat crosses the walls.
for (const each of [rest, q]) {
  each.x.boundary = { x: dirichlet() };
  each.y.boundary = { y: dirichlet() };
}
T.boundary = neumann();
T.set((x, y) => (Math.hypot(x, y + 0.4) < 0.35 ? 1 : 0));

const [eta, G, buoyancy, lambda] = [1, 10, 10, 1e-4];
// The flow is slower than 1: nothing passes a cell in one step.
const dt = grid.spacing[0]!;
const Gdt = G * dt;
const effective = 1 / (1 / eta + 1 / Gdt);
// Waves of the iteration go this far each time, and are damped over the size of the domain.
const reach = (0.95 * grid.spacing[0]!) / Math.sqrt(2.1);
const [r, length] = [0.7, 2 / (3 * Math.PI)];
const theta = (length * (r + 2)) / reach;
const [dtauP, dtauTau, dtauV] = [r / theta, 1 / (theta + 1), (reach * length) / effective];
const largest = (f: Field) => Math.max(max(f), -min(f));

const warmth = sum(T);
let iterations = 0;
let force = Infinity;
for (let step = 0; step < Number(values.steps); step++) {
  launch(keep, { tauOld, tau });
  force = Infinity;
  for (let i = 1; force > 1e-4 * buoyancy && i <= 50 * n; i++, iterations++) {
    launch(stress, { tau, tauOld, p, divV, V, eta, Gdt, effective, dtauP, dtauTau });
    launch(balance, { V, rest, p, tau, T, buoyancy, dtauV });
    if (i % n === 0) force = Math.max(largest(rest.x), largest(rest.y), largest(divV));
  }
  launch(heatFlux, { q, T, V, lambda });
  launch(heat, { T, q, dt });
}
const isKept = Math.abs(sum(T) - warmth) / warmth < 1e-13;
const [rise, hash] = [max(V.y), norm(T)];
if (world().rank === 0) {
  console.log(`${iterations} iterations; rises at ${rise}, temperature ${hash}`);
  console.log(`forces balance: ${force <= 1e-4 * buoyancy}; warmth is kept: ${isKept}`);
}
if (values.out !== undefined) await savePng(T, values.out, { colors: 'turbo' });
