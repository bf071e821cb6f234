/** What faults of MPI libraries once broke (src/fabric/mpi/faults.ts), on every fabric. Values are closed forms. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { File, IN_PLACE, Status, SUM, type Communicator, type FileLayout } from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';

/** A file of 4,000 Int32 that all ranks know, 0, 1, 2, … or as given, while `body` runs. */
async function withFile(
  comm: Communicator,
  content: (i: number) => number,
  body: (path: string) => unknown,
): Promise<void> {
  const folder = comm.bcast(
    comm.rank === 0 ? mkdtempSync(join(tmpdir(), 'flotilla-known-faults-')) : undefined,
  );
  const path = join(folder, 'numbers');
  if (comm.rank === 0)
    writeFileSync(
      path,
      Int32Array.from({ length: 4000 }, (_, i) => content(i)),
    );
  comm.barrier();
  await body(path);
  comm.barrier();
  if (comm.rank === 0) rmSync(folder, { recursive: true });
}

check('collective reads where some views are strided and some are not', (comm) =>
  withFile(
    comm,
    (i) => 3 * i + 1,
    async (path) => {
      const { rank } = comm;
      for (const strided of [[1], [0], [0, 2], [0, 1, 2, 3, 4, 5, 6, 7]]) {
        const step = strided.includes(rank) ? 4 : 1;
        const file = File.open(comm, path, 'r');
        const layout: FileLayout | undefined = step === 4 ? { blocklength: 1, stride: 4 } : undefined;
        if (layout) file.setView(0, Int32Array, layout);
        else file.setView(0, Int32Array);
        for (const length of [1000, 600, 400]) {
          const at = step === 4 ? 0 : 1000 * (rank % 4);
          const expected = Int32Array.from({ length }, (_, i) => 3 * (at + step * i) + 1);
          const array = new Int32Array(length);
          assert.equal(file.readAtAll(array, at), length);
          assert.deepEqual(array, expected);
          assert.equal(await file.ireadAtAll(array.fill(-1), at), length);
          assert.deepEqual(array, expected);
          assert.equal(file.readAt(array.fill(-1), at), length);
          assert.deepEqual(array, expected);
        }
        file.close();
      }
    },
  ),
);

check('collective writes leave what lies between the elements of their views', (comm) =>
  withFile(
    comm,
    (i) => -i,
    async (path) => {
      const { rank, size } = comm;
      // One column more than there are ranks: nobody writes the last one.
      const columns = size + 1;
      const length = Math.floor(4000 / columns);
      for (let round = 1; round <= 4; round++) {
        const file = File.open(comm, path, 'r+');
        file.setView(4 * rank, Int32Array, { blocklength: 1, stride: columns });
        const array = Int32Array.from({ length }, (_, i) => 100_000 * round + 1000 * rank + i);
        if (round % 2 === 0) await file.iwriteAtAll(array, 0);
        else file.writeAtAll(array, 0);
        file.close();
        comm.barrier();
        const bytes = readFileSync(path);
        const found = new Int32Array(bytes.buffer, bytes.byteOffset, 4000);
        const expected = Int32Array.from({ length: 4000 }, (_, i) => {
          const column = i % columns;
          const row = Math.floor(i / columns);
          return column === size || row >= length ? -i : 100_000 * round + 1000 * column + row;
        });
        assert.deepEqual(found, expected);
        comm.barrier();
      }
    },
  ),
);

check('non-blocking exchanges in place among ranks of which some have nothing', (comm) => {
  const { rank, size } = comm;
  for (let lonely = 0; lonely < size; lonely++) {
    const counts = Array.from({ length: size }, (_, r) => Number(r === rank && rank === lonely));
    const data = Int32Array.of(7);
    const own = rank === lonely ? data : data.subarray(0, 0);
    comm.Ialltoallv(IN_PLACE, { data: own, counts }).wait();
    assert.deepEqual([...data], [7]);
    // Two empty arrays are not one in place.
    const nothing = { data: new Int32Array(0), counts: Array<number>(size).fill(0) };
    const single = { data: Int32Array.of(9), counts };
    comm.Ialltoallv(rank === lonely ? single : nothing, rank === lonely ? { data, counts } : nothing).wait();
    assert.equal(data[0], rank === lonely ? 9 : 7);
    const all = Int32Array.from({ length: 2 * size }, (_, i) => 100 * rank + i);
    comm.Ialltoall(IN_PLACE, all).wait();
    assert.deepEqual(
      all,
      Int32Array.from({ length: 2 * size }, (_, i) => 100 * (i >> 1) + 2 * rank + (i & 1)),
    );
    const sum = Int32Array.of(rank);
    comm.Iallreduce(IN_PLACE, sum, SUM).wait();
    assert.equal(sum[0], (size * (size - 1)) / 2);
  }
  // Pairs that exchange different amounts, in any order.
  const counts = Array.from({ length: size }, (_, r) => (r === rank ? 0 : 1 + ((r + rank) % 3)));
  const starts = counts.map((_, r) => counts.slice(0, r).reduce((sum, count) => sum + count, 0));
  const data = Float64Array.from(
    counts.flatMap((count, r) => Array.from({ length: count }, (_, i) => 100 * rank + 10 * r + i)),
  );
  comm.Ialltoallv(IN_PLACE, { data, counts }).wait();
  counts.forEach((count, r) => {
    for (let i = 0; i < count; i++) assert.equal(data[starts[r]! + i], 100 * r + 10 * rank + i);
  });
});

check('a message to oneself that is too long for its receive', (comm) => {
  const { rank } = comm;
  for (const length of [8, 64, 300, 512, 2000, 4096, 9000, 100_000, 2 ** 21]) {
    for (const receiveFirst of [true, false]) {
      const array = new Uint8Array(2 * length);
      const receive = () => comm.Irecv(array.subarray(0, length / 2), rank, 5);
      const send = () => comm.Isend(new Uint8Array(length).fill(1), rank, 5);
      const [request, sent] = receiveFirst
        ? [receive(), send()]
        : ([send(), receive()].reverse() as [ReturnType<typeof receive>, ReturnType<typeof send>]);
      refuses('ERR_TRUNCATE', () => request.wait());
      sent.wait();
      const behind = array.subarray(length / 2);
      assert.ok(!behind.includes(1), `${length} bytes: nothing may be written behind the array`);
    }
  }
  // What fits arrives, as before, in order, whatever is sent how.
  const status = new Status();
  comm.Send(Float64Array.of(1, 2), rank, 6);
  const second = comm.Isend(Float64Array.of(3), rank, 6);
  comm.send('four', rank, 6);
  const [one, two] = [new Float64Array(3), new Float64Array(3)];
  comm.Irecv(one, rank, 6).wait(status);
  assert.deepEqual([status.source, status.tag, status.count(8)], [rank, 6, 2]);
  comm.Recv(two, rank, 6);
  assert.deepEqual([one[0], one[1], two[0]], [1, 2, 3]);
  assert.equal(comm.recv(rank, 6), 'four');
  second.wait();
});

await run();
