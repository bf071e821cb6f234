/** Linear algebra: linear systems and singular values, on every communicator. */
import assert from 'node:assert/strict';
import type { Communicator } from 'flotilla';
import {
  boundSpectrum,
  dense,
  hamHeis,
  hamIsing,
  lazy,
  LinalgError,
  matrixFree,
  norm,
  randomVector,
  solve,
  spinOperator,
  svds,
  vectorOf,
  type DistributedVector,
  type Operator,
  type Range,
  type SvdsOptions,
} from 'flotilla/linalg';
import { checkWorld, refuses, run } from '../harness/cases.ts';
import {
  around,
  close,
  gridRows,
  pathRows,
  pathValues,
  range,
  rowsOf,
  tallPathRows,
  type Entry,
} from '../harness/linalg.ts';

const gap = (a: DistributedVector, b: DistributedVector) =>
  a.toComplex().axpy({ re: -1, im: 0 }, b.toComplex()).norm();

const SIDE = 20;
const grid = (diagonal: number) => lazy({ shape: [SIDE * SIDE, SIDE * SIDE] }, gridRows, SIDE, diagonal);
const bump = (i: number) => Math.sin((i * i) % 17) + 0.1 * (i % SIDE);

checkWorld('linear systems: Poisson, shifted, and none that is Hermitian', (comm: Communicator) => {
  const poisson = grid(4);
  const b = (diagonal: number) =>
    vectorOf(poisson, (i) => diagonal * bump(i) - around(i, SIDE).reduce((sum, j) => sum + bump(j), 0), {
      on: comm,
    });
  const right = vectorOf(poisson, bump, { on: comm });
  const first = solve(poisson, b(4), { tol: 1e-13 });
  assert.equal(first.solver, 'cg');
  assert.ok(gap(first.x, right) <= 1e-10 * right.norm());
  assert.ok(first.residual <= 1e-13 * b(4).norm());
  // Eigenvalues on both sides of 0.
  const shifted = solve(grid(0.9), b(0.9), { tol: 1e-12 });
  assert.equal(shifted.solver, 'minres');
  assert.ok(gap(shifted.x, right) <= 1e-8 * right.norm());
  // Wind: upwind differences.
  const wind = (i: number): Entry[] =>
    [[i, 4.8], ...around(i, SIDE).map((j): Entry => [j, j === i - 1 ? -1.8 : -1])] as Entry[];
  const advection = lazy({ shape: [SIDE * SIDE, SIDE * SIDE] }, (r: Range) => rowsOf(r, wind));
  const blown = vectorOf(poisson, (i) => wind(i).reduce((sum, [j, a]) => sum + a * bump(j), 0), { on: comm });
  const third = solve(advection, blown, { tol: 1e-12 });
  assert.equal(third.solver, 'gmres');
  assert.ok(gap(third.x, right) <= 1e-9 * right.norm());
  // A whole right side, and a start that is the solution.
  const whole = solve(poisson, b(4).allgather(), { on: comm, start: right });
  assert.equal(whole.iterations, 0);
});

checkWorld('linear systems over complex numbers', (comm) => {
  const n = 60;
  // A Hermitian ring with flux, shifted so that it is positive; and the same with damping i.
  const entries =
    (damping: number) =>
    (i: number): Entry[] => [
      [i, 2.5, damping],
      [(i + 1) % n, -Math.cos(0.3), -Math.sin(0.3)],
      [(i + n - 1) % n, -Math.cos(0.3), Math.sin(0.3)],
    ];
  for (const [damping, solver] of [
    [0, 'cg'],
    [0.5, 'gmres'],
  ] as const) {
    const A = lazy({ shape: [n, n], scalar: 'complex' }, (r: Range) => rowsOf(r, entries(damping), true));
    const x = (i: number) => ({ re: Math.cos(i), im: Math.sin(2 * i) });
    const b = vectorOf(
      A,
      (i) => {
        let [re, im] = [0, 0];
        for (const [j, a, c = 0] of entries(damping)(i)) {
          re += a * x(j).re - c * x(j).im;
          im += a * x(j).im + c * x(j).re;
        }
        return { re, im };
      },
      { on: comm },
    );
    const result = solve(A, b, { tol: 1e-13 });
    assert.equal(result.solver, solver);
    assert.ok(gap(result.x, vectorOf(A, x, { on: comm })) <= 1e-11);
  }
  // A real operator, a complex right side.
  const H = hamIsing(6).plus(dense(range(64).map((i) => range(64).map((j) => (i === j ? 9 : 0)))));
  const b = randomVector(H, 1, { on: comm, scalar: 'complex' });
  assert.equal(solve(H, b).x.scalar, 'complex');
  assert.equal(solve(H, b, { method: 'minres' }).solver, 'minres');
  assert.equal(solve(H, b, { method: 'gmres' }).solver, 'gmres');
});

