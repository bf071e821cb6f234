/** Linear algebra: operators, eigenvalues with their copies, on every communicator. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Communicator } from 'flotilla';
import {
  csr,
  dense,
  type DistributedVector,
  eigh,
  hamHeis,
  hamHeis2D,
  hamHubbardHardcore,
  hamIsing,
  hamJ1J2,
  hamXXZ,
  hamXY,
  ikron,
  kron,
  lazy,
  matrixFree,
  ownership,
  spinOperator,
  type Csr,
  type Range,
} from 'flotilla/linalg';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';
import {
  close,
  cycleRows,
  gridRows,
  INNER,
  INNER_OF_11,
  INNER_OF_14,
  lowest,
  mbl,
  range,
  ringRows,
  solve,
  twisted,
} from '../harness/linalg.ts';

/**
 * More ranks than cores poll for each other at every product: they get problems that take fewer of
 * them.
 */
const isMany = ({ size }: Communicator) => size > 2;

checkWorld('open Heisenberg chain, real and complex', (comm) => {
  const triplets = [
    -4.86114793704, -4.86114793704, -4.86114793704, -4.51329095028, -4.51329095028, -4.51329095028,
  ];
  for (const chain of [hamHeis, twisted]) {
    close(solve(comm, chain(10), { k: 1 }).values, [-4.25803520728], 1e-10);
    const twelve = solve(comm, chain(12), { k: 7 });
    close(twelve.values, [-5.14209063284, ...triplets], 1e-10);
    assert.equal(twelve.complete, true);
  }
  if (!isMany(comm)) close(solve(comm, hamHeis(16), { k: 1 }).values, [-6.91173714558], 1e-10);
  const top = solve(comm, hamHeis(10), { k: 12, which: 'highest' });
  close(top.values.slice(1), new Array<number>(11).fill(9 / 4), 1e-10);
  assert.ok(top.values[0]! < 9 / 4 - 0.01);
});

checkWorld('periodic Heisenberg chain, whose values have copies, from several seeds', (comm) => {
  const [triplet, quintet] = [-5.03154340374, -4.56937441081];
  const right = [-5.38739091745, triplet, triplet, triplet, -4.7773893337, quintet, quintet, quintet];
  const H = hamHeis(12, { cyclic: true });
  const seeds = comm.size === 1 ? [...range(19), 2 ** 40] : [2 ** 40];
  for (const seed of seeds)
    close(solve(comm, H, { k: 5, seed }).values, right.slice(0, 5), 1e-10, `seed ${seed}`);
  close(solve(comm, H, { k: 8 }).values, right, 1e-10);
  const found = eigh(H, { k: 5, multiplicity: 'as found', on: comm });
  assert.equal(found.complete, false);
  close(solve(comm, hamHeis(10, { cyclic: true }), { k: 1 }).values, [-4.51544635449], 1e-10);
  if (!isMany(comm))
    close(solve(comm, hamHeis(16, { cyclic: true }), { k: 1 }).values, [-7.14229636062], 1e-10);
});

checkWorld('Majumdar and Ghosh', (comm) => {
  const three = -3.39978825;
  close(
    solve(comm, hamJ1J2(10, { cyclic: true }), { k: 5 }).values,
    [-3.75, -3.75, three, three, three],
    1e-8,
  );
  // Open, of even length: once.
  const [one, next] = solve(comm, hamJ1J2(10), { k: 2 }).values;
  close([one!], [-3.75], 1e-10);
  assert.ok(next! > -3.74);
});

checkWorld('chains with closed forms', (comm) => {
  const n = 8;
  const waves = range(n).map((k) => Math.cos((Math.PI * (k + 1)) / (n + 1)));
  const sumOf = (energies: readonly number[]) => energies.reduce((sum, e) => sum + Math.min(0, e), 0);
  close(solve(comm, hamXY(n), { k: 1 }).values, [sumOf(waves)], 1e-10);
  close(solve(comm, hamIsing(n), { k: 1 }).values, [-4.221285373302], 1e-10);
  const free = sumOf(waves.map((c) => -2 * 0.5 * c - 1));
  close(solve(comm, hamHubbardHardcore(n, { v: 0 }), { k: 1 }).values, [free], 1e-10);
  close(solve(comm, hamHubbardHardcore(n), { k: 1 }).values, [-5.73632171], 1e-8);
  close(solve(comm, hamXXZ(n, 0.5), { k: 1 }).values, [-2.84324903], 1e-8);
  close(solve(comm, hamHeis2D(3, 3, { bz: 0.3 }), { k: 2 }).values, [-4.8993272586, -4.5993272586], 1e-9);
});

