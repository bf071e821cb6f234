/** 150,000 messages by isend and Isend that nobody waits for: completed ones must not stay in memory. */
import assert from 'node:assert/strict';
import { world } from 'flotilla';

const comm = world();
const rounds = 300;
const each = 250;
const value = { id: 7, name: 'alpha', values: [1.5, 2.5, 3.5] };
const memory = new Float64Array(2);

function exchange(): void {
  for (let i = 0; i < each; i++) {
    if (comm.rank === 0) {
      comm.isend(value, 1, 1);
      comm.Isend(memory, 1, 2);
    } else {
      comm.recv(0, 1);
      comm.Recv(memory, 0, 2);
    }
  }
  comm.barrier();
}

for (let round = 0; round < rounds / 3; round++) exchange();
const before = process.memoryUsage().rss;
for (let round = 0; round < rounds; round++) exchange();
const grown = (process.memoryUsage().rss - before) / 2 ** 20;
// At 2 KB each it was 300 MB.
assert.ok(grown < 100, `${grown} MB more`);
