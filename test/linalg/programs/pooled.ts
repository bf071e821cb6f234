/** One program for every mode of a pool: workers solve, the caller has whole vectors. */
import assert from 'node:assert/strict';
import { world } from 'flotilla';
import {
  basisState,
  boundSpectrum,
  csr,
  eigh,
  entropy,
  evolve,
  expectation,
  expmMultiply,
  functionMultiply,
  hamHeis,
  lazy,
  LinalgError,
  norm,
  randomVector,
  solve,
  svds,
} from 'flotilla/linalg';
import { getPool } from 'flotilla/pool';
import { diagonalRows } from './rows.ts';

const near = (a: number, b: number, within: number) => assert.ok(Math.abs(a - b) <= within, `${a} for ${b}`);
const on = getPool();

const H = hamHeis(12, { cyclic: true });
const { values, vectors, complete } = await eigh(H, { k: 5, on: 'pool' });
assert.equal(complete, true);
assert.equal(vectors.length, 5);
assert.equal(vectors[0]!.length, 4096);
near(Math.hypot(...vectors[4]!), 1, 1e-12);

// Rows of a task's, and rows of this process.
const lazily = await eigh(lazy({ shape: [300, 300] }, diagonalRows, 2), { k: 2, on: 'pool' });
const rows = csr(diagonalRows({ start: 0, end: 300 }, 2));
const stored = await eigh(rows, { k: 2, on: 'pool' });
for (const result of [lazily, stored]) [0, 2].forEach((value, i) => near(result.values[i]!, value, 1e-9));

// Vectors that stay on the workers, for later calls.
{
  using state = await basisState(hamHeis(8), '01010101', { on });
  assert.equal(state.length, 256);
  const energy = await expectation(hamHeis(8), state, { on });
  near(energy, -7 / 4, 1e-13);
  for await (const moment of evolve(hamHeis(8), state, [1, 2], { on, vectors: 'keep' })) {
    using later = moment.state;
    near(await expectation(hamHeis(8), later, { on }), energy, 1e-12);
    const whole = await later.gather();
    assert.equal(whole.length, 512);
    near(await entropy(later, { sites: 4, on }), entropy(whole, { sites: 4, of: hamHeis(8) }), 1e-12);
    const back = await expmMultiply(hamHeis(8), later, { scale: { re: 0, im: moment.t }, on });
    near(back[2 * 0b01010101]!, 1, 1e-10);
  }
  const kept = await eigh(hamHeis(8), { k: 2, vectors: 'keep', on });
  const ground = await eigh(hamHeis(8), { k: 1, start: kept.vectors[0], on });
  near(await expectation(hamHeis(8), kept.vectors[0]!, { on }), ground.values[0]!, 1e-9);
  for (const vector of kept.vectors) vector.dispose();
  assert.throws(() => kept.vectors[0]!.reference(), /disposed/);
}
const shifted = csr({
  ...diagonalRows({ start: 0, end: 300 }, 1),
  values: Float64Array.from({ length: 300 }, (_, i) => i + 1),
});
const b = await randomVector(shifted, 3, { on });
const { x } = await solve(shifted, b, { on });
(await b.gather()).forEach((value, i) => near(x[i]!, value / (i + 1), 1e-9));
const roots = await functionMultiply((value) => value ** 0.5, shifted, x, { on });
roots.forEach((value, i) => near(value, x[i]! * Math.sqrt(i + 1), 1e-8));
const largest = await svds(shifted, { k: 2, on });
near(largest.values[1]!, 299, 1e-9);
near(largest.left[0]![299]!, largest.right[0]![299]!, 1e-9);
near(await norm(shifted, { on }), 300, 1e-9);
near((await boundSpectrum(H, { on }))[1], 3, 1e-9);

await assert.rejects(eigh(H, { k: 0, on: 'pool' }), (error) => {
  return error instanceof LinalgError && error.code === 'ERR_OPTION' && error.message.startsWith('k is 0');
});
await assert.rejects(solve(shifted, b, { on, maxProducts: 3 }), (error) => {
  assert.ok(error instanceof LinalgError && error.code === 'ERR_CONVERGENCE', String(error));
  assert.ok((error.partial as { x: Float64Array }).x.length === 300);
  return true;
});
b.dispose();
await assert.rejects(
  eigh(H, { k: 1, on, signal: new AbortController().signal }),
  /signal stays in this process/,
);
if (world().rank === 0) console.log(Array.from(values, (value) => value.toFixed(9)).join(' '));