checkWorld('inner values of a disordered chain', (comm) => {
  close(solve(comm, mbl(12), { k: 1 }).values, [-11.6105665663], 1e-9);
  close(solve(comm, mbl(12), { k: 1, which: 'highest' }).values, [10.0774414619], 1e-9);
  const backend = 'krylov';
  const [chain, k, values] = comm.size === 1 ? [mbl(12), 5, INNER] : [mbl(11, 5), 3, INNER_OF_11];
  close(solve(comm, chain, { k, near: 0, backend }).values, values, 1e-10);
  // From below the first to above the last of them, and no others.
  const interval = comm.size === 1 ? ([-0.03, 0.02] as const) : ([-0.047, 0.02] as const);
  close(solve(comm, chain, { interval, backend }).values, values, 1e-10);
  if (comm.size === 1) close(solve(comm, mbl(14), { k: 5, near: 0, backend }).values, INNER_OF_14, 1e-10);
});

checkWorld('a cycle, whose values come in pairs', (comm) => {
  const n = isMany(comm) ? 300 : 1000;
  const all = range(n).map((j) => 2 - 2 * Math.cos((2 * Math.PI * j) / n));
  const C = lazy({ shape: [n, n] }, cycleRows, n);
  close(
    solve(comm, C, { k: 6, which: 'highest', tol: 1e-11 }).values,
    lowest(
      all.map((x) => -x),
      6,
    )
      .map((x) => -x)
      .reverse(),
    1e-9,
  );
});

checkWorld('a grid, whose values are sums in two orders', (comm) => {
  const n = 30;
  const G = lazy({ shape: [n * n, n * n] }, gridRows, n);
  const line = range(n).map((i) => 2 - 2 * Math.cos((Math.PI * (i + 1)) / (n + 1)));
  const sums = line.flatMap((a) => line.map((b) => a + b));
  close(solve(comm, G, { k: 12 }).values, lowest(sums, 12), 1e-9);
});

checkWorld('a ring with a flux, complex', (comm) => {
  const [n, flux] = [200, 0.7];
  const all = range(n).map((j) => 2 * Math.cos((2 * Math.PI * j + flux) / n));
  const R = lazy({ shape: [n, n], scalar: 'complex' }, ringRows, n, flux);
  close(solve(comm, R, { k: 4 }).values, lowest(all, 4), 1e-9);
});

check('spin operators with complex terms', (comm) => {
  // Dzyaloshinskii–Moriya: x y − y x of neighbours turns into XY by a rotation of the sites.
  const n = 8;
  const terms = range(n - 1).flatMap((i) => [
    { factor: 1, ops: 'xy', sites: [i, i + 1] },
    { factor: -1, ops: 'yx', sites: [i, i + 1] },
  ]);
  const waves = range(n).map((k) => Math.cos((Math.PI * (k + 1)) / (n + 1)));
  const expected = waves.reduce((sum, e) => sum + Math.min(0, e), 0);
  const D = spinOperator(n, terms);
  assert.equal(D.scalar, 'complex');
  close(solve(comm, D, { k: 1 }).values, [expected], 1e-10);
});

check('products agree with rows: matrix-free spins, sums, lazy, stored, kron', (comm) => {
  const H = hamHeis(8, { j: [1, 0.5, 0.3], b: [0.2, 0.1, 0.4], cyclic: true });
  const whole = H.rows({ start: 0, end: 256 });
  const stored = csr(whole, { scalar: H.scalar });
  const value = solve(comm, H, { k: 3 }).values;
  close(solve(comm, stored, { k: 3 }).values, [...value], 1e-9);
  const shifted = H.plus(stored.times(0.5));
  close(
    solve(comm, shifted, { k: 3 }).values,
    [...value].map((x) => 1.5 * x),
    1e-9,
  );
  const twice = matrixFree({
    shape: [256, 256],
    apply: (x, y) => {
      const all = x.allgather();
      for (let row = x.ownership.start; row < x.ownership.end; row++)
        y.local[row - x.ownership.start] = (row % 7) * all[row]!;
    },
  });
  close(solve(comm, twice, { k: 3, which: 'highest' }).values, [6, 6, 6], 1e-9);
});

