/** MPI 4.1 §6.8: the cases of test/mpi/coll in which each pair of ranks exchanges what it likes. */
import assert from 'node:assert/strict';
import { IN_PLACE, strided, type Communicator } from 'flotilla';
import { conforms, everyKind, integers, upTo } from '../cases.ts';

conforms('coll/alltoallw1', (comm) => {
  // A matrix of 20 rows and 30 columns, rows over ranks, becomes its transpose, columns over ranks.
  const { rank, size } = comm;
  const [rows, columns] = [20, 30];
  const part = (n: number, r: number) =>
    r === size - 1 ? n - r * Math.floor(n / size) : Math.floor(n / size);
  const from = (n: number, r: number) => r * Math.floor(n / size);
  const mine = part(rows, rank);
  const a = Float32Array.from({ length: mine * columns }, (_, i) => i + from(rows, rank) * columns);
  const own = part(columns, rank);
  const b = new Float32Array(own * rows);
  // Column by column of a block of rows; row by row of the transpose.
  const send = upTo(size).map((r) =>
    strided(a, { offset: from(columns, r), shape: [part(columns, r), mine], strides: [1, columns] }),
  );
  const into = upTo(size).map((r) =>
    strided(b, { offset: from(rows, r), shape: [own, part(rows, r)], strides: [rows, 1] }),
  );
  for (const begun of [false, true]) {
    b.fill(-1);
    if (begun) comm.Ialltoallw(send, into).wait();
    else comm.Alltoallw(send, into);
    const column = (i: number) => Math.floor(i / rows) + from(columns, rank);
    assert.ok(b.every((x, i) => x === (i % rows) * columns + column(i)));
  }
});

/** What rank r gets from rank i has one element for each rank below r. */
function apart(comm: Communicator): void {
  const { rank, size } = comm;
  const triangle = (i: number) => (i * (i + 1)) / 2;
  const sent = integers(size * size, (i) => i + 100 * rank);
  const got = integers(size * size, (i) => -i);
  comm.Alltoallw(
    upTo(size).map((i) => sent.subarray(triangle(i), triangle(i) + i)),
    upTo(size).map((i) => got.subarray(i * rank, (i + 1) * rank)),
  );
  for (const i of upTo(size))
    for (const j of upTo(rank)) assert.equal(got[i * rank + j], i * 100 + triangle(rank) + j);
}

/** Ranks i and j exchange i + j elements. */
function inPlace(comm: Communicator): void {
  const { rank, size } = comm;
  const all = new Int32Array(2 * size * size).fill(-1);
  const blocks = upTo(size).map((i) => all.subarray(2 * size * i, 2 * size * i + i + rank));
  blocks.forEach((block, i) => block.forEach((_, j) => (block[j] = 100 * rank + 10 * i + j)));
  comm.Alltoallw(IN_PLACE, blocks);
  blocks.forEach((block, i) => block.forEach((x, j) => assert.equal(x, 100 * i + 10 * rank + j)));
}

conforms('coll/alltoallw2', (comm) => {
  everyKind(comm, (each) => {
    apart(each);
    inPlace(each);
  });
});

conforms('coll/alltoallw_zeros', (comm) => {
  // No elements, by one way of saying so on one side and by another on the other.
  const { rank, size } = comm;
  const nothing = upTo(size).map(() => null);
  const empty = upTo(size).map(() => new Int32Array(0));
  comm.Alltoallw(nothing, empty);
  comm.Alltoallw(empty, nothing);
  comm.Alltoallw(IN_PLACE, rank % 2 === 0 ? nothing : empty);
  const blocks = { data: new Int32Array(1), counts: Array<number>(size).fill(0) };
  const spread = { ...blocks, data: new Int32Array(1), displs: Array<number>(size).fill(1) };
  comm.Alltoallv(blocks, spread);
  comm.Alltoallv(spread, blocks);
  comm.Alltoallv(IN_PLACE, rank % 2 === 0 ? blocks : spread);
});
