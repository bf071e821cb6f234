/** Linear algebra: states, their evolution, entropy and energy, on every communicator. */
import assert from 'node:assert/strict';
import type { Communicator } from 'flotilla';
import {
  basisState,
  boundSpectrum,
  csr,
  dense,
  entropy,
  evolve,
  expectation,
  hamHeis,
  hamXXZ,
  lazy,
  matrixFree,
  randomVector,
  spinOperator,
  vectorOf,
  type Csr,
  type DistributedVector,
  type Operator,
  type Range,
} from 'flotilla/linalg';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';
import { range } from '../harness/linalg.ts';

const near = (a: number, b: number, within: number, what = '') =>
  assert.ok(Math.abs(a - b) <= within, `${what}: ${a} for ${b}`);
/** The difference of a vector from another one, either real or complex. */
const distance = (a: DistributedVector, b: DistributedVector) =>
  a.toComplex().axpy({ re: -1, im: 0 }, b.toComplex()).norm();
const states = (moments: Iterable<{ readonly state: DistributedVector }>) =>
  Array.from(moments, ({ state }) => state);
const neel = (n: number) => '01'.repeat(n / 2);

/** Néel evolved by the open Heisenberg chain of 12 sites to t = 5. */
function mustBeEvolved(state: DistributedVector, start: DistributedVector, H: Operator): void {
  const overlap = start.toComplex().dot(state.toComplex());
  assert.ok(typeof overlap === 'object');
  near(overlap.re, 0.156473324556, 1e-11, 'overlap');
  near(overlap.im, 0.126140760369, 1e-11, 'overlap');
  near(state.norm(), 1, 1e-13, 'norm');
  near(expectation(H, state), -2.75, 1e-11, 'energy');
}

checkWorld('evolution of Néel, real operator', (comm: Communicator) => {
  const H = hamHeis(12);
  const start = basisState(H, neel(12), { on: comm });
  const [half, state] = states(evolve(H, start, [2.5, 5])) as [DistributedVector, DistributedVector];
  mustBeEvolved(state, start, H);
  near(entropy(state, { sites: 6 }), 3.590909327, 1e-9, 'entropy');
  near(entropy(state, { sites: [6, 7, 8, 9, 10, 11] }), 3.590909327, 1e-9, 'of the other half');
  near(half.norm(), 1, 1e-13);
  const [back] = states(evolve(H, state, [0], { from: 5 }));
  near(distance(back!, start), 0, 1e-12, 'there and back');
});

checkWorld('evolution within a sector, by stored rows, by products, and under a complex operator', (comm) => {
  const n = 12;
  const S = hamHeis(n).in({ sz: 0 });
  const start = basisState(S, neel(n), { on: comm });
  const [state] = states(evolve(S, start, [5])) as [DistributedVector];
  mustBeEvolved(state, start, S);
  near(entropy(state, { sites: 6, of: S }), 3.590909327, 1e-9, 'entropy');
  near(entropy(state.allgather(), { sites: 6, of: S }), 3.590909327, 1e-9, 'entropy of the whole');

  // A rotation of every second site by z turns the chain into one with complex terms: x y − y x.
  const m = 6;
  const D = spinOperator(
    m,
    range(m - 1).flatMap((i) => [
      { factor: 1, ops: 'xy', sites: [i, i + 1] },
      { factor: -1, ops: 'yx', sites: [i, i + 1] },
    ]),
  );
  const X = hamXXZ(m, 0);
  const begin = basisState(D, neel(m), { on: comm });
  const [d] = [...evolve(D, begin, [1.5])];
  const [x] = [...evolve(X, basisState(X, neel(m), { on: comm }), [1.5])];
  const [a, b] = [d!.state.allgather(), x!.state.allgather()];
  for (let i = 0; i < 2 ** m; i++)
    near(Math.hypot(a[2 * i]!, a[2 * i + 1]!), Math.hypot(b[2 * i]!, b[2 * i + 1]!), 1e-13, 'size');
  // The same operator as rows, and as products of a function.
  const rows = csr(D.rows({ start: 0, end: 2 ** m }), { scalar: 'complex' });
  const [s] = [
    ...evolve(
      rows,
      vectorOf(rows, (i) => (i === parseInt(neel(m), 2) ? 1 : 0), { on: comm }),
      [1.5],
    ),
  ];
  const whole = s!.state.allgather();
  whole.forEach((value, i) => near(value, a[i]!, 1e-13, 'rows'));
  const whichRows = X.rows({ start: 0, end: 2 ** m });
  const free = matrixFree({
    shape: [2 ** m, 2 ** m],
    apply: (v, y) => {
      assert.equal(v.scalar, 'real');
      const all = v.allgather();
      y.local.forEach((_, i) => {
        const row = y.ownership.start + i;
        for (let e = whichRows.rowPtr[row]!; e < whichRows.rowPtr[row + 1]!; e++)
          y.local[i]! += whichRows.values[e]! * all[whichRows.columns[e]!]!;
      });
    },
  });
  const [f] = [...evolve(free, basisState(free, parseInt(neel(m), 2), { on: comm }), [0.5, 1.5])].slice(1);
  f!.state.allgather().forEach((value, i) => near(value, b[i]!, 1e-13, 'products'));
});

