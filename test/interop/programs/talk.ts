/**
 * One of three programs that hold the same conversation, in TypeScript, Python and C, as ranks of one job. Element i of rank r is (3r + i) mod 100
 * everywhere; each program checks all that it receives.
 */
import assert from 'node:assert/strict';
import { ANY_TAG, IN_PLACE, MAX, Status, SUM, world } from 'flotilla';

const comm = world();
const { rank, size } = comm;
const kinds = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];
const lengths = [0, 1, 1000, 20_000];
const element = (r: number, i: number) => (3 * r + i) % 100;
const doubles = (r: number, n: number) => Float64Array.from({ length: n }, (_, i) => element(r, i));
const all = (n: number) =>
  Float64Array.from({ length: n * size }, (_, i) => element(Math.floor(i / n), i % n));
const ranks = [...Array(size).keys()];

// Everyone to everyone, in turn: a send in one of three ways, a receive that looks first.
for (const [k, Kind] of kinds.entries()) {
  const values = (r: number, n: number) => {
    const numbers = Array.from({ length: n }, (_, i) => element(r, i));
    if (Kind === BigInt64Array || Kind === BigUint64Array) return Kind.from(numbers.map(BigInt));
    return (Kind as typeof Int8Array).from(numbers);
  };
  for (const n of lengths) {
    for (const source of ranks) {
      for (const dest of ranks) {
        if (source === dest) continue;
        if (rank === source) {
          const array = values(rank, n);
          if (n === 1) comm.Ssend(array, dest, k);
          else if (n === 1000) comm.Isend(array, dest, k).wait();
          else comm.Send(array, dest, k);
        }
        if (rank === dest) {
          const found = comm.probe(source, ANY_TAG);
          assert.deepEqual([found.source, found.tag], [source, k]);
          assert.equal(found.count(Kind.BYTES_PER_ELEMENT), n);
          const array = new Kind(n);
          const status = new Status();
          comm.Recv(array, source, k, status);
          assert.equal(status.count(Kind.BYTES_PER_ELEMENT), n);
          assert.deepEqual(array, values(source, n));
        }
      }
    }
  }
}

for (const n of lengths) {
  const came = new Float64Array(n);
  comm.Sendrecv(doubles(rank, n), (rank + 1) % size, 7, came, (rank + size - 1) % size, 7);
  assert.deepEqual(came, doubles((rank + size - 1) % size, n));
  comm.barrier();
  for (const root of ranks) {
    const array = rank === root ? doubles(root, n) : new Float64Array(n);
    comm.Bcast(array, root);
    assert.deepEqual(array, doubles(root, n));
    const piece = new Float64Array(n);
    comm.Scatter(rank === root ? all(n) : null, piece, root);
    assert.deepEqual(piece, doubles(rank, n));
    const whole = rank === root ? new Float64Array(n * size) : null;
    comm.Gather(piece, whole, root);
    if (whole) assert.deepEqual(whole, all(n));
    const sum = rank === root ? new Float64Array(n) : null;
    comm.Reduce(piece, sum, SUM, root);
    sum?.forEach((x, i) =>
      assert.equal(
        x,
        ranks.reduce((s, r) => s + element(r, i), 0),
      ),
    );
  }
  const everywhere = new Float64Array(n * size);
  comm.Allgather(doubles(rank, n), everywhere);
  assert.deepEqual(everywhere, all(n));
  const exchanged = new Float64Array(n * size);
  comm.Alltoall(new Float64Array(n * size).fill(rank), exchanged);
  assert.ok(exchanged.every((x, i) => x === Math.floor(i / n)));
  const largest = Int32Array.from({ length: n }, (_, i) => element(rank, i));
  comm.Allreduce(IN_PLACE, largest, MAX);
  largest.forEach((x, i) => assert.equal(x, Math.max(...ranks.map((r) => element(r, i)))));
  const partial = new Float64Array(n);
  comm.Scan(doubles(rank, n), partial, SUM);
  partial.forEach((x, i) =>
    assert.equal(
      x,
      ranks.slice(0, rank + 1).reduce((s, r) => s + element(r, i), 0),
    ),
  );
}

// Blocks of r + 1 elements, and a communicator of the ranks in reverse.
const blocks = new Int32Array((size * (size + 1)) / 2);
comm.Allgatherv(new Int32Array(rank + 1).fill(rank), { data: blocks, counts: ranks.map((r) => r + 1) });
assert.deepEqual(blocks, Int32Array.from(ranks.flatMap((r) => Array<number>(r + 1).fill(r))));
const reversed = comm.split(0, size - rank)!;
assert.equal(reversed.rank, size - 1 - rank);
const first = Float32Array.of(rank);
reversed.Bcast(first, 0);
assert.equal(first[0], size - 1);
reversed.free();
console.log(`TypeScript rank ${rank} of ${size}: ok`);
