/** Bursts of broadcasts on two communicators in turn, so that the n-th of one lies where the (n−1)-th of the other was. */
import assert from 'node:assert/strict';
import { world } from 'flotilla';

const [a, b] = [world().dup(), world().dup()];
b.barrier();
const value = new Int32Array(1);
for (let i = 0; i < 200_000; i++) {
  value[0] = world().rank === 0 ? i : -1;
  ((i & 4) === 0 ? a : b).Bcast(value, 0);
  if (value[0] !== i) assert.fail(`${value[0]} for ${i}`);
}
a.free();
b.free();