checkWorld('a diagonal operator against its closed form, long times', (comm) => {
  const n = 300;
  const rows = ({ start, end }: Range): Csr => ({
    rowPtr: Int32Array.from({ length: end - start + 1 }, (_, i) => i),
    columns: Int32Array.from({ length: end - start }, (_, i) => start + i),
    values: Float64Array.from({ length: end - start }, (_, i) => 7 * Math.sin(start + i)),
  });
  const A = lazy({ shape: [n, n] }, rows);
  const start = randomVector(A, 3, { on: comm, scalar: 'complex' });
  near(start.norm(), 1, 1e-14);
  for (const { t, state } of evolve(A, start, [0, -0.3, 40])) {
    const { start: first } = state.ownership;
    for (let i = 0; i < state.local.length; i += 2) {
      const angle = -t * 7 * Math.sin(first + i / 2);
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      near(state.local[i]!, c * start.local[i]! - s * start.local[i + 1]!, 1e-13, `t = ${t}`);
      near(state.local[i + 1]!, s * start.local[i]! + c * start.local[i + 1]!, 1e-13, `t = ${t}`);
    }
  }
});

check('entropies with closed forms', (comm) => {
  const H = hamHeis(4);
  near(entropy(basisState(H, '0110', { on: comm }), { sites: 2 }), 0, 1e-13, 'product');
  // Two singlets, one within the first half and one across: a bit for each that is cut.
  const singlets = (pairs: readonly (readonly [number, number])[]) => (_: number, state: number) =>
    pairs.reduce((product, [a, b]) => {
      const [p, q] = [(state >> (3 - a)) & 1, (state >> (3 - b)) & 1];
      return p === q ? 0 : (product * (p === 0 ? 1 : -1)) / Math.SQRT2;
    }, 1);
  const across = vectorOf(
    H,
    singlets([
      [0, 2],
      [1, 3],
    ]),
    { on: comm },
  );
  near(entropy(across, { sites: 2 }), 2, 1e-12, 'two singlets');
  near(entropy(across, { sites: [0, 2] }), 0, 1e-12, 'a singlet');
  near(entropy(across, { sites: [1] }), 1, 1e-12, 'half of one');
  // Unequal weights, a site of dimension 3: −¼ log ¼ − ¾ log ¾.
  const D = dense(range(6).map((i) => range(6).map((j) => (i === j ? 1 : 0))));
  const weighted = vectorOf(D, (i) => (i === 0 ? 0.5 : i === 5 ? Math.sqrt(0.75) : 0), { on: comm });
  near(entropy(weighted, { sites: 1, dims: [3, 2] }), 2 - 0.75 * Math.log2(3), 1e-12, 'dims');
  // A phase for every entry, so that all is complex and nothing zero: GHZ-like in a turned basis.
  const G = hamHeis(6);
  const random = randomVector(G, 5, { on: comm, scalar: 'complex' });
  near(entropy(random, { sites: 2 }), entropy(random, { sites: [2, 3, 4, 5] }), 1e-12, 'both sides');
  near(entropy(random, { sites: 3 }), entropy(random.allgather(), { sites: 3, scalar: 'complex' }), 1e-12);
});