/** Triplets that fit each other, orthonormal. */
function singular(comm: Communicator, A: Operator, options: Omit<SvdsOptions, 'on' | 'vectors'>) {
  const result = svds(A, { ...options, on: comm });
  for (const side of [result.left, result.right])
    side.forEach((x, i) =>
      side.forEach((y, j) => {
        const dot = x.dot(y);
        const [re, im] = typeof dot === 'number' ? [dot, 0] : [dot.re, dot.im];
        assert.ok(Math.hypot(re - (i === j ? 1 : 0), im) <= 1e-10);
      }),
    );
  return result;
}

checkWorld("singular values of a path's incidence matrix", (comm) => {
  const incidence = (n: number) => lazy({ shape: [n - 1, n] }, pathRows);
  const transposed = (n: number) => lazy({ shape: [n, n - 1] }, tallPathRows, n);
  for (const A of [incidence(130), transposed(130)]) {
    const result = singular(comm, A, { k: 4 });
    close(result.values, pathValues(130).slice(0, 4), 1e-12);
    assert.ok(Math.max(...result.residuals) <= 1e-9, result.residuals.join());
  }
  const accurate = singular(comm, incidence(110), { k: 3, accurate: true });
  close(accurate.values, pathValues(110).slice(0, 3), 1e-12);
  assert.ok(Math.max(...accurate.residuals) <= 1e-9);
  // All of them.
  const all = singular(comm, incidence(30), { k: 29 });
  close(all.values, pathValues(30), 1e-13);
  assert.ok(Math.max(...all.residuals) <= 1e-12);
  close(singular(comm, transposed(120), { k: 30 }).values, pathValues(120).slice(0, 30), 1e-12);
});

checkWorld('singular values: low rank, copies, complex, matrix-free, spins', (comm) => {
  // u vᵀ + 2 x yᵀ with orthogonal columns of a cosine transform.
  const [m, n] = [40, 25];
  const wave = (k: number, i: number, length: number) =>
    Math.sqrt(2 / length) * Math.cos((Math.PI * (i + 0.5) * k) / length);
  const low = dense(
    range(m).map((i) =>
      range(n).map((j) => 3 * wave(1, i, m) * wave(2, j, n) + 2 * wave(3, i, m) * wave(1, j, n)),
    ),
  );
  close(singular(comm, low, { k: 6 }).values, [3, 2, 0, 0, 0, 0], 1e-14);
  close(singular(comm, low, { k: 25 }).values, [3, 2, ...new Array<number>(23).fill(0)], 1e-14);
  // A cycle's incidence matrix: copies of all but the largest, 2, and 0.
  const size = 200;
  const cycle = lazy({ shape: [size, size] }, (r: Range) =>
    rowsOf(r, (i) => [
      [i, -1],
      [(i + 1) % size, 1],
    ]),
  );
  const double = (j: number) => 2 * Math.sin((Math.PI * (size / 2 - j)) / size);
  close(singular(comm, cycle, { k: 5 }).values, [2, double(1), double(1), double(2), double(2)], 1e-12);
  // i times a phase for each row: the values stay.
  const turned = lazy({ shape: [size, size], scalar: 'complex' }, (r: Range) =>
    rowsOf(
      r,
      (i) => [
        [i, -Math.cos(i), -Math.sin(i)],
        [(i + 1) % size, Math.cos(i), Math.sin(i)],
      ],
      true,
    ),
  );
  close(singular(comm, turned, { k: 3 }).values, [2, double(1), double(1)], 1e-12);
  close(singular(comm, turned, { k: 1, accurate: true }).values, [2], 1e-12);
  const scaled = matrixFree({
    shape: [150, 150],
    apply: (x, y) => x.local.forEach((value, i) => (y.local[i] = (x.ownership.start + i) * value)),
    applyAdjoint: (x, y) => x.local.forEach((value, i) => (y.local[i] = (x.ownership.start + i) * value)),
  });
  close(singular(comm, scaled, { k: 2 }).values, [149, 148], 1e-10);
  // Ladder operators are not Hermitian: S⁺ₐ + 2 S⁺ᵦ has 3 as its largest singular value.
  const ladder = spinOperator(8, [
    { factor: 1, ops: '+', sites: [2] },
    { factor: { re: 0, im: 2 }, ops: '+', sites: [6] },
  ]);
  // On two sites S⁺ₐ + 2i S⁺ᵦ leads ↓↓ to a sum of norm √5, and that to ↑↑ by the product: √5 both.
  close(singular(comm, ladder, { k: 2 }).values, [Math.sqrt(5), Math.sqrt(5)], 1e-10);
});

