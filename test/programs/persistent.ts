/** Persistent requests (MPI 4.1 §3.9). */
import assert from 'node:assert/strict';
import {
  ANY_SOURCE,
  ANY_TAG,
  PROC_NULL,
  startAll,
  Status,
  strided,
  testAll,
  waitAll,
  waitAny,
  type Communicator,
  type PersistentRequest,
} from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';

const neighbours = ({ rank, size }: Communicator) => ({
  left: (rank + size - 1) % size,
  right: (rank + 1) % size,
});

check('round a ring, again and again, completed in every way', async (comm) => {
  const { left, right } = neighbours(comm);
  const out = new Float64Array(3);
  const into = new Float64Array(4).fill(-1);
  const requests = [comm.RecvInit(into, left, 7), comm.SendInit(out, right, 7)];
  const ways: (() => unknown)[] = [
    () => waitAll(requests),
    () => Promise.all(requests),
    () => {
      while (!testAll(requests));
    },
    () => {
      assert.deepEqual([waitAny(requests), waitAny(requests)].sort(), [0, 1]);
      assert.equal(waitAny(requests), undefined);
    },
    () => requests.forEach((request) => request.wait()),
  ];
  for (let step = 0; step < 25; step++) {
    out.fill(comm.rank + step);
    startAll(requests);
    await ways[step % ways.length]!();
    assert.deepEqual(into, Float64Array.of(left + step, left + step, left + step, -1));
  }
  for (const request of requests) request.free();
});

check('long and synchronous ones; the status of each', (comm) => {
  const { left, right } = neighbours(comm);
  const out = new Int32Array(40_000);
  const into = new Int32Array(50_000);
  const receive = comm.RecvInit(into);
  const send = comm.SsendInit(out, right, 2);
  const status = new Status();
  for (let step = 0; step < 4; step++) {
    out.fill(step - comm.rank);
    startAll([receive, send]);
    receive.wait(status);
    assert.deepEqual([status.source, status.tag, status.count(4)], [left, 2, 40_000]);
    assert.equal(into[39_999], step - left);
    // Now it is inactive, and its status that of no message.
    receive.wait(status);
    assert.deepEqual([status.source, status.tag, status.count(4)], [ANY_SOURCE, ANY_TAG, 0]);
    send.wait();
    comm.barrier();
  }
});

check('inactive ones are complete, and null to waitAny', async (comm) => {
  const { left, right } = neighbours(comm);
  const receive = comm.RecvInit(new Uint8Array(1), left, 1);
  const send = comm.SendInit(Uint8Array.of(9), right, 1);
  assert.equal(receive.test(), true);
  receive.wait();
  await receive;
  assert.equal(waitAny([receive, send]), undefined);
  assert.equal(testAll([receive, send]), true);
  startAll([send, receive]);
  waitAll([receive, send]);
  assert.equal(waitAny([receive, send]), undefined);
});

check('started while active, freed, of a freed communicator', (comm) => {
  const { left, right } = neighbours(comm);
  const array = new Uint8Array(1);
  const receive = comm.RecvInit(array, left, 1);
  const other = comm.RecvInit(array, left, 2);
  receive.start();
  refuses('ERR_REQUEST', () => receive.start(), /active/);
  refuses('ERR_REQUEST', () => startAll([other, receive]), /active/);
  assert.equal(other.test(), true, 'not begun when another cannot be');
  // Nobody sends before all have looked.
  comm.barrier();
  comm.Send(Uint8Array.of(5), right, 1);
  receive.wait();
  assert.equal(array[0], 5);
  // One that test has found complete may begin again.
  receive.start();
  comm.Send(Uint8Array.of(6), right, 1);
  while (!receive.test());
  receive.start();
  comm.Send(Uint8Array.of(7), right, 1);
  receive.wait();
  assert.equal(array[0], 7);
  receive.free();
  refuses('ERR_REQUEST', () => receive.start(), /freed/);
  const dup = comm.dup();
  const orphan = dup.SendInit(array, right);
  dup.free();
  refuses('ERR_COMM', () => orphan.start(), /SendInit/);
});

check('views: the elements of each start, in their places', (comm) => {
  const { left, right } = neighbours(comm);
  const field = new Int32Array(12).fill(-1);
  const column = (j: number) => strided(field, { offset: j, shape: [3], strides: [4] });
  const requests = [comm.RecvInit(column(0), left), comm.SendInit(column(2), right)];
  for (let step = 0; step < 3; step++) {
    for (let i = 0; i < 3; i++) field[4 * i + 2] = 10 * step + comm.rank + i;
    startAll(requests);
    waitAll(requests);
    const [a, b] = [10 * step + left, 10 * step + comm.rank];
    assert.deepEqual(field, Int32Array.of(a, -1, b, -1, a + 1, -1, b + 1, -1, a + 2, -1, b + 2, -1));
  }
});

check('cancel, and begin again', (comm) => {
  const { left, right } = neighbours(comm);
  const array = new Uint8Array(1);
  const receive = comm.RecvInit(array, left, 1);
  const status = new Status();
  receive.start();
  receive.cancel();
  receive.wait(status);
  assert.equal(status.cancelled, true);
  comm.barrier();
  receive.start();
  comm.Send(Uint8Array.of(8), right, 1);
  receive.wait(status);
  assert.deepEqual([status.cancelled, array[0]], [false, 8]);
});

check('PROC_NULL, and what is refused when described', (comm) => {
  const array = new Uint8Array(1);
  const nobody: PersistentRequest[] = [comm.SendInit(array, PROC_NULL), comm.RecvInit(array, PROC_NULL)];
  for (let i = 0; i < 2; i++) {
    startAll(nobody);
    waitAll(nobody);
  }
  refuses('ERR_RANK', () => comm.SendInit(array, comm.size), /SendInit/);
  refuses('ERR_RANK', () => comm.RecvInit(array, -7));
  refuses('ERR_TAG', () => comm.SsendInit(array, 0, -1));
  refuses('ERR_TYPE', () => comm.SendInit(null as unknown as Uint8Array, 0));
});

await run();