checkWorld('rows of kron and ikron are those of the whole', () => {
  const dims = [7, 2, 4, 3];
  const matrices = dims.map((d, k) =>
    dense(range(d).map((i) => range(d).map((j) => ((i * 3 + j * 5 + k) % 4) - 1))),
  );
  const K = kron(...matrices);
  const whole = K.rows({ start: 0, end: 168 });
  for (const [start, end] of [
    [0, 4],
    [75, 89],
    [150, 168],
    [0, 168],
    [9, 9],
  ] as const) {
    const part = K.rows({ start, end });
    const [from, to] = [whole.rowPtr[start]!, whole.rowPtr[end]!];
    assert.deepEqual(part.columns, whole.columns.slice(from, to));
    assert.deepEqual(part.values, whole.values.slice(from, to));
    assert.deepEqual(
      [...part.rowPtr],
      [...whole.rowPtr.slice(start, end + 1)].map((at) => at - from),
    );
  }
  const X = dense([
    [0, 1],
    [1, 0],
  ]);
  const I = ikron(X, [2, 3, 2], [2]).rows({ start: 0, end: 12 });
  assert.deepEqual(
    [...I.columns],
    range(12).map((i) => i ^ 1),
  );
  refuses('ERR_RANGE', () => K.rows({ start: 0, end: 169 }), /beyond the shape/);
});

check('small and extreme problems', (comm) => {
  const identity = lazy({ shape: [5, 5] }, ({ start, end }) => ({
    rowPtr: Int32Array.from({ length: end - start + 1 }, (_, i) => i),
    columns: Int32Array.from({ length: end - start }, (_, i) => start + i),
    values: new Float64Array(end - start).fill(1),
  }));
  close(solve(comm, identity, { k: 5 }).values, [1, 1, 1, 1, 1], 1e-14);
  close(solve(comm, dense([[3]]), { k: 1 }).values, [3], 0);
  close(
    solve(
      comm,
      dense([
        [0, 0],
        [0, 0],
      ]),
      { k: 2 },
    ).values,
    [0, 0],
    0,
  );
  const big = csr({
    rowPtr: Int32Array.from({ length: 301 }, (_, i) => i),
    columns: Int32Array.from(range(300)),
    values: new Float64Array(300).fill(2),
  });
  close(solve(comm, big, { k: 3 }).values, [2, 2, 2], 1e-12);
  const zero = csr({ rowPtr: new Int32Array(301), columns: new Int32Array(0), values: new Float64Array(0) });
  close(solve(comm, zero, { k: 2 }).values, [0, 0], 1e-12);
  close(
    solve(
      comm,
      dense([
        [2, -1],
        [-1, 2],
      ]),
      { k: 2, which: 'magnitude' },
    ).values,
    [1, 3],
    1e-12,
  );
});

checkWorld('planted multiplicities', (comm) => {
  // A diagonal turned by Householder reflections of small vectors: the values stay.
  const n = 140;
  const values = range(n).map((i) => (i < 4 ? -3 : i < 6 ? -2 : i === 6 ? -1.5 : Math.sin(i) + 1));
  const v = range(n).map((i) => Math.cos(3 * i) / Math.sqrt(n / 2));
  const square = v.reduce((sum, x) => sum + x * x, 0);
  const apply = (x: DistributedVector, y: DistributedVector) => {
    const all = x.allgather();
    const reflect = (z: Float64Array) => {
      const c = (2 * z.reduce((sum, e, i) => sum + e * v[i]!, 0)) / square;
      return z.map((e, i) => e - c * v[i]!);
    };
    const out = reflect(reflect(all).map((e, i) => e * values[i]!));
    y.local.set(out.subarray(y.ownership.start, y.ownership.end));
  };
  const M = matrixFree({ shape: [n, n], apply });
  close(solve(comm, M, { k: 8 }).values, lowest(values, 8), 1e-9);
});

checkWorld('vectors do not depend on the number of ranks', (comm) => {
  const { vectors } = eigh(hamHeis(8), { k: 1, on: comm, tol: 1e-12 });
  const whole = vectors[0]!.allgather();
  const single = eigh(hamHeis(8), { k: 1, tol: 1e-12, on: comm.split(comm.rank, 0)! }).vectors[0]!.local;
  close(whole, [...single], 1e-10);
  assert.deepEqual(
    ownership(hamHeis(8), comm).map(({ start }) => start % 16),
    range(comm.size).map(() => 0),
  );
});

