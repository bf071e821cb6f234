/** MPI 4.1 §6.13 and §8.9: the cases of test/mpi/coll whose collectives are described once and begun again and again. */
import assert from 'node:assert/strict';
import { ANY_SOURCE, ANY_TAG, IN_PLACE, Status, SUM, type PersistentRequest } from 'flotilla';
import { conforms, integers, upTo } from '../cases.ts';

const triangle = (n: number) => (n * (n - 1)) / 2;

/** Begins and completes it ten times; `before` sets what it starts from. */
function again(request: PersistentRequest, before: () => void, check: () => void): void {
  for (let i = 0; i < 10; i++) {
    before();
    request.start();
    request.wait();
    check();
  }
  request.free();
}

conforms('coll/p_barrier', (comm) => {
  again(comm.barrierInit(), () => undefined, () => undefined); // prettier-ignore
});

conforms('coll/p_bcast', (comm) => {
  for (const root of upTo(comm.size)) {
    const array = new Int32Array(10);
    again(
      comm.BcastInit(array, root),
      () => array.forEach((_, i) => (array[i] = comm.rank === root ? i : -1)),
      () => assert.ok(array.every((x, i) => x === i)),
    );
  }
});

conforms('coll/p_bcast2', (comm) => {
  // Bytes of an odd number; what lies behind them stays.
  const array = new Int8Array(40);
  again(
    comm.BcastInit(array.subarray(0, 17), 0),
    () => array.forEach((_, i) => (array[i] = i >= 17 ? -65 : comm.rank === 0 ? i : -37)),
    () => assert.ok(array.every((x, i) => x === (i < 17 ? i : -65))),
  );
});

conforms('coll/p_allred', (comm) => {
  const got = new Int32Array(2);
  again(
    comm.AllreduceInit(Int32Array.of(comm.rank, comm.rank + 1), got, SUM),
    () => got.fill(-1),
    () => assert.ok(got.every((x, i) => x === i * comm.size + triangle(comm.size))),
  );
});

conforms('coll/p_red', (comm) => {
  for (const root of upTo(comm.size)) {
    const own = integers(10, (i) => comm.rank + i);
    const total = comm.rank === root ? new Int32Array(10) : null;
    again(
      comm.ReduceInit(own, total, SUM, root),
      () => total?.fill(-1),
      () => assert.ok(total?.every((x, i) => x === triangle(comm.size) + i * comm.size) ?? true),
    );
  }
});

conforms('coll/p_scan', (comm) => {
  const got = new Int32Array(10);
  again(
    comm.ScanInit(
      integers(10, (i) => comm.rank + i),
      got,
      SUM,
    ),
    () => got.fill(-1),
    () => assert.ok(got.every((x, i) => x === i * (comm.rank + 1) + triangle(comm.rank + 1))),
  );
});

conforms('coll/p_exscan', (comm) => {
  const got = new Int32Array(10);
  again(
    comm.ExscanInit(
      integers(10, (i) => comm.rank + i),
      got,
      SUM,
    ),
    () => got.fill(-1),
    () => assert.ok(got.every((x, i) => x === (comm.rank === 0 ? -1 : i * comm.rank + triangle(comm.rank)))),
  );
});

conforms('coll/p_gather', (comm) => {
  for (const root of upTo(comm.size)) {
    const all = comm.rank === root ? new Int32Array(2 * comm.size) : null;
    again(
      comm.GatherInit(Int32Array.of(comm.rank, -comm.rank), all, root),
      () => all?.fill(99),
      () => assert.ok(all?.every((x, i) => x === (i % 2 === 0 ? i >> 1 : -(i >> 1))) ?? true),
    );
  }
});

/** r + 1 elements of rank r, one block behind the other. */
const rising = (size: number, data: Int32Array) => ({
  data,
  counts: upTo(size).map((r) => r + 1),
  displs: upTo(size).map((r) => triangle(r + 1)),
});

/** Each block has the number of its rank. */
const numbered = (size: number) => Int32Array.from(upTo(size).flatMap((r) => Array<number>(r + 1).fill(r)));

conforms('coll/p_gatherv', (comm) => {
  const { rank, size } = comm;
  for (const root of upTo(size)) {
    const data = new Int32Array(triangle(size + 1));
    again(
      comm.GathervInit(new Int32Array(rank + 1).fill(rank), rank === root ? rising(size, data) : null, root),
      () => data.fill(-1),
      () => rank === root && assert.deepEqual(data, numbered(size)),
    );
  }
});

