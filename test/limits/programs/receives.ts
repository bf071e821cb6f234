/** Posts as many receives of values as the argument says, then four of 50 MB each, and gets what they are for. */
import assert from 'node:assert/strict';
import { waitAll, world } from 'flotilla';

const comm = world();
const other = 1 - comm.rank;
const count = Number(process.argv[2]);
const requests = Array.from({ length: count }, (_, tag) => comm.irecv<number>(other, tag));
comm.barrier();
for (let tag = count - 1; tag >= 0; tag--) comm.send(tag, other, tag);
assert.deepEqual(waitAll(requests), [...Array(count).keys()]);

const length = 6_250_000;
const large = [0, 1, 2, 3].map((tag) => comm.irecv<Float64Array>(other, tag));
comm.barrier();
for (const tag of large.keys()) comm.send(new Float64Array(length).fill(tag), other, tag);
large.forEach((request, tag) => {
  const array = request.wait();
  assert.equal(array.length, length);
  assert.ok(array.every((element) => element === tag));
});

// Longer than a receive has room for that is posted while addresses are short.
const text = 'x'.repeat(400_000_000);
if (comm.rank === 0 && process.argv[3] === 'long') comm.send(text, 1);
else if (process.argv[3] === 'long') assert.equal(comm.recv<string>() === text, true);
comm.barrier();
if (comm.rank === 0) console.log('ok');
