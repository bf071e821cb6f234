/** Matched probes (MPI 4.1 §3.8.2). Case numbers are those of the specification. */
import assert from 'node:assert/strict';
import { ANY_TAG, PROC_NULL, Status, strided, waitAll, type Communicator, type Message } from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';

const neighbours = ({ rank, size }: Communicator) => ({
  left: (rank + size - 1) % size,
  right: (rank + 1) % size,
});

check('8: nothing there, a message, and no second receive of it', (comm) => {
  const { left, right } = neighbours(comm);
  assert.equal(comm.improbe(), null);
  comm.barrier();
  const sends = [comm.isend({ a: 1 }, right, 3), comm.Isend(Float64Array.of(1, 2, 3), right, 4)];
  const status = new Status();
  const memory = comm.mprobe(left, 4, status);
  assert.deepEqual([status.source, status.tag, status.count(8)], [left, 4, 3]);
  assert.deepEqual(memory.status, status);
  const value = comm.mprobe(left, 3);
  assert.deepEqual([value.status.source, value.status.tag], [left, 3]);
  assert.deepEqual(value.recv(), { a: 1 });
  refuses('ERR_REQUEST', () => value.recv(), /Message\.recv.*already been received/);
  const array = new Float64Array(4).fill(-1);
  memory.Recv(array);
  assert.deepEqual(array, Float64Array.of(1, 2, 3, -1));
  refuses('ERR_REQUEST', () => memory.Recv(array));
  refuses('ERR_REQUEST', () => memory.recv());
  waitAll(sends);
  assert.equal(comm.improbe(), null);
});

check('a matched message is nobody else’s', (comm) => {
  const { left, right } = neighbours(comm);
  for (const text of ['first', 'second', 'third']) comm.send(text, right, 6);
  const first = comm.mprobe(left, 6);
  const posted = comm.irecv(left, 6);
  assert.equal(comm.recv(left, ANY_TAG), 'third');
  assert.equal(posted.wait(), 'second');
  assert.equal(first.recv(), 'first');
});

check('11: the length of 2^0 to 2^22 bytes, each arriving late', async (comm) => {
  const { rank, size } = comm;
  const peer = (rank ^ 1) < size ? rank ^ 1 : rank;
  for (let bytes = 1; bytes <= 2 ** 22; bytes *= 4) {
    const data = new Uint8Array(bytes).fill(bytes % 251);
    const room = new Uint8Array(bytes);
    for (const sender of [0, 1]) {
      const sends = peer === rank || rank % 2 === sender;
      if (sends) await new Promise((resolve) => setTimeout(resolve, 1));
      const sending = sends ? comm.Isend(data, peer, 1) : undefined;
      if (!sends || peer === rank) {
        const message = comm.mprobe(peer, 1);
        assert.equal(message.status.count(), bytes);
        message.Recv(room);
        assert.equal(Buffer.compare(room, data), 0);
      }
      sending?.wait();
    }
  }
});

check('improbe until it comes; long values and non-blocking receives', async (comm) => {
  const { left, right } = neighbours(comm);
  const value = { numbers: new Float64Array(100_000).fill(comm.rank), list: ['x'.repeat(20_000)] };
  const sends = [comm.isend(value, right, 1), comm.issend('short', right, 2)];
  const found = [];
  for (const tag of [2, 1]) {
    for (;;) {
      const message = comm.improbe(left, tag);
      if (message !== null) {
        found.push(message);
        break;
      }
    }
  }
  assert.equal(found[0]!.irecv().wait(), 'short');
  const got = await found[1]!.irecv<typeof value>();
  assert.deepEqual(got.numbers, new Float64Array(100_000).fill(left));
  assert.deepEqual(got.list, value.list);
  waitAll(sends);
  const big = comm.Issend(new Int32Array(50_000).fill(comm.rank), right);
  const into = new Int32Array(50_001).fill(-1);
  await comm.mprobe(left).Irecv(into);
  assert.deepEqual([into[0], into[49_999], into[50_000]], [left, left, -1]);
  big.wait();
});

check('an array too short: both lengths, and the message is still there', (comm) => {
  const { left, right } = neighbours(comm);
  const sending = comm.Isend(new Float64Array(1000).fill(comm.rank), right, 2);
  const message = comm.mprobe(left, 2);
  refuses('ERR_TRUNCATE', () => message.Recv(new Float64Array(999)), /8000 bytes.*7992/);
  refuses('ERR_TYPE', () => message.Recv([] as unknown as Float64Array));
  const array = new Float64Array(1000);
  message.Recv(array);
  assert.equal(array[999], left);
  sending.wait();
});

check('into a view', async (comm) => {
  const { left, right } = neighbours(comm);
  const field = new Float64Array(6).fill(-1);
  const every = strided(field, { shape: [3], strides: [2] });
  const ways: ((message: Message) => unknown)[] = [
    (message) => message.Recv(every),
    (message) => message.Irecv(every),
    (message) => message.Irecv(every).wait(),
  ];
  for (const receive of ways) {
    const sending = comm.Isend(Float64Array.of(comm.rank, 7, 8), right, 2);
    const message = comm.mprobe(left, 2);
    refuses('ERR_TRUNCATE', () => message.Recv(strided(field, { shape: [2], strides: [2] })));
    await receive(message);
    assert.deepEqual(field, Float64Array.of(left, -1, 7, -1, 8, -1));
    field.fill(-1);
    sending.wait();
  }
});

check('of the other family', (comm) => {
  const { left, right } = neighbours(comm);
  comm.Send(new Int8Array(100), right, 2);
  const memory = comm.mprobe(left, 2);
  refuses('ERR_TYPE', () => memory.recv(), /Recv/);
  refuses('ERR_REQUEST', () => memory.Recv(new Int8Array(100)));
});

check('1: from PROC_NULL', (comm) => {
  const status = new Status();
  const message = comm.mprobe(PROC_NULL, 3, status);
  assert.deepEqual([status.source, status.tag, status.count()], [PROC_NULL, ANY_TAG, 0]);
  assert.deepEqual([message.status.source, message.status.count()], [PROC_NULL, 0]);
  assert.equal(message.recv(), null);
  refuses('ERR_REQUEST', () => message.recv());
  const array = Int8Array.of(5);
  comm.improbe(PROC_NULL)!.Recv(array);
  assert.deepEqual(array, Int8Array.of(5));
});

check('refusals', (comm) => {
  refuses('ERR_RANK', () => comm.mprobe(comm.size));
  refuses('ERR_TAG', () => comm.improbe(0, -5));
});

await run();