check('refusals, the same on every rank', (comm) => {
  const H = hamHeis(8);
  refuses('ERR_OPTION', () => eigh(H, { k: 0, on: comm }), /k is 0/);
  refuses('ERR_OPTION', () => eigh(H, { k: 300, on: comm }), /256 rows/);
  refuses('ERR_OPTION', () => eigh(H, { k: 1, tol: 0, on: comm }), /tol/);
  refuses('ERR_OPTION', () => eigh(H, { interval: [1, 0], on: comm }), /lower end/);
  refuses('ERR_SYMMETRY', () => hamIsing(8).in({ sz: 0 }), /'x' on sites 0/);
  refuses('ERR_OPTION', () => H.in({ sz: 9 }), /no sector/);
  refuses(
    'ERR_HERMITIAN',
    () =>
      eigh(
        dense([
          [0, 1],
          [0, 0],
        ]),
        { k: 1, on: comm },
      ),
    /entry \(0, 1\) is 1/,
  );
  refuses(
    'ERR_HERMITIAN',
    () => eigh(spinOperator(8, [{ factor: 1, ops: '+', sites: [3] }]), { k: 1, on: comm }),
    /'\+'/,
  );
  refuses('ERR_SHAPE', () => eigh(dense([[1, 2, 3]]), { k: 1, on: comm }), /square/);
  refuses(
    'ERR_CONVERGENCE',
    () => eigh(hamHeis(10), { k: 3, maxProducts: 20, on: comm }),
    /raise maxProducts/,
  );
  const rows = (make: (r: Range) => Csr) => () => eigh(lazy({ shape: [300, 300] }, make), { k: 1, on: comm });
  const one = ({ start, end }: Range) => ({
    rowPtr: Int32Array.from({ length: end - start + 1 }, (_, i) => i),
    columns: Int32Array.from({ length: end - start }, (_, i) => start + i),
    values: new Float64Array(end - start).fill(1),
  });
  refuses(
    'ERR_SHAPE',
    rows((r) => ({ ...one(r), rowPtr: new Int32Array(1) })),
    /rowPtr has 1 numbers/,
  );
  refuses(
    'ERR_SHAPE',
    rows((r) => ({ ...one(r), columns: one(r).columns.map((c) => c + 1) })),
    /column 300/,
  );
  refuses(
    'ERR_VALUE',
    rows((r) => ({ ...one(r), values: one(r).values.map((_, i) => (r.start + i === 299 ? NaN : 1)) })),
    /row 299/,
  );
  const last = comm.size - 1;
  const thrown = rows((r) => {
    if (r.end === 300 && comm.rank === last) throw new TypeError('no such file');
    return one(r);
  });
  refuses('ERR_FAILED', thrown, new RegExp(`rank ${last}: no such file`));
  let products = 0;
  const failing = matrixFree({
    shape: [300, 300],
    apply: (x, y) => {
      if (++products > 5 && comm.rank === last) throw new Error('lost');
      x.local.forEach((value, i) => (y.local[i] = value * ((x.ownership.start + i) % 50)));
    },
  });
  refuses('ERR_FAILED', () => eigh(failing, { k: 1, on: comm }), /lost/);
  if (comm.size > 1)
    refuses('ERR_DIVERGED', () => eigh(H, { k: 1 + (comm.rank === 0 ? 1 : 0), on: comm }), /different/);
  const aborted = AbortSignal.abort(new Error('enough'));
  assert.throws(() => eigh(H, { k: 1, on: comm, signal: aborted }), /enough/);
  // The communicator works on after all of them.
  close(solve(comm, hamHeis(10), { k: 1 }).values, [-4.25803520728], 1e-10);
});

checkWorld('vectors in files', (comm) => {
  const path = `/tmp/flotilla-linalg-${createHash('sha256')
    .update(comm.bcast(`${process.pid}`))
    .digest('hex')
    .slice(0, 8)}`;
  const { vectors } = eigh(hamHeis(8), { k: 1, on: comm });
  const x = vectors[0]!;
  x.write(path);
  const again = x.clone().scale(0).read(path);
  assert.deepEqual(again.local, x.local);
});

await run();