checkWorld('bounds and norms', (comm) => {
  const [low, high] = boundSpectrum(hamHeis(10), { on: comm });
  close([low, high], [-4.25803520728, 9 / 4], 1e-10);
  close([norm(hamHeis(10), { on: comm })], [4.25803520728], 1e-10);
  // Of ½ σz on each of three sites: 8 diagonal entries ±½, ±3/2.
  const z = spinOperator(
    3,
    [0, 1, 2].map((site) => ({ factor: 1, ops: 'z', sites: [site] })),
  );
  close([norm(z, { kind: 'frobenius', on: comm })], [Math.sqrt(6 / 4 + (2 * 9) / 4)], 1e-14);
});

checkWorld('refusals of systems and singular values', (comm) => {
  const poisson = grid(4);
  const b = randomVector(poisson, 2, { on: comm });
  refuses('ERR_SHAPE', () => solve(dense([[1, 2, 3]]), new Float64Array(1), { on: comm }), /square/);
  refuses('ERR_BACKEND', () => solve(poisson, b, { direct: true, backend: 'krylov' }), /krylov/);
  refuses('ERR_OPTION', () => solve(poisson, b, { method: 'lu' as 'cg' }), /cg, minres or gmres/);
  refuses('ERR_OPTION', () => solve(grid(0), b, { method: 'cg' }), /positive definite/);
  assert.throws(
    () => solve(poisson, b, { maxProducts: 12 }),
    (error) => {
      assert.ok(error instanceof LinalgError && error.code === 'ERR_CONVERGENCE', String(error));
      const { x, residual } = error.partial as { x: DistributedVector; residual: number };
      assert.equal(x.length, SIDE * SIDE);
      assert.ok(residual > 1e-10 && residual < 1);
      return true;
    },
  );
  // A singular operator and a right side that it does not reach: the Laplacian of a graph.
  const singularOne = lazy({ shape: [9, 9] }, (r: Range) => rowsOf(r, (i) => (i === 0 ? [] : [[i, 1]])));
  refuses('ERR_CONVERGENCE', () => solve(singularOne, new Float64Array(9).fill(1), { on: comm }), /singular/);
  refuses('ERR_OPTION', () => svds(dense([[1, 2, 3]]), { k: 2, on: comm }), /the 1 singular/);
  const half = matrixFree({ shape: [9, 9], apply: () => undefined });
  refuses('ERR_BACKEND', () => svds(half, { k: 1, on: comm }), /applyAdjoint/);
  refuses(
    'ERR_CONVERGENCE',
    () => svds(hamHeis(9), { k: 3, maxProducts: 20, on: comm }),
    /raise maxProducts/,
  );
});

await run();
