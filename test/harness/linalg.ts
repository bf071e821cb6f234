/** What the programs of linear algebra share: checks of what solvers return, and operators whose values are known. */
import assert from 'node:assert/strict';
import type { Communicator } from 'flotilla';
import {
  eigh,
  hamMbl,
  spinOperator,
  type Csr,
  type DistributedVector,
  type EigenResult,
  type EighOptions,
  type Operator,
  type Range,
  type SpinOperator,
} from 'flotilla/linalg';

/** Numbers as expected. */
export const close = (a: ArrayLike<number>, b: readonly number[], within: number, what = ''): void => {
  assert.equal(a.length, b.length, what);
  b.forEach((value, i) => assert.ok(Math.abs(a[i]! - value) <= within, `${what} ${i}: ${a[i]} for ${value}`));
};
/** Solves, and checks residuals and vectors. */
export const solve = (
  on: Communicator,
  operator: Operator,
  options: EighOptions,
): EigenResult<DistributedVector> => {
  const result = eigh(operator, { ...options, on });
  mustBeGood(result, options.tol ?? 1e-10);
  return result;
};

/** Residuals within the tolerance, vectors orthonormal. */
export function mustBeGood(
  { values, vectors, residuals }: EigenResult<DistributedVector>,
  tol: number,
): void {
  const scale = Math.max(...Array.from(values, Math.abs), 1);
  for (const residual of residuals) assert.ok(residual <= 10 * tol * scale, `residual ${residual}`);
  vectors.forEach((x, i) =>
    vectors.forEach((y, j) => {
      const overlap = x.dot(y);
      const [re, im] = typeof overlap === 'number' ? [overlap, 0] : [overlap.re, overlap.im];
      assert.ok(Math.hypot(re - (i === j ? 1 : 0), im) <= 1e-10, `⟨${i}|${j}⟩ is ${re} + ${im}i`);
    }),
  );
}

/** An entry of a row. */
export type Entry = readonly [column: number, re: number, im?: number];

/** Rows of lists of entries. */
export function rowsOf(
  { start, end }: Range,
  entries: (row: number) => readonly Entry[],
  complex = false,
): Csr {
  const lists = range(end - start).map((i) => entries(start + i));
  const rowPtr = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => (rowPtr[i + 1] = rowPtr[i]! + list.length));
  const values = lists.flat().flatMap(([, re, im = 0]) => (complex ? [re, im] : [re]));
  return {
    rowPtr,
    columns: Int32Array.from(lists.flat(), ([column]) => column),
    values: Float64Array.from(values),
  };
}

/** A ring of hops, with a flux through it. */
export const ringRows = (rows: Range, n: number, flux: number): Csr => {
  const [re, im] = [Math.cos(flux / n), Math.sin(flux / n)];
  const entries = (row: number): Entry[] => [
    [(row + 1) % n, re, im],
    [(row + n - 1) % n, re, -im],
  ];
  return rowsOf(rows, entries, true);
};

/** The Laplacian of a cycle. */
export const cycleRows = (rows: Range, n: number): Csr =>
  rowsOf(rows, (row) => [
    [row, 2],
    [(row + 1) % n, -1],
    [(row + n - 1) % n, -1],
  ]);

/** The neighbours of a place on a grid of n × n between walls. */
export const around = (at: number, n: number): number[] => [
  ...(at % n > 0 ? [at - 1] : []),
  ...(at % n < n - 1 ? [at + 1] : []),
  ...(at >= n ? [at - n] : []),
  ...(at < n * n - n ? [at + n] : []),
];

/** −1 for neighbours on a grid of n × n, a number on the diagonal: with 4 the Laplacian between walls. */
export const gridRows = (rows: Range, n: number, diagonal = 4): Csr =>
  rowsOf(rows, (row) => [[row, diagonal], ...around(row, n).map((other): Entry => [other, -1])]);

/** Differences along a path of n places, its incidence matrix: singular values √(2 − 2 cos(πj/n)). */
export const pathRows = (rows: Range): Csr =>
  rowsOf(rows, (row) => [
    [row, -1],
    [row + 1, 1],
  ]);

/** The transpose of it. */
export const tallPathRows = (rows: Range, n: number): Csr =>
  rowsOf(rows, (row) =>
    (
      [
        [row - 1, 1],
        [row, -1],
      ] as Entry[]
    ).filter(([column]) => column >= 0 && column < n - 1),
  );

/** The singular values of a path's incidence matrix, descending. */
export const pathValues = (n: number): number[] =>
  range(n - 1).map((j) => Math.sqrt(2 - 2 * Math.cos((Math.PI * (n - 1 - j)) / n)));

/** The k least. */
export const lowest = (all: readonly number[], k: number): number[] =>
  [...all].sort((a, b) => a - b).slice(0, k);
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const mblFields = (n: number) => range(n).map((i) => 3 * Math.sin(7 * i * i + 1));
/** A chain in fields that look random, without magnetization unless told how many spins are up. */
export const mbl = (n: number, up: number = n / 2): SpinOperator =>
  hamMbl(n, { fields: mblFields(n) }).in({ up });
/**
 * The open Heisenberg chain, each site turned about z by an angle more than the one before: complex
 * terms, and the same eigenvalues.
 */
export const twisted = (n: number): SpinOperator => {
  const [re, im] = [Math.cos(0.7) / 2, Math.sin(0.7) / 2];
  return spinOperator(
    n,
    range(n - 1).flatMap((i) => [
      { factor: { re, im }, ops: '+-', sites: [i, i + 1] },
      { factor: { re, im: -im }, ops: '-+', sites: [i, i + 1] },
      { factor: 1, ops: 'zz', sites: [i, i + 1] },
    ]),
  );
};
/** The five values of mbl(12) nearest to 0, which are those from −0.03 to 0.02. */
export const INNER: readonly number[] = [
  -0.028470667204, -0.019818424525, -0.01652103016, -0.00326627764, 0.015187633797,
];
/** The three values of mbl(11, 5) nearest to 0, by a dense solver of numpy. */
export const INNER_OF_11: readonly number[] = [-0.046254854694, 0.002677248933, 0.012163043195];
/** The five values of mbl(14) nearest to 0. */
export const INNER_OF_14: readonly number[] = [
  -0.007394540808, -0.002904700857, -0.002842813004, 0.001758452306, 0.010061296515,
];
