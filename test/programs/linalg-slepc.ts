/** Eigenvalues by SLEPc over its MPI, and what is said where it cannot be. */
import assert from 'node:assert/strict';
import { libraryVersion, world, type Communicator } from 'flotilla';
import {
  basisState,
  csr,
  dense,
  eigh,
  eigs,
  expmMultiply,
  functionMultiply,
  hamHeis,
  hamHeis2D,
  hamHubbardHardcore,
  hamIsing,
  hamJ1J2,
  hamXXZ,
  hamXY,
  lazy,
  matrixFree,
  solve as solveLinear,
  spinOperator,
  svds,
  type DistributedVector,
  type EigenResult,
  type EighOptions,
  type LinalgError,
  type Operator,
} from 'flotilla/linalg';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';
import {
  around,
  close,
  cycleRows,
  gridRows,
  INNER,
  INNER_OF_14,
  lowest,
  mbl,
  pathRows,
  pathValues,
  range,
  ringRows,
  rowsOf,
  solve,
  tallPathRows,
  twisted,
  type Entry,
} from '../harness/linalg.ts';

const bySlepc = (comm: Communicator, operator: Operator, options: EighOptions) => {
  const result = solve(comm, operator, { ...options, backend: 'slepc' });
  assert.equal(result.backend, 'slepc');
  return result;
};

/** 0 … 49, six times each, known by products alone. */
const sixfold = (spoil: (products: number) => void = () => undefined) => {
  let products = 0;
  return matrixFree({
    shape: [300, 300],
    apply: (x, y) => {
      spoil(++products);
      x.local.forEach((value, i) => (y.local[i] = value * ((x.ownership.start + i) % 50)));
    },
  });
};
const diagonal = (values: readonly number[]) =>
  csr({
    rowPtr: Int32Array.from(range(values.length + 1)),
    columns: Int32Array.from(range(values.length)),
    values: Float64Array.from(values),
  });
const partial = (call: () => unknown): EigenResult<never> => {
  try {
    call();
  } catch (error) {
    return (error as LinalgError).partial as EigenResult<never>;
  }
  throw new Error('it came to its end');
};

