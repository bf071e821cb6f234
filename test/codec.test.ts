/** Values arrive as structuredClone would make them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decode } from '../src/comm/codec/decode.ts';
import { encode, encodeOwned } from '../src/comm/codec/encode.ts';

function travel(value: unknown): unknown {
  const { bytes, length, parts } = encodeOwned(value);
  return decode({ bytes, start: 0, length, parts: parts.map((part) => new Uint8Array(part).buffer) });
}

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  stringUnit: 'binary',
});

describe('the value codec', () => {
  it('agrees with structuredClone on anything', () => {
    fc.assert(
      fc.property(anything, (value) => assert.deepStrictEqual(travel(value), structuredClone(value))),
      { numRuns: 3000 },
    );
  });

  it('keeps identity, cycles, offsets and what JSON loses', () => {
    const shared = { q: 1 };
    const pair = travel([shared, shared]) as object[];
    assert.equal(pair[0], pair[1]);
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const back = travel(cycle) as { self: unknown };
    assert.equal(back.self, back);
    const memory = new ArrayBuffer(32);
    const views = travel([new Float64Array(memory, 8, 2), new Uint8Array(memory)]) as [
      Float64Array,
      Uint8Array,
    ];
    assert.equal(views[0].byteOffset, 8);
    assert.equal(views[0].buffer, views[1].buffer);
    for (const value of [
      -0,
      NaN,
      undefined,
      [1, , 3],
      '\ud800',
      2n ** 90n,
      /x/gi,
      new Error('e', { cause: new TypeError('c') }),
    ]) {
      assert.deepStrictEqual(travel(value), structuredClone(value));
    }
    const own = travel(JSON.parse('{"__proto__": 5}')) as object;
    assert.equal(Object.getOwnPropertyDescriptor(own, '__proto__')?.value, 5);
  });

  it('copies shared memory, also inside what is not plain', () => {
    const shared = new Float64Array(new SharedArrayBuffer(800)).fill(3);
    assert.deepStrictEqual(travel(shared), new Float64Array(100).fill(3));
    assert.deepStrictEqual(travel({ when: new Date(5), shared }), {
      when: new Date(5),
      shared: new Float64Array(100).fill(3),
    });
  });

  it('is usable after a refusal', () => {
    assert.throws(() => encode({ f: () => 1 }));
    assert.deepStrictEqual(travel({ a: 1 }), { a: 1 });
  });
});
