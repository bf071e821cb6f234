/** Windows of 100 MB in all, made and freed one after the other. */
import assert from 'node:assert/strict';
import { Window, world } from 'flotilla';

const WINDOWS = 12;
const BYTES = 100e6;

const comm = world();
const length = BYTES / 8 / comm.size;
const before = process.memoryUsage().rss;
for (let i = 0; i < WINDOWS; i++) {
  const make = i % 2 === 0 ? 'allocateShared' : 'allocate';
  const window = Window[make](comm, Float64Array, length);
  assert.equal(window.array.at(-1), 0);
  window.array.fill(1);
  window.fence();
  window.free();
}
const grown = (process.memoryUsage().rss - before) / 1e6;
// The last one, one that has just been freed, and those that wait to be collected.
assert.ok(grown < 500, `${grown} MB`);
