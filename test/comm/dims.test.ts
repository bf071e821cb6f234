/** dimsCreate (MPI 4.1 §8.5.2). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dimsCreate, MpiError } from 'flotilla';

const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
const code = (expected: string) => (error: unknown) => error instanceof MpiError && error.code === expected;

/** All non-increasing lists of `count` factors of n. */
function* factorizations(n: number, count: number, most = n): Generator<number[]> {
  if (count === 0) {
    if (n === 1) yield [];
    return;
  }
  for (let first = 1; first <= Math.min(n, most); first++) {
    if (n % first !== 0) continue;
    for (const others of factorizations(n / first, count - 1, first)) yield [first, ...others];
  }
}

describe('dimsCreate', () => {
  it('23: balances, keeps what is given, refuses what does not fit', () => {
    assert.deepEqual(dimsCreate(10 ** 9, 3), [1000, 1000, 1000]);
    assert.deepEqual(dimsCreate(12, [0, 3, 0]), [2, 3, 2]);
    assert.deepEqual(dimsCreate(6, [3, 2]), [3, 2]);
    assert.throws(() => dimsCreate(7, [0, 3]), code('ERR_DIMS'));
    assert.throws(() => dimsCreate(6, [3]), code('ERR_DIMS'));
    assert.throws(() => dimsCreate(0, 2), code('ERR_ARG'));
    assert.throws(() => dimsCreate(4, [-2, 0]), code('ERR_ARG'));
    assert.throws(() => dimsCreate(4, 0.5), code('ERR_ARG'));
  });

  it('no dimensions are for one rank', () => {
    assert.deepEqual(dimsCreate(1, 0), []);
    assert.throws(() => dimsCreate(2, 0), code('ERR_DIMS'));
  });

  // The standard's table, and what MPICH's tests (topo/dims1 to dims5) expect.
  const EXPECTED: [number, number | number[], number[]][] = [
    [6, [0, 0], [3, 2]],
    [7, [0, 0], [7, 1]],
    [6, [0, 3, 0], [2, 3, 1]],
    [2 * 3 * 5 * 7 * 11, 2, [55, 42]],
    [64, 4, [4, 4, 2, 2]],
    [32, [0, 16, 0, 2], [1, 16, 1, 2]],
    [72, 2, [9, 8]],
    [6125, 2, [125, 49]],
    [140448, 3, [57, 56, 44]],
    [140472, 3, [1951, 9, 8]],
    [144060, 3, [60, 49, 49]],
    [152064, 3, [66, 48, 48]],
    [472392, 11, [6, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3]],
    [979776, 13, [7, 4, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2]],
  ];
  for (const [size, dims, expected] of EXPECTED) {
    it(`${size} in ${String(dims)}`, () => assert.deepEqual(dimsCreate(size, dims), expected));
  }

  it('no other factors lie closer together', () => {
    const spread = (dims: number[]) => dims[0]! - dims.at(-1)!;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 4 }), (size, ndims) => {
        const dims = dimsCreate(size, ndims);
        assert.equal(product(dims), size);
        assert.deepEqual(
          dims,
          [...dims].sort((a, b) => b - a),
        );
        for (const other of factorizations(size, ndims)) assert.ok(spread(dims) <= spread(other));
      }),
    );
  });

  it('entries given are kept, the product is the size', () => {
    const extents = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(extents, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (extents, open) => {
        const dims = extents.map((extent, i) => (open[i] ? 0 : extent));
        const filled = dimsCreate(product(extents), dims);
        assert.equal(product(filled), product(extents));
        dims.forEach((extent, i) => assert.ok(extent === 0 || filled[i] === extent));
      }),
    );
  });

  it('is quick for sizes with many divisors and many dimensions', () => {
    assert.equal(product(dimsCreate(735134400, 10)), 735134400);
    assert.deepEqual(dimsCreate(2 ** 40, 20), Array(20).fill(4));
  });
});
