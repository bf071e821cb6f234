/** Visco-elastic Stokes flow around a warm inclusion, pseudo-transient, as in Chmy.jl's example. */
import {
  dirichlet,
  field,
  functionField,
  launcher,
  neumann,
  tensorField,
  uniformGrid,
  vectorField,
  type Architecture,
  type Field,
  type Grid,
  type VectorField,
} from 'flotilla/grid';
import { stress, thermal, thermalFlux, updateOld, velocity } from '../../kernel/kernels.ts';

export interface Result {
  readonly T: Field;
  readonly V: VectorField;
  readonly Pr: Field;
}

/** A few steps of time, each with some iterations. */
export function stokes(
  arch: Architecture,
  cells: number,
  iterations: number,
  onIteration?: (grid: Grid) => void,
): Result {
  const grid = uniformGrid(arch, { origin: [-1, -1], extent: [2, 2], cells: [cells, cells] });
  const launch = launcher(grid);
  const slip = neumann();
  const [Pr, divV, T, TOld] = [0, 1, 2, 3].map(() => field(grid, 'center')) as [Field, Field, Field, Field];
  const [tau, tauOld] = [tensorField(grid), tensorField(grid)];
  const [V, rV, qT] = [vectorField(grid), vectorField(grid), vectorField(grid)];
  V.x.boundary = { x: dirichlet((x) => x), y: slip };
  V.y.boundary = { x: slip, y: dirichlet((_, y) => -y) };
  // Residuals are not computed where the velocity is given.
  rV.x.boundary = { x: dirichlet() };
  rV.y.boundary = { y: dirichlet() };
  T.boundary = { x: neumann(), y: [dirichlet(1), dirichlet(0)] };
  V.x.set((x) => x);
  V.y.set((_, y) => -y);
  T.set((x, y) => Math.exp(-10 * (x * x + y * y)));
  const rhogy = functionField(grid, 'cv', (x, y, _, { r }) => (x * x + y * y < r * r ? 1 : 0), { r: 0.3 });
  const eta = 1;
  const [G, dt] = [1, 0.1];
  const etaVe = 1 / (1 / eta + 1 / (G * dt));
  const lts = (0.9 * Math.min(...grid.spacing)) / Math.sqrt(2);
  const re = 3 * Math.PI;
  const length = 2;
  const [dtauPr, dtauR, nudtau] = [(re / cells) * 2, 1 / (0.5 * re + 1) / etaVe, (lts * length) / re / 4];
  for (let step = 0; step < 3; step++) {
    launch(updateOld, { T, tau, TOld, tauOld });
    for (let i = 0; i < iterations; i++) {
      launch(stress, {
        tau,
        Pr,
        divV,
        V,
        tauOld,
        eta,
        etaVe,
        G,
        dt,
        dtauPr: dtauPr * 0.01,
        dtauR: dtauR * 0.1,
      });
      launch(velocity, { V, rV, Pr, tau, rhogy, etaVe, nudtau });
      launch(thermalFlux, { qT, T, V, lambda: 0.01 });
      launch(thermal, { T, TOld, qT, dt: 0.001 });
      onIteration?.(grid);
    }
  }
  return { T, V, Pr };
}
