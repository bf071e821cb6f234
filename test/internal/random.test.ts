/** Philox against the known answers of Random123's kat_vectors, and the streams made of it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { philox, stream } from '../../src/internal/index.ts';

const KNOWN: [counter: number[], key: number[], out: number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

it('gives the known answers', () => {
  for (const [counter, key, expected] of KNOWN) {
    const out = new Uint32Array(4);
    philox(Uint32Array.from(counter), Uint32Array.from(key), out);
    assert.deepEqual([...out], expected);
  }
});

it('streams depend on seed, name and item, and on nothing else', () => {
  const draw = (seed: number, name: string, item: number) => {
    const random = stream(seed, name, item);
    return Array.from({ length: 5 }, () => random.uniform());
  };
  const base = draw(1, 'a', 7);
  assert.deepEqual(draw(1, 'a', 7), base);
  for (const other of [draw(2, 'a', 7), draw(1, 'b', 7), draw(1, 'a', 8), draw(1, 'a', 7 + 2 ** 32)])
    assert.notDeepEqual(other, base);
});

it('uniform and normal numbers have the moments they should', () => {
  const random = stream(3, 'moments');
  const n = 200_000;
  const moments = (draw: () => number) => {
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = draw();
      for (let k = 0; k < 4; k++) sums[k]! += x ** (k + 1) / n;
    }
    return sums;
  };
  // Five standard errors of each mean.
  const near = (found: number[], expected: number[], tolerance: number) =>
    found.forEach((x, k) => assert.ok(Math.abs(x - expected[k]!) < tolerance, `${x} near ${expected[k]!}`));
  near(
    moments(() => random.uniform()),
    [1 / 2, 1 / 3, 1 / 4, 1 / 5],
    0.0035,
  );
  near(
    moments(() => random.normal()),
    [0, 1, 0, 3],
    0.12,
  );
});
