/** One program for every mode of a pool: workers solve, the caller has whole vectors. */
import assert from 'node:assert/strict';
import { world } from 'flotilla';
import { csr, eigh, hamHeis, lazy, LinalgError } from 'flotilla/linalg';
import { diagonalRows } from './rows.ts';

const H = hamHeis(12, { cyclic: true });
const { values, vectors, complete } = await eigh(H, { k: 5, on: 'pool' });
assert.equal(complete, true);
assert.equal(vectors.length, 5);
assert.equal(vectors[0]!.length, 4096);
assert.ok(Math.abs(Math.hypot(...vectors[4]!) - 1) < 1e-12);

// Rows of a task's, and rows of this process.
const lazily = await eigh(lazy({ shape: [300, 300] }, diagonalRows, 2), { k: 2, on: 'pool' });
const stored = await eigh(csr(diagonalRows({ start: 0, end: 300 }, 2)), { k: 2, on: 'pool' });
for (const result of [lazily, stored])
  [0, 2].forEach((value, i) => assert.ok(Math.abs(result.values[i]! - value) < 1e-9));

await assert.rejects(eigh(H, { k: 0, on: 'pool' }), (error) => {
  return error instanceof LinalgError && error.code === 'ERR_OPTION' && error.message.startsWith('k is 0');
});
if (world().rank === 0) console.log(Array.from(values, (value) => value.toFixed(9)).join(' '));
