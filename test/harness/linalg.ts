/** What the programs of linear algebra share: checks of what solvers return, and operators whose values are known. */
import assert from 'node:assert/strict';
import type { Communicator } from 'flotilla';
import {
  eigh,
  hamMbl,
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

/** −Δ of a cycle, with a flux through the ring: an entry of each neighbour. */
export function ringRows({ start, end }: Range, n: number, flux: number): Csr {
  const count = end - start;
  const rowPtr = Int32Array.from({ length: count + 1 }, (_, i) => 3 * i);
  const columns = new Int32Array(3 * count);
  const values = new Float64Array(6 * count);
  for (let row = start; row < end; row++) {
    const at = 3 * (row - start);
    columns.set([row, (row + 1) % n, (row + n - 1) % n], at);
    const [re, im] = [Math.cos(flux / n), Math.sin(flux / n)];
    values.set([0, 0, re, im, re, -im], 2 * at);
  }
  return { rowPtr, columns, values };
}

/** The Laplacian of a cycle. */
export function cycleRows({ start, end }: Range, n: number): Csr {
  const count = end - start;
  const rowPtr = Int32Array.from({ length: count + 1 }, (_, i) => 3 * i);
  const columns = new Int32Array(3 * count);
  const values = new Float64Array(3 * count);
  for (let row = start; row < end; row++) {
    columns.set([row, (row + 1) % n, (row + n - 1) % n], 3 * (row - start));
    values.set([2, -1, -1], 3 * (row - start));
  }
  return { rowPtr, columns, values };
}

/** The k least. */
export const lowest = (all: readonly number[], k: number): number[] =>
  [...all].sort((a, b) => a - b).slice(0, k);
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const mblFields = (n: number) => range(n).map((i) => 3 * Math.sin(7 * i * i + 1));
/** A chain in fields that look random, without magnetization. */
export const mbl = (n: number): SpinOperator => hamMbl(n, { fields: mblFields(n) }).in({ sz: 0 });
/** The five values of mbl(12) nearest to 0, which are those from −0.03 to 0.02. */
export const INNER: readonly number[] = [
  -0.028470667204, -0.019818424525, -0.01652103016, -0.00326627764, 0.015187633797,
];