conforms('coll/p_scatter', (comm) => {
  for (const root of upTo(comm.size)) {
    const got = new Int32Array(2);
    const all = comm.rank === root ? integers(2 * comm.size, (i) => i) : null;
    again(
      comm.ScatterInit(all, got, root),
      () => got.fill(-1),
      () => assert.deepEqual(got, Int32Array.of(2 * comm.rank, 2 * comm.rank + 1)),
    );
  }
});

conforms('coll/p_scatterv', (comm) => {
  const { rank, size } = comm;
  for (const root of upTo(size)) {
    const got = new Int32Array(rank + 1);
    again(
      comm.ScattervInit(rank === root ? rising(size, numbered(size)) : null, got, root),
      () => got.fill(-1),
      () => assert.ok(got.every((x) => x === rank)),
    );
  }
});

conforms('coll/p_allgather', (comm) => {
  const all = new Int32Array(comm.size);
  again(
    comm.AllgatherInit(Int32Array.of(comm.rank), all),
    () => all.fill(-1),
    () => assert.deepEqual([...all], upTo(comm.size)),
  );
});

conforms('coll/p_allgatherv', (comm) => {
  const { rank, size } = comm;
  const data = new Int32Array(triangle(size + 1));
  const own = { start: triangle(rank + 1), end: triangle(rank + 2) };
  again(
    comm.AllgathervInit(IN_PLACE, rising(size, data)),
    () => data.fill(-1).fill(rank, own.start, own.end),
    () => assert.deepEqual(data, numbered(size)),
  );
});

conforms('coll/p_alltoall', (comm) => {
  const { rank, size } = comm;
  const all = new Int32Array(size);
  again(
    comm.AlltoallInit(
      integers(size, (i) => 10 * rank + i),
      all,
    ),
    () => all.fill(-1),
    () => assert.ok(all.every((x, i) => x === 10 * i + rank)),
  );
});

conforms('coll/p_alltoallv', (comm) => {
  const { rank, size } = comm;
  const send = { ...rising(size, numbered(size).map((r) => 100 * rank + r)) }; // prettier-ignore
  const data = new Int32Array(size * (rank + 1));
  again(
    comm.AlltoallvInit(send, { data, counts: Array<number>(size).fill(rank + 1) }),
    () => data.fill(-1),
    () => assert.ok(data.every((x, i) => x === 100 * Math.floor(i / (rank + 1)) + rank)),
  );
});

conforms('coll/p_alltoallw', (comm) => {
  const { rank, size } = comm;
  const got = upTo(size).map(() => new Int32Array(rank + 1));
  const send = upTo(size).map((r) => new Int32Array(r + 1).fill(100 * rank + r));
  again(
    comm.AlltoallwInit(send, got),
    () => got.forEach((piece) => piece.fill(-1)),
    () => got.forEach((piece, i) => assert.ok(piece.every((x) => x === 100 * i + rank))),
  );
});

conforms('coll/p_redscat', (comm) => {
  const { rank, size } = comm;
  const counts = upTo(size).map((r) => r + 1);
  const got = new Int32Array(rank + 1);
  again(
    comm.ReduceScatterInit(
      numbered(size).map((r) => r + rank),
      got,
      counts,
      SUM,
    ),
    () => got.fill(-1),
    () => assert.ok(got.every((x) => x === size * rank + triangle(size))),
  );
});

conforms('coll/p_red_scat_block', (comm) => {
  const { rank, size } = comm;
  const expected = size * rank + triangle(size);
  const got = new Int32Array(1);
  const own = integers(size, (i) => rank + i);
  again(
    comm.ReduceScatterBlockInit(own, got, SUM),
    () => got.fill(-1),
    () => assert.equal(got[0], expected),
  );
  const all = new Int32Array(size);
  again(
    comm.ReduceScatterBlockInit(IN_PLACE, all, SUM),
    () => all.set(own),
    () => assert.equal(all[0], expected),
  );
});

conforms('coll/p_inactive', (comm) => {
  // One that has not begun is complete, with an empty status.
  const request = comm.BcastInit(new Int32Array(1), 0);
  assert.ok(request.test());
  const status = new Status().set({ source: 42, tag: 42, bytes: 42, cancelled: true });
  request.wait(status);
  assert.deepEqual(
    [status.source, status.tag, status.count(), status.cancelled],
    [ANY_SOURCE, ANY_TAG, 0, false],
  );
  request.free();
});

conforms(
  'coll/p_order',
  () => undefined,
  2,
  'The collectives of a communicator, also persistent ones, are begun in one order on all ranks: the MPI libraries in use have no persistent collectives.',
);
