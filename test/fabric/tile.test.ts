/** Views of files against the plain definition: the elements of the view, one by one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tileOf, type FileLayout } from '../../src/comm/file-layout.ts';
import { elementsBefore, forEachPiece, type Tile } from '../../src/fabric/tile.ts';

/** File elements of the first `count` elements of a view, from the definition of its layout. */
function elementsOf(layout: FileLayout, count: number): number[] {
  const tile: number[] = [];
  let extent = 1;
  if (layout === 'contiguous') {
    tile.push(0);
  } else if ('shape' in layout) {
    const { shape, subshape, start } = layout;
    extent = shape.reduce((product, n) => product * n, 1);
    for (let i = 0; i < extent; i++) {
      let rest = i;
      const index = shape.map(() => 0);
      for (let d = shape.length - 1; d >= 0; d--) {
        index[d] = rest % shape[d]!;
        rest = Math.floor(rest / shape[d]!);
      }
      if (index.every((at, d) => at >= start[d]! && at < start[d]! + subshape[d]!)) tile.push(i);
    }
  } else {
    const { blocklength, stride, count: blocks } = layout;
    for (let b = 0; b < (blocks ?? 1); b++) for (let i = 0; i < blocklength; i++) tile.push(b * stride + i);
    extent = blocks === undefined ? stride : (blocks - 1) * stride + blocklength;
  }
  return Array.from(
    { length: count },
    (_, i) => Math.floor(i / tile.length) * extent + tile[i % tile.length]!,
  );
}

const vector = fc
  .record({ blocklength: fc.integer({ min: 1, max: 5 }), gap: fc.integer({ min: 0, max: 5 }) })
  .map(({ blocklength, gap }): FileLayout => ({ blocklength, stride: blocklength + gap }));
const counted = fc
  .tuple(vector, fc.integer({ min: 1, max: 5 }))
  .map(([layout, count]): FileLayout => ({ ...(layout as { blocklength: number; stride: number }), count }));
const dimension = fc
  .tuple(fc.nat(3), fc.integer({ min: 1, max: 4 }), fc.nat(3))
  .map(([start, sub, behind]) => ({ start, sub, whole: start + sub + behind }));
const box = fc.array(dimension, { minLength: 1, maxLength: 4 }).map((dimensions): FileLayout => ({
  shape: dimensions.map(({ whole }) => whole),
  subshape: dimensions.map(({ sub }) => sub),
  start: dimensions.map(({ start }) => start),
}));
const layouts = fc.oneof(fc.constant<FileLayout>('contiguous'), vector, counted, box);

function tile(layout: FileLayout): Tile {
  const made = tileOf(layout);
  assert.ok(typeof made !== 'string');
  return made;
}

describe('tiles', () => {
  it('give the elements of the view in order, in pieces apart from each other', () => {
    fc.assert(
      fc.property(layouts, fc.nat(60), fc.nat(60), (layout, offset, count) => {
        const seen: number[] = [];
        let end = -1;
        forEachPiece(tile(layout), offset, count, (at, n) => {
          assert.ok(at > end && n > 0, 'pieces that touch are one');
          end = at + n;
          for (let i = 0; i < n; i++) seen.push(at + i);
        });
        assert.deepEqual(seen, elementsOf(layout, offset + count).slice(offset));
      }),
      { numRuns: 2000 },
    );
  });
  it('know how many elements a file holds', () => {
    fc.assert(
      fc.property(layouts, fc.nat(400), (layout, end) => {
        const expected = elementsOf(layout, 401).filter((at) => at < end).length;
        assert.equal(elementsBefore(tile(layout), end), expected);
      }),
      { numRuns: 2000 },
    );
  });
});
