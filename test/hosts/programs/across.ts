/** Four ranks on two hosts: everything between them goes over the network. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ANY_SOURCE, IN_PLACE, SUM, world, type Communicator } from 'flotilla';

const BYTES = 4 << 20;
const comm = world();
const { rank, size } = comm;

/** Bytes that this host has sent over its interface, from its table of them. */
function sent(): number {
  const line = readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .find((text) => text.includes('eth0:'))!;
  return Number(line.split(':')[1]!.trim().split(/\s+/)[8]);
}

function ring(on: Communicator): void {
  const next = (on.rank + 1) % on.size;
  const previous = (on.rank + on.size - 1) % on.size;
  for (const length of [1, 1000, 100_000]) {
    const value = { from: on.rank, data: new Float64Array(length).fill(on.rank) };
    const came = on.sendrecv<typeof value>(value, next, length, previous, length);
    assert.equal(came.from, previous);
    assert.deepEqual(came.data, new Float64Array(length).fill(previous));
    const array = new Float64Array(length);
    on.Sendrecv(value.data, next, length, array, previous, length);
    assert.deepEqual(array, came.data);
  }
}

assert.equal(size, 4);
assert.deepEqual(comm.allgather(hostname()), ['a', 'a', 'b', 'b']);

const before = sent();
comm.barrier();
const large = new Uint8Array(BYTES).fill(rank + 1);
if (rank < 2) comm.Send(large, rank + 2);
else {
  comm.Recv(large, rank - 2);
  assert.ok(large.every((x) => x === rank - 1));
}
comm.barrier();
if (rank < 2) assert.ok(sent() - before >= 2 * BYTES, 'two messages went over the network');

ring(comm);
ring(comm.split(rank % 2)!);
const total = new Int32Array(50_000).fill(rank);
comm.Allreduce(IN_PLACE, total, SUM);
assert.ok(total.every((x) => x === 6));
assert.deepEqual(
  comm.alltoall([0, 1, 2, 3].map((to) => `${rank} to ${to}`)),
  [0, 1, 2, 3].map((from) => `${from} to ${rank}`),
);
const request = comm.irecv<string>(ANY_SOURCE, 9);
comm.send('awaited', 3 - rank, 9);
assert.equal(await request, 'awaited');
comm.barrier();
if (rank === 0) console.log('ok');
