/** Views in messages and in Bcast (MPI 4.1 §5.1 in use): columns and blocks arrive where they belong, everything else stays. */
import assert from 'node:assert/strict';
import {
  PROC_NULL,
  startAll,
  Status,
  strided,
  subarray,
  waitAny,
  type Communicator,
  type TypedArray,
} from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';

const ROWS = 30;
const COLUMNS = 20;
const fresh = () => new Float64Array(ROWS * COLUMNS).fill(-1);
const numbered = (rank: number) => Float64Array.from({ length: ROWS * COLUMNS }, (_, i) => rank * 10_000 + i);
const column = (field: TypedArray, j: number) =>
  strided(field, { offset: j, shape: [ROWS], strides: [COLUMNS] });
const around = ({ rank, size }: Communicator) => ({
  next: (rank + 1) % size,
  previous: (rank - 1 + size) % size,
});

/** Column `from` of the sender's numbers must lie in column `to`; what else there is must be −1. */
function expectColumn(field: Float64Array, sender: number, from: number, to: number, rows = ROWS): void {
  for (let i = 0; i < ROWS; i++) {
    for (let j = 0; j < COLUMNS; j++) {
      const expected = j === to && i < rows ? sender * 10_000 + i * COLUMNS + from : -1;
      assert.equal(field[i * COLUMNS + j], expected);
    }
  }
}

check('columns by every way to send and to receive', async (comm) => {
  const { next, previous } = around(comm);
  const mine = numbered(comm.rank);
  const sends = [
    () => comm.Isend(column(mine, 3), next, 1),
    () => comm.Issend(column(mine, 3), next, 1),
    // Packed when sent: what the field becomes later does not matter.
    () => comm.Isend(column(mine, 3).pack(), next, 1),
  ];
  for (const send of sends) {
    let field = fresh();
    const status = new Status();
    let request = send();
    comm.Recv(column(field, 7), previous, 1, status);
    request.wait();
    expectColumn(field, previous, 3, 7);
    assert.equal(status.count(8), ROWS);

    field = fresh();
    let receive = comm.Irecv(column(field, 0), previous, 1);
    request = send();
    receive.wait();
    expectColumn(field, previous, 3, 0);
    request.wait();

    field = fresh();
    receive = comm.Irecv(column(field, 0), previous, 1);
    request = send();
    await receive;
    expectColumn(field, previous, 3, 0);
    await request;

    field = fresh();
    receive = comm.Irecv(column(field, 19), previous, 1);
    request = send();
    while (!receive.test());
    expectColumn(field, previous, 3, 19);
    request.wait();

    field = fresh();
    request = send();
    comm.probe(previous, 1);
    receive = comm.Irecv(column(field, 19), previous, 1);
    assert.equal(waitAny([null, receive]), 1);
    expectColumn(field, previous, 3, 19);
    request.wait();
  }
});

check('persistent requests send the elements of each start', (comm) => {
  const { next, previous } = around(comm);
  const mine = numbered(comm.rank);
  const field = fresh();
  const send = comm.SendInit(column(mine, 3), next, 4);
  const receive = comm.RecvInit(column(field, 8), previous, 4);
  for (let round = 0; round < 3; round++) {
    startAll([receive, send]);
    receive.wait();
    send.wait();
    for (let i = 0; i < ROWS; i++)
      assert.equal(field[i * COLUMNS + 8], previous * 10_000 + i * COLUMNS + 3 + round);
    for (let i = 0; i < mine.length; i++) mine[i]! += 1;
  }
  assert.equal(field.filter((x) => x === -1).length, field.length - ROWS);
});

check('Send and Ssend between two ranks; array to view, view to array', (comm) => {
  if (comm.size < 2 || comm.rank > 1) return;
  const mine = numbered(comm.rank);
  const other = 1 - comm.rank;
  for (const send of [
    (j: number) => comm.Send(column(mine, j), other),
    (j: number) => comm.Ssend(column(mine, j), other),
  ]) {
    const field = fresh();
    const packed = new Float64Array(ROWS);
    if (comm.rank === 0) {
      send(5);
      comm.Recv(column(field, 6), other);
      expectColumn(field, other, 9, 6);
    } else {
      comm.Recv(packed, other);
      assert.deepEqual(packed, column(numbered(0), 5).pack());
      send(9);
    }
  }
});

