/** Messages of more than 2^31 − 1 bytes and elements between two ranks; the case is the first argument. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { IN_PLACE, MAX, Status, SUM, waitAll, world } from 'flotilla';
import { refuses } from '../../harness/cases.ts';

const N = 2 ** 31 + 8;
const HALF = N / 2;
const comm = world();
const { rank } = comm;
const other = 1 - rank;

/** Where contents are looked at: both ends, around 2^31 and 2^30, in between. */
const PLACES = [
  0,
  1,
  4095,
  1e6 + 7,
  HALF - 1,
  HALF,
  2 ** 30 - 1,
  2 ** 30,
  1.5e9,
  2 ** 31 - 1,
  2 ** 31,
  N - 1,
];
const STRIDE = 2 ** 20 + 7;
const mark = (place: number, seed: number) => (PLACES.indexOf(place) * 5 + seed) % 100;

/** Elements with a filler everywhere and marks at the places. */
function made(seed: number, length = N, from = 0): Uint8Array {
  const array = new Uint8Array(length).fill(seed + 100);
  for (const place of PLACES)
    if (place >= from && place < from + length) array[place - from] = mark(place, seed);
  return array;
}

function check(array: Uint8Array, seed: number, from = 0): void {
  for (const place of PLACES)
    if (place >= from && place < from + array.length)
      assert.equal(array[place - from], mark(place, seed), `element ${place}`);
  for (let i = 3; i < array.length; i += STRIDE)
    if (!PLACES.includes(i + from)) assert.equal(array[i], seed + 100, `element ${i + from}`);
}

const cases: Readonly<Record<string, () => void>> = {
  value() {
    if (rank === 0) comm.send({ name: 'large', data: made(1) }, 1, 3);
    else {
      const { name, data } = comm.recv<{ name: string; data: Uint8Array }>(0, 3);
      assert.equal(name, 'large');
      assert.equal(data.length, N);
      check(data, 1);
    }
  },
  memory() {
    const status = new Status();
    if (rank === 0) comm.Send(made(2), 1, 4);
    else {
      const found = comm.probe(0, 4);
      assert.equal(found.count(), N);
      const array = new Uint8Array(N + 4);
      comm.Recv(array, 0, 4, status);
      assert.deepEqual([status.source, status.tag, status.count()], [0, 4, N]);
      check(array.subarray(0, N), 2);
      assert.deepEqual(array.subarray(N), new Uint8Array(4));
    }
  },
  requests() {
    const array = rank === 0 ? made(3) : new Uint8Array(N);
    const request = rank === 0 ? comm.Isend(array, 1, 5) : comm.Irecv(array, 0, 5);
    const status = new Status();
    request.wait(status);
    if (rank === 1) assert.equal(status.count(), N);
    check(array, 3);
  },
  bcast() {
    const array = rank === 1 ? made(4) : new Uint8Array(N);
    comm.Bcast(array, 1);
    check(array, 4);
  },
  allreduce() {
    const array = new Uint8Array(N).fill(rank + 1);
    for (const place of PLACES) array[place] = mark(place, 0) + rank;
    comm.Allreduce(IN_PLACE, array, SUM);
    for (const place of PLACES) assert.equal(array[place], 2 * mark(place, 0) + 1);
    for (let i = 3; i < N; i += STRIDE) if (!PLACES.includes(i)) assert.equal(array[i], 3);
  },
  reduce() {
    const array = made(rank);
    if (rank === 0) comm.Reduce(IN_PLACE, array, MAX, 0);
    else comm.Reduce(array, null, MAX, 0);
    if (rank === 0) check(array, 1);
  },
  allgather() {
    const array = new Uint8Array(N);
    comm.Allgather(made(5, HALF, rank * HALF), array);
    check(array, 5);
  },
  alltoall() {
    // Piece j of both goes to rank j: the receiver's halves are alike.
    const array = new Uint8Array(N);
    comm.Alltoall(made(6), array);
    check(array.subarray(0, HALF), 6, rank * HALF);
    check(array.subarray(HALF), 6, rank * HALF);
  },
  gatherv() {
    const data = rank === 0 ? new Uint8Array(N) : null;
    comm.Gatherv(made(7, HALF, rank * HALF), data && { data, counts: [HALF, HALF] }, 0);
    if (data) check(data, 7);
  },
  scatterv() {
    const array = new Uint8Array(HALF);
    comm.Scatterv(rank === 0 ? { data: made(8), counts: [HALF, HALF] } : null, array, 0);
    check(array, 8, rank * HALF);
  },
  allgatherv() {
    const counts = [8, N - 8];
    const data = new Uint8Array(N);
    comm.Allgatherv(made(9, counts[rank], rank * 8), { data, counts });
    check(data, 9);
  },
  alltoallv() {
    const counts = [HALF, HALF];
    const data = new Uint8Array(N);
    comm.Alltoallv({ data: made(10), counts }, { data, counts });
    check(data.subarray(0, HALF), 10, rank * HALF);
    check(data.subarray(HALF), 10, rank * HALF);
  },
  // One block of more than 2^31 − 1 elements: threads take it, MPI has no integers for it.
  block() {
    const counts = [8, N - 8];
    const data = rank === 0 ? new Uint8Array(N) : null;
    const send = made(12, counts[rank], rank * 8);
    const gather = () => comm.Gatherv(send, data && { data, counts }, 0);
    if (process.argv[3] !== 'threads') refuses('ERR_COUNT', gather, /2147483647/);
    else {
      gather();
      if (data) check(data, 12);
    }
  },
  exchange() {
    // Both ways at once, of half the size, so that four arrays fit.
    const array = new Uint8Array(HALF);
    waitAll([comm.Irecv(array, other, 6), comm.Isend(made(11 + rank, HALF), other, 6)]);
    check(array, 11 + other);
  },
};

cases[process.argv[2]!]!();
comm.barrier();
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 2 ** 20;
console.log(`ok, peak ${peak.toFixed(1)} GiB`);
