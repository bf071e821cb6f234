/** The iteration of examples/grid/stokes.ts, timed; bench/peers/stokes.c is the same in C. */
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

type Time = (name: string, rounds: number, body: () => void) => void;

/** Iterations with one look at the forces for n of them, n warm ones before; then the norm of velocity and pressure. */
export function stokes(n: number, time: Time): void {
  const comm = world();
  for (const engine of ['wasm', 'native'] as const) {
    const arch = architecture(comm, { dims: [1, comm.size], engine });
    const grid = uniformGrid(arch, { origin: [-1, -1], extent: [2, 2], cells: [n, n] });
    const launch = launcher(grid);
    const [p, divV, T] = [field(grid, 'center'), field(grid, 'center'), field(grid, 'center')];
    const [tau, tauOld] = [tensorField(grid), tensorField(grid)];
    const [V, rest] = [vectorField(grid), vectorField(grid)];
    V.x.boundary = { x: dirichlet(), y: neumann() };
    V.y.boundary = { x: neumann(), y: dirichlet() };
    rest.x.boundary = { x: dirichlet() };
    rest.y.boundary = { y: dirichlet() };
    T.boundary = neumann();
    T.set((x, y) => (Math.hypot(x, y + 0.4) < 0.35 ? 1 : 0));

    const [eta, G, buoyancy] = [1, 10, 10];
    const Gdt = G * grid.spacing[0]!;
    const effective = 1 / (1 / eta + 1 / Gdt);
    const reach = (0.95 * grid.spacing[0]!) / Math.sqrt(2.1);
    const [r, length] = [0.7, 2 / (3 * Math.PI)];
    const theta = (length * (r + 2)) / reach;
    const [dtauP, dtauTau, dtauV] = [r / theta, 1 / (theta + 1), (reach * length) / effective];
    const largest = (f: Field) => Math.max(max(f), -min(f));
    let iterations = 0;
    let force = Infinity;
    const iterate = () => {
      launch(stress, { tau, tauOld, p, divV, V, eta, Gdt, effective, dtauP, dtauTau });
      launch(balance, { V, rest, p, tau, T, buoyancy, dtauV });
      if (++iterations % n === 0) force = Math.max(largest(rest.x), largest(rest.y), largest(divV));
    };
    for (let i = 0; i < n; i++) iterate();
    time(`stokes.${engine}`, n, iterate);
    const norms = Math.hypot(norm(V.x), norm(V.y), norm(p));
    if (comm.rank === 0) {
      console.log(`stokes.${engine}.norm ${norms}`);
      console.log(`stokes.${engine}.force ${force}`);
    }
  }
}