check('Sendrecv and SendrecvReplace with views of one array', (comm) => {
  const { next, previous } = around(comm);
  const field = numbered(comm.rank);
  comm.Sendrecv(column(field, 1), next, 0, column(field, 0), previous, 0);
  for (let i = 0; i < ROWS; i++) {
    assert.equal(field[i * COLUMNS], previous * 10_000 + i * COLUMNS + 1);
    assert.equal(field[i * COLUMNS + 1], comm.rank * 10_000 + i * COLUMNS + 1);
  }
  const status = new Status();
  const swapped = numbered(comm.rank);
  const block = subarray(swapped, [ROWS, COLUMNS], [4, 5], [10, 11]);
  comm.SendrecvReplace(block, next, 0, previous, 0, status);
  assert.deepEqual(block.pack(), subarray(numbered(previous), [ROWS, COLUMNS], [4, 5], [10, 11]).pack());
  assert.equal(status.count(8), 20);
  assert.equal(swapped.filter((x, i) => x !== comm.rank * 10_000 + i).length, comm.size === 1 ? 0 : 20);
  const before = field.slice();
  comm.Sendrecv(column(field, 1), PROC_NULL, 0, column(field, 2), PROC_NULL, 0, status);
  assert.deepEqual(field, before);
  assert.equal(status.count(), 0);
});

check('a short message fills the first elements; a long one is refused', (comm) => {
  const { next, previous } = around(comm);
  const field = fresh();
  const request = comm.Isend(column(numbered(comm.rank), 3).pack().subarray(0, 11), next, 2);
  const status = new Status();
  comm.Recv(column(field, 4), previous, 2, status);
  request.wait();
  assert.equal(status.count(8), 11);
  expectColumn(field, previous, 3, 4, 11);
  const long = comm.Isend(numbered(comm.rank), next, 3);
  refuses('ERR_TRUNCATE', () => comm.Recv(column(field, 5), previous, 3));
  long.wait();
  expectColumn(field, previous, 3, 4, 11);
});

check('a cancelled receive leaves the view alone', (comm) => {
  const field = fresh();
  const request = comm.Irecv(column(field, 4), comm.rank, 77);
  request.cancel();
  request.wait();
  assert.deepEqual(field, fresh());
});

check('Bcast: each rank has its own layout', (comm) => {
  for (const root of new Set([0, comm.size - 1])) {
    const field = comm.rank === root ? numbered(root) : fresh();
    const before = field.slice();
    comm.Bcast(column(field, comm.rank === root ? 2 : comm.rank % COLUMNS), root);
    if (comm.rank === root) assert.deepEqual(field, before);
    else expectColumn(field, root, 2, comm.rank % COLUMNS);
    const flat = comm.rank === root ? column(field, 2) : new Float64Array(ROWS);
    comm.Bcast(flat, root);
    if (flat instanceof Float64Array) assert.deepEqual(flat, column(numbered(root), 2).pack());
  }
});

check('rows need no packing; shared memory, bigints, long blocks', (comm) => {
  const { next, previous } = around(comm);
  const big = new BigInt64Array(new SharedArrayBuffer(8 * 400 * 300));
  for (let i = 0; i < big.length; i++) big[i] = BigInt(comm.rank) * -(2n ** 50n) + BigInt(i);
  const into = new BigInt64Array(500 * 500).fill(7n);
  comm.Sendrecv(
    subarray(big, [400, 300], [350, 250], [50, 50]),
    next,
    0,
    subarray(into, [500, 500], [350, 250], [1, 2]),
    previous,
    0,
  );
  for (const [i, j] of [
    [0, 0],
    [349, 249],
    [100, 200],
  ] as const) {
    assert.equal(
      into[(1 + i) * 500 + 2 + j],
      BigInt(previous) * -(2n ** 50n) + BigInt((50 + i) * 300 + 50 + j),
    );
  }
  assert.equal(into.filter((x) => x === 7n).length, 500 * 500 - 350 * 250);
  const row = subarray(into, [500, 500], [1, 500], [499, 0]);
  comm.Sendrecv(
    subarray(big, [400, 300], [2, 300]),
    next,
    0,
    strided(into, { offset: 0, shape: [600], strides: [1] }),
    previous,
    0,
  );
  assert.equal(into[599], BigInt(previous) * -(2n ** 50n) + 599n);
  assert.ok(row.contiguous()!.every((x) => x === 7n));
});

check('views are refused where the receive and send memory overlap', (comm) => {
  const field = fresh();
  const row = (i: number) => subarray(field, [ROWS, COLUMNS], [1, COLUMNS], [i, 0]);
  refuses('ERR_BUFFER', () => comm.Sendrecv(row(3), comm.rank, 0, row(3), comm.rank, 0));
  comm.Sendrecv(row(3), comm.rank, 0, row(4), comm.rank, 0);
  refuses('ERR_TYPE', () => comm.Send([1, 2] as unknown as Float64Array, comm.rank), /typed array/);
});

await run();
