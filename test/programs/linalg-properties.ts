/** Linear algebra: random sparse Hermitian matrices with planted copies, alike at any number of ranks. */
import assert from 'node:assert/strict';
import { libraryVersion, world } from 'flotilla';
import * as fc from 'fast-check';
import { dense, eigh, evolve, randomVector, svds, type DistributedVector } from 'flotilla/linalg';
import { checkWorld, run } from '../harness/cases.ts';

const n = 130;
/** Eigenvalues with copies, and rotations of two rows each that mix them. */
const planted = fc.record({
  lowest: fc.array(
    fc.record({ gap: fc.integer({ min: 1, max: 8 }), copies: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 2,
      maxLength: 3,
    },
  ),
  rotations: fc.array(
    fc.record({
      p: fc.integer({ min: 0, max: n - 1 }),
      q: fc.integer({ min: 0, max: n - 1 }),
      angle: fc.double({ min: 0, max: 3, noNaN: true }),
      phase: fc.double({ min: 0, max: 6, noNaN: true }),
    }),
    { minLength: 60, maxLength: 120 },
  ),
  complex: fc.boolean(),
});

type Planted = typeof planted extends fc.Arbitrary<infer T> ? T : never;

/** The matrix, and its eigenvalues, ascending. */
function make({ lowest, rotations, complex }: Planted) {
  const values: number[] = [];
  let value = -6;
  for (const { gap, copies } of lowest) {
    for (let i = 0; i < copies; i++) values.push(value);
    value += gap / 8;
  }
  const planted = values.length;
  while (values.length < n) values.push(Math.sin(values.length) + 1);
  const re = values.map((x, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? x : 0)));
  const im = values.map(() => new Float64Array(n));
  for (const { p, q, angle, phase } of rotations) {
    if (p === q) continue;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const [a, b] = complex ? [s * Math.cos(phase), s * Math.sin(phase)] : [s, 0];
    // Rows: p ← c p − z q, q ← z̄ p + c q with z = a + ib; then columns with the conjugates.
    for (let j = 0; j < n; j++) {
      const [x, y, u, v] = [re[p]![j]!, im[p]![j]!, re[q]![j]!, im[q]![j]!];
      re[p]![j] = c * x - (a * u - b * v);
      im[p]![j] = c * y - (a * v + b * u);
      re[q]![j] = a * x + b * y + c * u;
      im[q]![j] = a * y - b * x + c * v;
    }
    for (let i = 0; i < n; i++) {
      const [x, y, u, v] = [re[i]![p]!, im[i]![p]!, re[i]![q]!, im[i]![q]!];
      re[i]![p] = c * x - (a * u + b * v);
      im[i]![p] = c * y - (a * v - b * u);
      re[i]![q] = a * x - b * y + c * u;
      im[i]![q] = a * y + b * x + c * v;
    }
  }
  const rows = re.map((row, i) =>
    complex ? Float64Array.from({ length: 2 * n }, (_, at) => (at % 2 ? im : re)[i]![at >> 1]!) : row,
  );
  return {
    matrix: dense(rows, { scalar: complex ? 'complex' : 'real' }),
    values: values.slice(0, planted),
  };
}

const bySlepc = libraryVersion().includes('Open MPI') && world().size <= 4;
const overlap = (x: DistributedVector, y: DistributedVector) => {
  const dot = x.dot(y);
  return typeof dot === 'number' ? [dot, 0] : [dot.re, dot.im];
};

checkWorld('planted copies are all found, alike on one rank and on many', (comm) => {
  const alone = comm.split(comm.rank, 0)!;
  fc.assert(
    fc.property(planted, (plan) => {
      const { matrix, values } = make(plan);
      const k = values.length;
      const found = eigh(matrix, { k, on: comm, tol: 1e-11 });
      const single = eigh(matrix, { k, on: alone, tol: 1e-11 });
      const others = bySlepc ? [eigh(matrix, { k, on: comm, tol: 1e-11, backend: 'slepc' })] : [];
      values.forEach((value, i) => {
        assert.ok(Math.abs(found.values[i]! - value) <= 1e-9, `${found.values.join()} for ${values.join()}`);
        assert.ok(Math.abs(found.values[i]! - single.values[i]!) <= 1e-11);
        for (const { values: theirs } of others) assert.ok(Math.abs(theirs[i]! - value) <= 1e-9);
        assert.ok(found.residuals[i]! <= 1e-11 * 7);
      });
      for (const { vectors, complete } of [found, ...others]) {
        assert.ok(complete);
        vectors.forEach((x, i) =>
          vectors.forEach((y, j) => {
            const [re, im] = overlap(x, y);
            assert.ok(Math.hypot(re! - (i === j ? 1 : 0), im!) <= 1e-10);
          }),
        );
      }
      // Singular values are their sizes.
      const sizes = values.map(Math.abs).sort((a, b) => b - a);
      const largest = svds(matrix, { k: 1, on: comm }).values[0]!;
      assert.ok(Math.abs(largest - sizes[0]!) <= 1e-10);
      // Evolution turns an eigenvector by e^(−i t λ) and keeps norms.
      const state = randomVector(matrix, 4, { on: comm });
      const [moment] = [...evolve(matrix, state, [1.5])];
      const [before] = [overlap(found.vectors[0]!.toComplex(), state.toComplex())];
      const after = overlap(found.vectors[0]!.toComplex(), moment!.state.toComplex());
      const [c, s] = [Math.cos(1.5 * values[0]!), -Math.sin(1.5 * values[0]!)];
      assert.ok(Math.abs(moment!.state.norm() - 1) <= 1e-12);
      assert.ok(Math.abs(after[0]! - (c * before[0]! - s * before[1]!)) <= 1e-9);
      assert.ok(Math.abs(after[1]! - (c * before[1]! + s * before[0]!)) <= 1e-9);
    }),
    // The same matrices on all ranks, and in all layouts.
    { seed: 14, numRuns: comm.size > 2 ? 2 : 4, endOnFailure: true },
  );
});

await run();
