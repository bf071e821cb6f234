/** Linear algebra: functions of operators on vectors, on every communicator. */
import assert from 'node:assert/strict';
import type { Communicator } from 'flotilla';
import {
  expmMultiply,
  functionMultiply,
  hamHeis,
  lazy,
  randomVector,
  basisState,
  evolve,
  vectorOf,
  type DistributedVector,
  type Range,
} from 'flotilla/linalg';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';
import { rowsOf } from '../harness/linalg.ts';

const n = 150;
const angle = Math.PI / (n + 1);
/** 1 + the Laplacian of a path with fixed ends: 3 − 2 cos(jπ/(n+1)), sines. */
const path = lazy({ shape: [n, n] }, (range: Range) =>
  rowsOf(range, (i) =>
    (
      [
        [i - 1, -1],
        [i, 3],
        [i + 1, -1],
      ] as const
    ).filter(([column]) => column >= 0 && column < n),
  ),
);
const value = (j: number) => 3 - 2 * Math.cos((j + 1) * angle);
/** Σ over all modes of weight(j) f(λⱼ) sin((j + 1)(i + 1) π/(n + 1)). */
const modes = (i: number, f: (x: number) => number) => {
  let sum = 0;
  for (let j = 0; j < n; j++)
    sum += (f(value(j)) * Math.sin((j + 1) * (i + 1) * angle)) / (1 + ((j * 7) % 11));
  return sum;
};
const close = (
  a: DistributedVector,
  expected: (i: number) => number | readonly [number, number],
  within: number,
) => {
  const w = a.scalar === 'complex' ? 2 : 1;
  for (let i = 0; i < a.local.length / w; i++) {
    const right = expected(a.ownership.start + i);
    const [re, im] = typeof right === 'number' ? [right, 0] : right;
    const gap = Math.hypot(a.local[i * w]! - re, (w === 2 ? a.local[2 * i + 1]! : 0) - im);
    assert.ok(gap <= within, `entry ${a.ownership.start + i}: ${a.local[i * w]} for ${re}, ${im}`);
  }
};

checkWorld('functions against a closed spectrum', (comm: Communicator) => {
  const v = vectorOf(path, (i) => modes(i, () => 1), { on: comm });
  close(functionMultiply('sqrt', path, v), (i) => modes(i, Math.sqrt), 1e-10);
  close(functionMultiply('log', path, v), (i) => modes(i, Math.log), 1e-10);
  close(functionMultiply('inverse', path, v), (i) => modes(i, (x) => 1 / x), 1e-10);
  close(
    functionMultiply((x) => x ** 3, path, v),
    (i) => modes(i, (x) => x ** 3),
    1e-9,
  );
  const turned = functionMultiply((x) => ({ re: Math.cos(x), im: Math.sin(x) }), path, v);
  assert.equal(turned.scalar, 'complex');
  close(turned, (i) => [modes(i, Math.cos), modes(i, Math.sin)], 1e-10);
  // The same of a complex vector.
  const i = v.toComplex().scale({ re: 0, im: 1 });
  close(functionMultiply('sqrt', path, i), (row) => [0, modes(row, Math.sqrt)], 1e-10);
  close(functionMultiply('sqrt', path, v.clone().scale(0)), () => 0, 0);
});

checkWorld('exponentials', (comm) => {
  const v = vectorOf(path, (i) => modes(i, () => 1), { on: comm });
  close(expmMultiply(path, v, { scale: -0.7 }), (i) => modes(i, (x) => Math.exp(-0.7 * x)), 1e-11);
  // In many parts.
  close(
    expmMultiply(path, v, { scale: { re: 0, im: -60 }, tol: 1e-10 }),
    (i) => [modes(i, (x) => Math.cos(60 * x)), -modes(i, (x) => Math.sin(60 * x))],
    1e-7,
  );
  // Shift: exp(s (S − 1)) is a Poisson average of entries further on.
  const shift = lazy({ shape: [n, n] }, (range: Range) =>
    rowsOf(range, (i) =>
      i + 1 < n
        ? [
            [i, -1],
            [i + 1, 1],
          ]
        : [[i, -1]],
    ),
  );
  const entry = (i: number) => 1 + ((i * 13) % 7);
  const poisson = (i: number, s: number) => {
    let [sum, weight] = [0, Math.exp(-s)];
    for (let k = 0; i + k < n; k++) {
      sum += weight * entry(i + k);
      weight *= s / (k + 1);
    }
    return sum;
  };
  const u = vectorOf(shift, entry, { on: comm });
  close(expmMultiply(shift, u, { scale: 6 }), (i) => poisson(i, 6), 1e-9);
  const half = expmMultiply(shift, u, { scale: { re: 3, im: 2 } });
  close(expmMultiply(shift, half, { scale: { re: 3, im: -2 } }), (i) => [poisson(i, 6), 0], 1e-9);
  // What evolve does.
  const H = hamHeis(8);
  const state = basisState(H, '01010101', { on: comm });
  const [moment] = [...evolve(H, state, [3])];
  const by = expmMultiply(H, state, { scale: { re: 0, im: -3 } });
  assert.ok(by.toComplex().axpy({ re: -1, im: 0 }, moment!.state.toComplex()).norm() < 1e-11);
});

check('refusals of functions', (comm) => {
  const v = randomVector(path, 1, { on: comm });
  const shifted = path.plus(path.times(-2)); // −A
  refuses('ERR_VALUE', () => functionMultiply('log', shifted, v), /NaN at -/);
  refuses('ERR_OPTION', () => functionMultiply('sin' as 'log', path, v), /there are sqrt/);
  refuses('ERR_OPTION', () => functionMultiply('log', path, v, { tol: 0 }), /tol is 0/);
  refuses(
    'ERR_CONVERGENCE',
    () => functionMultiply('log', path, v, { maxProducts: 12 }),
    /raise maxProducts/,
  );
  const lower = lazy({ shape: [n, n] }, (range: Range) => rowsOf(range, (i) => (i > 0 ? [[i - 1, 1]] : [])));
  refuses('ERR_HERMITIAN', () => functionMultiply('exp', lower, v), /entry \(1, 0\) is 1/);
  refuses(
    'ERR_CONVERGENCE',
    () => expmMultiply(lower.plus(path), v, { scale: -500, maxProducts: 60 }),
    /did not converge/,
  );
  refuses('ERR_OPTION', () => expmMultiply(path, v, { scale: Infinity }), /scale is Infinity/);
});

await run();