if (libraryVersion().includes('Open MPI') && world().size <= 3) {
  checkWorld('copies of multiple values, and of those at the upper end', (comm) => {
    const [triplet, quintet] = [-5.03154340374, -4.56937441081];
    const right = [-5.38739091745, triplet, triplet, triplet, -4.7773893337, quintet, quintet, quintet];
    const seeds = comm.size === 1 ? range(20) : [1];
    for (const seed of seeds) {
      const found = bySlepc(comm, hamHeis(12, { cyclic: true }), { k: 5, seed });
      close(found.values, right.slice(0, 5), 1e-10, `seed ${seed}`);
      assert.equal(found.complete, true);
    }
    close(bySlepc(comm, hamHeis(12, { cyclic: true }), { k: 8 }).values, right, 1e-10);
    const top = bySlepc(comm, hamHeis(10), { k: 12, which: 'highest' });
    close(top.values.slice(1), new Array<number>(11).fill(9 / 4), 1e-10);
    assert.ok(top.values[0]! < 9 / 4 - 0.01);
    const found = eigh(sixfold(), { k: 7, backend: 'slepc', multiplicity: 'as found', on: comm });
    assert.equal(found.complete, false);
  });

  checkWorld('chains', (comm) => {
    const [excited, higher] = [-4.86114793704, -4.51329095028];
    const triplets = [excited, excited, excited, higher, higher, higher];
    for (const chain of [hamHeis, twisted]) {
      close(bySlepc(comm, chain(10), { k: 1 }).values, [-4.25803520728], 1e-10);
      close(bySlepc(comm, chain(12), { k: 7 }).values, [-5.14209063284, ...triplets], 1e-10);
    }
    close(bySlepc(comm, hamHeis(10, { cyclic: true }), { k: 1 }).values, [-4.51544635449], 1e-10);
    // Their rows take time to be built.
    if (comm.size === 2) {
      close(bySlepc(comm, hamHeis(16), { k: 1 }).values, [-6.91173714558], 1e-10);
      close(bySlepc(comm, hamHeis(16, { cyclic: true }), { k: 1 }).values, [-7.14229636062], 1e-10);
    }
    const three = -3.39978825;
    const ghosh = bySlepc(comm, hamJ1J2(10, { cyclic: true }), { k: 5 }).values;
    close(ghosh, [-3.75, -3.75, three, three, three], 1e-8);
    const waves = range(8).map((k) => Math.cos((Math.PI * (k + 1)) / 9));
    const below = waves.reduce((sum, e) => sum + Math.min(0, e), 0);
    close(bySlepc(comm, hamXY(8), { k: 1 }).values, [below], 1e-10);
    close(bySlepc(comm, hamIsing(8), { k: 1 }).values, [-4.221285373302], 1e-10);
    close(bySlepc(comm, hamHubbardHardcore(8), { k: 1 }).values, [-5.73632171], 1e-8);
    const free = waves.reduce((sum, wave) => sum + Math.min(0, -wave - 1), 0);
    close(bySlepc(comm, hamHubbardHardcore(8, { v: 0 }), { k: 1 }).values, [free], 1e-10);
    close(bySlepc(comm, hamXXZ(8, 0.5), { k: 1 }).values, [-2.84324903], 1e-8);
    const plane = [-4.8993272586, -4.5993272586];
    close(bySlepc(comm, hamHeis2D(3, 3, { bz: 0.3 }), { k: 2 }).values, plane, 1e-9);
    close(bySlepc(comm, hamJ1J2(10), { k: 1 }).values, [-3.75], 1e-10);
    const magnitude = bySlepc(comm, hamHeis(10), { k: 1, which: 'magnitude' });
    close(magnitude.values, [-4.25803520728], 1e-10);
  });

  checkWorld('inner values by factorization, and by auto', (comm) => {
    close(bySlepc(comm, mbl(12), { k: 1 }).values, [-11.6105665663], 1e-9);
    close(bySlepc(comm, mbl(12), { k: 1, which: 'highest' }).values, [10.0774414619], 1e-9);
    const near = bySlepc(comm, mbl(12), { k: 5, near: 0 });
    close(near.values, INNER, 1e-10);
    assert.match(near.solver, /shift and invert/);
    const slices = bySlepc(comm, mbl(12), { interval: [-0.03, 0.02] });
    close(slices.values, INNER, 1e-10);
    assert.match(slices.solver, /spectrum slicing/);
    assert.equal(eigh(mbl(10), { k: 1, near: 0, on: comm }).backend, 'slepc');
    assert.equal(eigh(sixfold(), { k: 1, near: 3, on: comm }).backend, 'krylov');
    // Ranks that wait for each other within MUMPS poll: more of them than cores take long.
    if (comm.size <= 2) close(bySlepc(comm, mbl(14), { k: 5, near: 0 }).values, [...INNER_OF_14], 1e-10);
    // The same place in the spectrum for both backends.
    const middle = { k: 3, near: { relative: 0.5 } } as const;
    const ours = solve(comm, mbl(10), { ...middle, backend: 'krylov' }).values;
    close(bySlepc(comm, mbl(10), middle).values, [...ours], 1e-9);
  });

  checkWorld('all copies in an interval', (comm) => {
    const [a, b, c] = [-4.515446354493, -4.09220734655, -3.770597435];
    const chain = bySlepc(comm, hamHeis(10, { cyclic: true }), { interval: [-4.6, -3.7] });
    close(chain.values, [a, b, b, b, c], 1e-8);
    const filtered = bySlepc(comm, sixfold(), { interval: [9.5, 11.5] });
    close(filtered.values, [...new Array<number>(6).fill(10), ...new Array<number>(6).fill(11)], 1e-9);
    assert.equal(filtered.complete, true);
    assert.equal(bySlepc(comm, mbl(10), { interval: [-500, -400] }).values.length, 0);
  });

  checkWorld('cycle, grid, and ring with a flux', (comm) => {
    const line = range(30).map((i) => 2 - 2 * Math.cos((Math.PI * (i + 1)) / 31));
    const sums = line.flatMap((a) => line.map((b) => a + b));
    const grid = lazy({ shape: [900, 900] }, gridRows, 30);
    close(bySlepc(comm, grid, { k: 12 }).values, lowest(sums, 12), 1e-9);
    const cycle = lazy({ shape: [1000, 1000] }, cycleRows, 1000);
    const all = range(1000).map((j) => 2 - 2 * Math.cos((2 * Math.PI * j) / 1000));
    const top = lowest(
      all.map((value) => -value),
      6,
    );
    close(
      bySlepc(comm, cycle, { k: 6, which: 'highest', tol: 1e-11 }).values,
      top.map((value) => -value).reverse(),
      1e-9,
    );
    const [n, flux] = [200, 0.7];
    const R = lazy({ shape: [n, n], scalar: 'complex' }, ringRows, n, flux);
    const levels = range(n).map((j) => 2 * Math.cos((2 * Math.PI * j + flux) / n));
    close(bySlepc(comm, R, { k: 4 }).values, lowest(levels, 4), 1e-9);
    const nearest = [...levels].sort((x, y) => Math.abs(x - 0.5) - Math.abs(y - 0.5)).slice(0, 3);
    const inner = bySlepc(comm, R, { k: 3, near: 0.5 });
    close(
      inner.values,
      nearest.sort((x, y) => x - y),
      1e-9,
    );
    const within = levels.filter((x) => x > 0.4 && x < 0.6).sort((x, y) => x - y);
    close(bySlepc(comm, R, { interval: [0.4, 0.6] }).values, within, 1e-9);
  });

  checkWorld('complex terms with copies, real again afterwards', (comm) => {
    // Dzyaloshinskii–Moriya is the XY chain, turned: its lowest levels in a table of the real one.
    const terms = range(7).flatMap((i) => [
      { factor: 1, ops: 'xy', sites: [i, i + 1] },
      { factor: -1, ops: 'yx', sites: [i, i + 1] },
    ]);
    const real = bySlepc(comm, hamXY(8), { k: 4 });
    close(bySlepc(comm, spinOperator(8, terms), { k: 4 }).values, [...real.values], 1e-9);
    close(bySlepc(comm, hamXY(8), { k: 4 }).values, [...real.values], 1e-12);
  });

  checkWorld('vectors are those of the krylov backend', (comm) => {
    for (const operator of [hamHeis(8), mbl(10)]) {
      const [x] = bySlepc(comm, operator, { k: 1, tol: 1e-13 }).vectors as [DistributedVector];
      const [y] = solve(comm, operator, { k: 1, tol: 1e-13, backend: 'krylov' }).vectors as [
        DistributedVector,
      ];
      close(x.allgather(), [...y.allgather()], 1e-10);
    }
  });

  check('small and extreme problems', (comm) => {
    close(bySlepc(comm, diagonal([1, 1, 1, 1, 1]), { k: 5 }).values, [1, 1, 1, 1, 1], 1e-14);
    close(bySlepc(comm, dense([[3]]), { k: 1 }).values, [3], 0);
    close(bySlepc(comm, diagonal([0, 0]), { k: 2 }).values, [0, 0], 0);
    close(bySlepc(comm, diagonal(new Array<number>(30).fill(0)), { k: 2 }).values, [0, 0], 1e-12);
    const matrix = dense([
      [2, -1],
      [-1, 2],
    ]);
    close(bySlepc(comm, matrix, { k: 2, which: 'magnitude' }).values, [1, 3], 1e-12);
    // Entries of one place add up, in any order.
    const twice = csr({
      rowPtr: Int32Array.of(0, 3, 6),
      columns: Int32Array.of(1, 0, 1, 1, 0, 1),
      values: Float64Array.of(-0.5, 2, -0.5, 1, -1, 1),
    });
    close(bySlepc(comm, twice, { k: 2 }).values, [1, 3], 1e-12);
  });

  checkWorld('operators that are not Hermitian', (comm) => {
    // Of a cyclic shift: the roots of unity, and Fourier's vectors.
    const n = 40;
    const shift = csr({
      rowPtr: Int32Array.from(range(n + 1)),
      columns: Int32Array.from(range(n), (i) => (i + 1) % n),
      values: new Float64Array(n).fill(1),
    });
    const angle = (2 * Math.PI) / n;
    const pair = [Math.cos(angle), Math.sin(angle), Math.cos(angle), -Math.sin(angle)];
    const right = eigs(shift, { k: 3, which: 'largest real', on: comm });
    close(right.values, [1, 0, ...pair], 1e-9);
    assert.ok(right.residuals.every((residual) => residual <= 1e-9));
    const wave = right.vectors[1]!.allgather();
    range(n).forEach((i) => {
      const [re, im] = [Math.cos(angle * i) / Math.sqrt(n), Math.sin(angle * i) / Math.sqrt(n)];
      assert.ok(Math.hypot(wave[2 * i]! - re, wave[2 * i + 1]! - im) < 1e-8, `${i}: ${wave[2 * i]}`);
    });
    close(eigs(shift, { k: 3, near: 0.9, on: comm }).values, [1, 0, ...pair], 1e-9);
    const complexShift = eigs(shift, { k: 1, near: { re: 0.1, im: 0.9 }, on: comm });
    close(complexShift.values, [Math.sin(angle), Math.cos(angle)], 1e-9);
    const turned = eigs(shift.times({ re: 0, im: 1 }), { k: 1, which: 'smallest real', on: comm });
    close(turned.values, [-1, 0], 1e-9);
    const free = matrixFree({
      shape: [n, n],
      apply: (x, y) => {
        // Values on the diagonal, and ones above it.
        const all = [...x.allgather(), 0];
        const { start } = y.ownership;
        y.local.forEach((_, i) => (y.local[i] = (start + i) * all[start + i]! + all[start + i + 1]!));
      },
    });
    close(eigs(free, { k: 2, on: comm }).values, [39, 0, 38, 0], 1e-8);
    refuses('ERR_SOLVER', () => eigs(shift, { k: 1, near: 1, on: comm }), /near is an eigenvalue/);
    refuses('ERR_BACKEND', () => eigs(free, { k: 1, near: 1.5, on: comm }), /no rows/);
    refuses('ERR_BACKEND', () => eigs(free, { k: 1, backend: 'krylov', on: comm }), /krylov/);
    refuses('ERR_OPTION', () => eigs(free, { k: 41, on: comm }), /40 rows/);
    refuses('ERR_CONVERGENCE', () => eigs(shift, { k: 3, maxProducts: 1, basis: 5, on: comm }));
  });

  checkWorld('singular values', (comm) => {
    const n = 60;
    const tall = lazy({ shape: [n, n - 1] }, tallPathRows, n);
    const all = pathValues(n);
    for (const accurate of [false, true]) {
      const found = svds(tall, { k: 4, backend: 'slepc', accurate, on: comm });
      close(found.values, all.slice(0, 4), 1e-9);
      assert.equal(found.backend, 'slepc');
      assert.ok(found.residuals.every((residual) => residual < 1e-8));
      const [u, v] = [found.left[0]!, found.right[0]!];
      assert.deepEqual([u.length, v.length], [n, n - 1]);
      const ours = svds(tall, { k: 1, backend: 'krylov', on: comm });
      close(v.allgather(), [...ours.right[0]!.allgather()], 1e-6);
    }
    const wide = lazy({ shape: [n - 1, n] }, pathRows);
    close(svds(wide, { k: 4, backend: 'slepc', on: comm }).values, all.slice(0, 4), 1e-9);
    // All of them; and those of a matrix of rank 2, without copies.
    const few = lazy({ shape: [20, 19] }, tallPathRows, 20);
    close(svds(few, { k: 19, backend: 'slepc', on: comm }).values, pathValues(20), 1e-9);
    const wave = (k: number, i: number, length: number) =>
      Math.sqrt(2 / length) * Math.cos((Math.PI * (i + 0.5) * k) / length);
    const low = dense(
      range(40).map((i) =>
        range(25).map((j) => 3 * wave(1, i, 40) * wave(2, j, 25) + 2 * wave(3, i, 40) * wave(1, j, 25)),
      ),
    );
    close(svds(low, { k: 2, backend: 'slepc', on: comm }).values, [3, 2], 1e-12);
    close(
      svds(tall.times({ re: 0, im: 2 }), { k: 2, backend: 'slepc', on: comm }).values,
      [2 * all[0]!, 2 * all[1]!],
      1e-9,
    );
    refuses('ERR_CONVERGENCE', () =>
      svds(tall, { k: 20, maxProducts: 1, tol: 1e-14, backend: 'slepc', on: comm }),
    );
  });

  checkWorld('linear systems, by factorization and by iterations', (comm) => {
    // −Δ of a line between walls: b = 1 gives x(i) = (i + 1)(n − i)/2.
    const n = 200;
    const line = lazy({ shape: [n, n] }, (rows) =>
      rowsOf(rows, (i) =>
        (
          [
            [i - 1, -1],
            [i, 2],
            [i + 1, -1],
          ] as Entry[]
        ).filter(([column]) => column >= 0 && column < n),
      ),
    );
    const right = range(n).map((i) => ((i + 1) * (n - i)) / 2);
    const b = new Float64Array(n).fill(1);
    const direct = solveLinear(line, b, { direct: true, on: comm });
    assert.deepEqual([direct.backend, direct.solver], ['slepc', 'lu of mumps']);
    close(direct.x.allgather(), right, 1e-7);
    assert.ok(direct.residual <= 1e-10 * Math.sqrt(n));
    const iterated = solveLinear(line, b, { method: 'cg', backend: 'slepc', on: comm });
    assert.deepEqual([iterated.backend, iterated.solver], ['slepc', 'cg']);
    close(iterated.x.allgather(), right, 1e-5);
    // −Δ on a square between walls, of which the solution is known.
    const bump = range(400).map((i) => Math.sin((i * i) % 17) + 0.1 * (i % 20));
    const force = bump.map((value, i) => 4 * value - around(i, 20).reduce((sum, j) => sum + bump[j]!, 0));
    for (const how of [{ direct: true }, { method: 'cg', backend: 'slepc', tol: 1e-13 }] as const) {
      const { x } = solveLinear(lazy({ shape: [400, 400] }, gridRows, 20), Float64Array.from(force), {
        ...how,
        on: comm,
      });
      close(x.allgather(), bump, 1e-10);
    }
    // A complex right side of a real operator.
    const turned = new Float64Array(2 * n).map((_, i) => i % 2);
    const imaginary = solveLinear(line, turned, { direct: true, on: comm }).x.allgather();
    close(
      imaginary.filter((_, i) => i % 2 === 1),
      right,
      1e-7,
    );
    refuses(
      'ERR_SOLVER',
      () => solveLinear(diagonal([1, 0, 2]), new Float64Array(3).fill(1), { direct: true, on: comm }),
      /singular/,
    );
    refuses('ERR_CONVERGENCE', () =>
      solveLinear(line, b, { method: 'cg', maxProducts: 3, backend: 'slepc', on: comm }),
    );
    refuses(
      'ERR_BACKEND',
      () => solveLinear(sixfold(), new Float64Array(300).fill(1), { direct: true, on: comm }),
      /rows/,
    );
  });

  checkWorld('functions of operators', (comm) => {
    const D = diagonal(range(50).map((i) => 1 + i / 10));
    const v = Float64Array.from(range(50), (i) => Math.cos(i));
    for (const name of ['sqrt', 'log', 'exp'] as const) {
      const f = (x: number) => Math[name](x);
      const y = functionMultiply(name, D, v, { backend: 'slepc', on: comm });
      close(
        y.allgather(),
        Array.from(v, (value, i) => value * f(1 + i / 10)),
        1e-8,
      );
    }
    const turned = expmMultiply(D, v, { scale: { re: 0, im: -1 }, backend: 'slepc', on: comm }).allgather();
    close(
      turned,
      Array.from(v).flatMap((value, i) => [value * Math.cos(1 + i / 10), -value * Math.sin(1 + i / 10)]),
      1e-9,
    );
    // Néel's state at t = 5.
    const H = hamHeis(12);
    const neel = basisState(H, '01'.repeat(6), { on: comm });
    const evolved = expmMultiply(H, neel, { scale: { re: 0, im: -5 }, backend: 'slepc' });
    const overlap = neel.toComplex().dot(evolved.toComplex());
    assert.ok(typeof overlap === 'object');
    close([overlap.re, overlap.im, evolved.norm()], [0.156473324556, 0.126140760369, 1], 1e-9);
    refuses('ERR_BACKEND', () => functionMultiply('inverse', D, v, { backend: 'slepc', on: comm }), /krylov/);
  });

  checkWorld('options of PETSc', (comm) => {
    const wider = bySlepc(comm, hamHeis(10), { k: 3, petsc: { eps_ncv: '60' } });
    const plain = bySlepc(comm, hamHeis(10), { k: 3, basis: 12 });
    assert.ok(wider.iterations < plain.iterations);
    refuses(
      'ERR_OPTION',
      () => eigh(hamHeis(8), { k: 1, backend: 'slepc', petsc: { '-eps_nvc': '9' }, on: comm }),
      /eps_nvc/,
    );
    refuses('ERR_OPTION', () => eigh(hamHeis(8), { k: 1, petsc: { eps_ncv: '9' }, on: comm }), /krylov/);
  });

  check('failures, the same on every rank', (comm) => {
    const backend = 'slepc' as const;
    const last = comm.size - 1;
    const lost = sixfold((products) => {
      if (products > 75 && comm.rank === last) throw new TypeError('lost');
    });
    assert.throws(
      () => eigh(lost, { k: 1, backend, on: comm }),
      (error: LinalgError) => {
        assert.equal(error.code, 'ERR_FAILED');
        assert.equal(error.rank, last);
        assert.ok(error.cause instanceof TypeError);
        return true;
      },
    );
    const infinite = matrixFree({
      shape: [300, 300],
      apply: (x, y) => y.local.fill(x.ownership.end === 300 ? Infinity : 1),
    });
    refuses('ERR_VALUE', () => eigh(infinite, { k: 1, backend, on: comm }), /not finite/);
    refuses(
      'ERR_SOLVER',
      () => eigh(diagonal(range(300)), { k: 2, near: 7, backend, on: comm }),
      /INFOG\(1\)=-10[^]*near: 7\.0000/,
    );
    refuses('ERR_CONVERGENCE', () => eigh(hamHeis(10), { k: 3, maxProducts: 20, backend, on: comm }));
    const some = partial(() => eigh(hamHeis(10), { k: 60, maxProducts: 300, backend, on: comm }));
    assert.ok(some.values.length < 60 && Math.abs(some.values[0]! + 4.25803520728) < 1e-8);
    refuses('ERR_HERMITIAN', () => {
      const matrix = dense([
        [0, 1],
        [0, 0],
      ]);
      eigh(matrix, { k: 1, backend, on: comm });
    });
    refuses('ERR_BACKEND', () => eigh(sixfold(), { k: 1, near: 3, backend, on: comm }), /no rows/);
    const many = matrixFree({ shape: [2 ** 31, 2 ** 31], apply: () => undefined });
    refuses('ERR_RANGE', () => eigh(many, { k: 1, backend, on: comm }), /libslepc64/);
    const unlike = lazy({ shape: [300, 300] }, ({ start, end }) => {
      if (comm.rank === last) throw new Error('no such file');
      return cycleRows({ start, end }, 300);
    });
    refuses('ERR_FAILED', () => eigh(unlike, { k: 1, backend, on: comm }), /no such file/);
    const aborted = AbortSignal.abort(new Error('enough'));
    assert.throws(() => eigh(hamHeis(10), { k: 1, backend, on: comm, signal: aborted }), /enough/);
    let seen = 0;
    eigh(hamHeis(10), { k: 1, backend, on: comm, onProgress: (products) => (seen = products) });
    assert.ok(seen > 0);
    close(bySlepc(comm, hamHeis(10), { k: 1 }).values, [-4.25803520728], 1e-10);
  });

  checkWorld('communicators of some ranks, which come to it one after the other', (comm) => {
    const part = comm.split(comm.rank % 2, comm.rank)!;
    close(bySlepc(part, hamHeis(10), { k: 1 }).values, [-4.25803520728], 1e-10);
    part.free();
    close(bySlepc(comm, hamHeis(10), { k: 1 }).values, [-4.25803520728], 1e-10);
  });
} else if (libraryVersion().includes('Open MPI')) {
  checkWorld('more ranks', (comm) => {
    for (const chain of [hamHeis, twisted])
      close(bySlepc(comm, chain(8), { k: 1 }).values, [-3.374932598688], 1e-10);
    const cycle = bySlepc(comm, lazy({ shape: [12, 12] }, cycleRows, 12), { k: 3 });
    close(cycle.values, [0, 2 - Math.sqrt(3), 2 - Math.sqrt(3)], 1e-9);
    const inner = { k: 3, near: 0 } as const;
    const ours = solve(comm, mbl(8), { ...inner, backend: 'krylov' }).values;
    close(bySlepc(comm, mbl(8), inner).values, [...ours], 1e-9);
    const b = Float64Array.from(range(20), (i) => i);
    const { x } = solveLinear(diagonal(range(20).map((i) => i + 1)), b, { direct: true, on: comm });
    close(
      x.allgather(),
      range(20).map((i) => i / (i + 1)),
      1e-13,
    );
    const tall = lazy({ shape: [20, 19] }, tallPathRows, 20);
    close(svds(tall, { k: 3, backend: 'slepc', on: comm }).values, pathValues(20).slice(0, 3), 1e-9);
  });
} else {
  check('no SLEPc here', (comm) => {
    const text = /flotilla run --mpi=openmpi|built with Open MPI.*FLOTILLA_MPI=openmpi/;
    refuses('ERR_BACKEND', () => eigh(hamHeis(8), { k: 1, backend: 'slepc', on: comm }), text);
    refuses('ERR_BACKEND', () => eigs(hamHeis(8), { k: 1, on: comm }), text);
    const b = new Float64Array(3).fill(1);
    refuses('ERR_BACKEND', () => solveLinear(diagonal([1, 2, 3]), b, { direct: true, on: comm }), text);
    assert.equal(eigh(mbl(8), { k: 1, near: 0, on: comm }).backend, 'krylov');
  });
}

await run();
