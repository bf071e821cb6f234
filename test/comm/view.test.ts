/** Views of typed arrays: the elements and their order, against indices computed one by one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MpiError, strided, subarray, type TypedArray } from 'flotilla';
import { KINDS } from '../harness/kinds.ts';

const code = (expected: string) => (error: unknown) => error instanceof MpiError && error.code === expected;

/** Every index of a shape, in row-major order. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, extent) => all.flatMap((index) => Array.from({ length: extent }, (_, i) => [...index, i])),
    [[]],
  );
}

const bytes = (array: TypedArray) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** An array of random bits: NaNs of every kind included. */
function random(Kind: (typeof KINDS)[number], length: number, seed: number): TypedArray {
  const array = new Kind(length);
  let state = seed >>> 0 || 1;
  const raw = bytes(array);
  for (let i = 0; i < raw.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    raw[i] = state >>> 24;
  }
  return array;
}

const layout = fc
  .array(
    fc.record({
      extent: fc.integer({ min: 0, max: 70 }),
      gap: fc.integer({ min: 0, max: 3 }),
      back: fc.boolean(),
    }),
    {
      maxLength: 4,
    },
  )
  .filter((dimensions) => dimensions.reduce((n, { extent }) => n * (extent + 3), 1) < 60_000);

describe('strided and subarray', () => {
  it('pack takes, unpack sets, exactly the elements of the indices, in order', () => {
    fc.assert(
      fc.property(
        layout,
        fc.constantFrom(...KINDS),
        fc.nat({ max: 9 }),
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (dimensions, Kind, before, seed, part) => {
          const shape = dimensions.map(({ extent }) => extent);
          const strides: number[] = [];
          let end = 1;
          let offset = before;
          for (let i = dimensions.length - 1; i >= 0; i--) {
            const { extent, gap, back } = dimensions[i]!;
            const distance = end + gap;
            strides[i] = back ? -distance : distance;
            if (back && extent > 0) offset += (extent - 1) * distance;
            end = distance * Math.max(extent, 1);
          }
          const array = random(Kind, before + end, seed);
          const places = indices(shape).map((index) =>
            index.reduce((at, x, i) => at + x * strides[i]!, offset),
          );
          const view = strided(array, { offset, shape, strides });
          assert.equal(view.length, places.length);

          const expected = new Kind(places.length);
          const size = array.BYTES_PER_ELEMENT;
          places.forEach((at, i) =>
            bytes(expected).set(bytes(array).subarray(at * size, (at + 1) * size), i * size),
          );
          assert.equal(Buffer.compare(bytes(view.pack()), bytes(expected)), 0);
          const together = view.contiguous();
          if (together) assert.equal(Buffer.compare(bytes(together), bytes(expected)), 0);

          const count = Math.round(part * places.length);
          const fresh = random(Kind, places.length, seed + 1);
          const changed = array.slice();
          places
            .slice(0, count)
            .forEach((at, i) =>
              bytes(changed).set(bytes(fresh).subarray(i * size, (i + 1) * size), at * size),
            );
          view.unpack(fresh, count);
          assert.equal(Buffer.compare(bytes(array), bytes(changed)), 0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a subarray is the block that its indices say', () => {
    const block = fc
      .array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.nat({ max: 6 })), {
        minLength: 1,
        maxLength: 4,
      })
      .map((dimensions) => ({
        start: dimensions.map(([start]) => start),
        subshape: dimensions.map(([, extent]) => extent),
        shape: dimensions.map(([start, extent, more]) => start + extent + more),
      }));
    fc.assert(
      fc.property(block, ({ start, subshape, shape }) => {
        const length = shape.reduce((a, b) => a * b, 1);
        const array = Int32Array.from({ length }, (_, i) => i);
        const view = subarray(array, shape, subshape, start);
        const places = indices(subshape).map((index) =>
          index.reduce((at, x, i) => at * shape[i]! + start[i]! + x, 0),
        );
        assert.deepEqual(view.pack(), Int32Array.from(places));
      }),
    );
  });

  it('columns, rows, diagonals, every other element', () => {
    const field = Float64Array.from({ length: 12 }, (_, i) => i); // 3 rows of 4
    assert.deepEqual([...strided(field, { offset: 1, shape: [3], strides: [4] }).pack()], [1, 5, 9]);
    assert.deepEqual([...strided(field, { shape: [3], strides: [5] }).pack()], [0, 5, 10]);
    assert.deepEqual(
      [...strided(field, { offset: 11, shape: [6], strides: [-2] }).pack()],
      [11, 9, 7, 5, 3, 1],
    );
    assert.deepEqual([...subarray(field, [3, 4], [2, 2], [1, 2]).pack()], [6, 7, 10, 11]);
    assert.deepEqual([...subarray(field, [3, 4], [2, 2]).pack()], [0, 1, 4, 5]);
    assert.deepEqual([...strided(field, { offset: 5, shape: [], strides: [] }).pack()], [5]);
    const row = subarray(field, [3, 4], [1, 4], [2, 0]).contiguous()!;
    row[0] = 80;
    assert.equal(field[8], 80);
    assert.equal(subarray(field, [3, 4], [2, 2]).contiguous(), undefined);
    const into = new Float64Array(4);
    assert.equal(strided(field, { offset: 1, shape: [3], strides: [4] }).pack(into), into);
    assert.deepEqual([...into], [1, 5, 9, 0]);
  });

  it('refuses what does not lie within the array', () => {
    const field = new Float32Array(12);
    const bad = (call: () => unknown, expected = 'ERR_ARG') => assert.throws(call, code(expected));
    bad(() => strided(field, { shape: [4], strides: [4] }));
    bad(() => strided(field, { offset: 1, shape: [3], strides: [-1] }));
    bad(() => strided(field, { offset: -1, shape: [3], strides: [1] }));
    bad(() => strided(field, { shape: [3, 1], strides: [1] }));
    bad(() => strided(field, { shape: [1.5], strides: [1] }));
    bad(() => strided(field, { shape: [2], strides: [NaN] }));
    bad(() => subarray(field, [3, 4], [2, 2], [2, 0]));
    bad(() => subarray(field, [3, 5], [2, 2]));
    bad(() => subarray(field, [3, 4], [2]));
    bad(() => strided([1, 2] as unknown as Float32Array, { shape: [1], strides: [1] }), 'ERR_TYPE');
    const view = subarray(field, [3, 4], [2, 2]);
    bad(() => view.pack(new Float64Array(4)), 'ERR_TYPE');
    bad(() => view.pack(new Float32Array(3)), 'ERR_COUNT');
    bad(() => view.unpack(new Float32Array(3)), 'ERR_COUNT');
    bad(() => view.unpack(new Float32Array(9), 5), 'ERR_COUNT');
  });
});
