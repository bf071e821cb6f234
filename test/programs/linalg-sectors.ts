/** Linear algebra: sectors of spin operators, whose products come from bit masks, beside their stored rows. */
import assert from 'node:assert/strict';
import {
  csr,
  eigh,
  evolve,
  expmMultiply,
  hamHeis,
  ownership,
  spinOperator,
  vectorOf,
  type DistributedVector,
  type SpinOperator,
} from 'flotilla/linalg';
import { checkWorld, run } from '../harness/cases.ts';
import { close, mbl, range, twisted } from '../harness/linalg.ts';

type Term = SpinOperator['terms'][number];

/** The conjugate transpose of a term whose operators are on different sites. */
const turned = ({ factor, ops, sites }: Term): Term => ({
  factor: typeof factor === 'number' ? factor : { re: factor.re, im: -factor.im },
  ops: ops.replaceAll(/[+-]/g, (op) => (op === '+' ? '-' : '+')),
  sites,
});
const hermitian = (n: number, terms: readonly Term[]) => spinOperator(n, [...terms, ...terms.map(turned)]);

/** Hopping between all sites with phases, fields, and z z between all. */
const everywhere = (n: number) =>
  hermitian(
    n,
    range(n).flatMap((i) =>
      range(i).flatMap((j): Term[] => [
        { factor: { re: Math.cos(i * j), im: Math.sin(3 * i + j) }, ops: '+-', sites: [i, j] },
        { factor: Math.sin(i + 5 * j), ops: 'zz', sites: [j, i] },
      ]),
    ),
  );
/** Two up, two down; hops that ask sites above and below for their spin; and a string of many. */
const manyBody = (n: number) =>
  hermitian(n, [
    { factor: 0.7, ops: '++--', sites: [0, n - 1, 3, n - 2] },
    { factor: 0.4, ops: '+-+-', sites: [1, 2, n - 3, n - 1] },
    { factor: 1.1, ops: '+zz-', sites: [n - 1, 1, n - 4, 4] },
    ...range(n - 2).map((i): Term => ({ factor: 0.3 + i / 10, ops: '+z-', sites: [i, i + 1, i + 2] })),
    ...range(8).map((i): Term => ({ factor: 0.2 * (i + 1), ops: '+-z', sites: [n - 2, n - 1, i] })),
    { factor: 2, ops: 'z'.repeat(n), sites: range(n) },
  ]);

/** Numbers that look random, of unit norm. */
const dense = (operator: SpinOperator, scalar: 'real' | 'complex') => {
  const state = vectorOf(
    operator,
    (row) => ({ re: Math.cos(row * row), im: scalar === 'real' ? 0 : Math.sin(3 * row * row + 1) }),
    { scalar },
  );
  return state.scale(1 / state.norm());
};
const gap = (a: DistributedVector, b: DistributedVector) =>
  a.toComplex().axpy({ re: -1, im: 0 }, b.toComplex()).norm();
const stored = (operator: SpinOperator) =>
  csr(operator.rows({ start: 0, end: operator.shape[0] }), { scalar: operator.scalar });

checkWorld('evolution agrees with that of stored rows', (comm) => {
  const operators: readonly SpinOperator[] = [
    hamHeis(12, { cyclic: true }).in({ sz: 0 }),
    mbl(13, 6),
    twisted(13).in({ up: 6 }),
    everywhere(12).in({ sz: 0 }),
    manyBody(12).in({ sz: 0 }),
    manyBody(16).in({ up: 4 }),
  ];
  for (const [which, operator] of operators.entries()) {
    const rows = stored(operator);
    // A real start takes real products at first.
    const start = dense(operator, which % 2 === 0 ? 'complex' : 'real');
    const [ours] = [...evolve(operator, start, [0.1])];
    const [right] = [...evolve(rows, start, [0.1])];
    const apart = gap(ours!.state, right!.state);
    assert.ok(apart <= 1e-12, `operator ${which}, ${comm.size} ranks: ${apart}`);
  }
});

checkWorld('and of operators that are not Hermitian, and of sums with stored ones', () => {
  const n = 12;
  const terms: Term[] = range(n - 1).flatMap((i) => [
    { factor: { re: 0.3, im: 0.1 * i }, ops: '+-', sites: [i, i + 1] },
    { factor: { re: 0, im: 0.2 * i }, ops: 'z', sites: [i] },
  ]);
  const operator = spinOperator(n, terms).in({ sz: 0 });
  const start = dense(operator, 'complex');
  const rows = stored(operator);
  const right = expmMultiply(rows, start, { scale: 0.5 });
  assert.ok(gap(expmMultiply(operator, start, { scale: 0.5 }), right) <= 1e-11);
  const half = operator.times(0.5).plus(rows.times(0.5));
  assert.ok(gap(expmMultiply(half, start, { scale: 0.5 }), right) <= 1e-11);
});

checkWorld('lowest values of sectors, on ranges of rows of equal length', (comm) => {
  const H = hamHeis(12);
  const triplet = eigh(H.in({ up: 7 }), { k: 1, on: comm }).values;
  const values = eigh(H.in({ sz: 0 }), { k: 3, on: comm }).values;
  // The lowest triplets stand in both sectors.
  close(values, [-5.14209063284, triplet[0]!, -4.51329095028], 1e-10);
  close(triplet, [-4.86114793704], 1e-10);
  const lengths = ownership(H.in({ sz: 0 }), comm).map(({ start, end }) => end - start);
  assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1);
});

await run();