check('vectors that are asked for by name', (comm) => {
  const S = hamHeis(6).in({ up: 2 });
  const state = basisState(S, '110101', { on: comm });
  assert.equal(state.length, 15);
  near(state.norm(), 1, 0);
  const bitsOfRows = vectorOf(S, (_, bits) => bits, { on: comm }).allgather();
  assert.ok(bitsOfRows.every((bits) => bits.toString(2).replaceAll('0', '').length === 4));
  const whole = randomVector(S, 1, { on: comm }).allgather();
  const alone = randomVector(S, 1, { on: comm.split(comm.rank, 0)! }).local;
  whole.forEach((value, i) => near(value, alone[i]!, 1e-15, 'random'));
});

checkWorld('refusals, the same on every rank', (comm) => {
  const H = hamHeis(6);
  const start = basisState(H, '010101', { on: comm });
  refuses('ERR_OPTION', () => basisState(H, '0101', { on: comm }), /6 bits/);
  refuses('ERR_OPTION', () => basisState(H.in({ sz: 0 }), '000000', { on: comm }), /sector/);
  refuses('ERR_RANGE', () => basisState(H, 64, { on: comm }), /row 64/);
  refuses('ERR_OPTION', () => randomVector(H, 0.5, { on: comm }), /whole number/);
  refuses('ERR_VALUE', () => vectorOf(H, (i) => (i === 63 ? NaN : 1), { on: comm }), /entry 63/);
  refuses('ERR_VALUE', () => vectorOf(H, () => ({ re: 0, im: 1 }), { on: comm }), /complex/);
  refuses('ERR_SHAPE', () => [...evolve(hamHeis(7), start, [1])], /a vector of 64/);
  refuses('ERR_OPTION', () => [...evolve(H, start, [NaN])], /no time/);
  const skew = spinOperator(6, [{ factor: 1, ops: '+', sites: [3] }]);
  refuses('ERR_HERMITIAN', () => [...evolve(skew, start, [1])], /'\+'/);
  refuses(
    'ERR_HERMITIAN',
    () => expectation(spinOperator(6, [{ factor: { re: 0, im: 1 }, ops: 'z', sites: [0] }]), start),
    /not Hermitian/,
  );
  refuses('ERR_OPTION', () => entropy(start, { sites: [6] }), /site 6/);
  refuses('ERR_SHAPE', () => entropy(start, { sites: 2, dims: [2, 2] }), /dims/);
  refuses('ERR_VALUE', () => entropy(start.clone().scale(0), { sites: 2 }), /norm 0/);
  refuses('ERR_SHAPE', () => expectation(H, new Float64Array(63), { on: comm }), /63 numbers/);
  const aborted = AbortSignal.abort(new Error('enough'));
  assert.throws(() => [...evolve(H, start, [1], { signal: aborted })], /enough/);
  if (comm.size > 1)
    refuses('ERR_DIVERGED', () => [...evolve(H, start, [comm.rank === 0 ? 1 : 2])], /different/);
  const last = comm.size - 1;
  let products = 0;
  const failing = matrixFree({
    shape: [64, 64],
    apply: (x, y) => {
      if (++products > 70 && comm.rank === last) throw new Error('lost');
      x.local.forEach((value, i) => (y.local[i] = value * (x.ownership.start + i)));
    },
  });
  refuses('ERR_FAILED', () => [...evolve(failing, basisState(failing, 3, { on: comm }), [1])], /lost/);
  near([...evolve(H, start, [1])][0]!.state.norm(), 1, 1e-13);
});

checkWorld('a quench from a product state keeps its energy', (comm) => {
  // 20 sites are those of the bench.
  const [n, lowest] = comm.size === 1 ? [16, -6.91173714558] : [12, -5.14209063284];
  const H = hamHeis(n);
  const [low, high] = boundSpectrum(H);
  near(low, lowest, 1e-10);
  near(high, (n - 1) / 4, 1e-10);
  // Spins that point in different directions: the product of (cos θ, e^{iφ} sin θ).
  const spins = range(n).map((k) => [Math.cos(k), Math.sin(k), 0.7 * k] as const);
  const product = vectorOf(
    H,
    (_, state) => {
      let [re, im] = [1, 0];
      spins.forEach(([up, down, phase], k) => {
        const [a, b] =
          (state >> (n - 1 - k)) & 1 ? [down * Math.cos(phase), down * Math.sin(phase)] : [up, 0];
        [re, im] = [re * a - im * b, re * b + im * a];
      });
      return { re, im };
    },
    { scalar: 'complex' },
  );
  const energy = expectation(H, product);
  for (const { state } of evolve(H, product, [1])) near(expectation(H, state), energy, 1e-10);
});

await run();
