/** MPI 4.1 §8: the cases of test/mpi/topo, and those of test/mpi/coll among neighbors. */
import assert from 'node:assert/strict';
import {
  dimsCreate,
  PROC_NULL,
  self,
  type CartCommunicator,
  type Communicator,
  type PersistentRequest,
  type Request,
} from 'flotilla';
import { conforms, upTo } from '../cases.ts';

const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
const falls = (list: readonly number[]) => list.every((x, i) => i === 0 || x <= list[i - 1]!);

conforms(
  'topo/cartcreates',
  (comm) => {
    const cart = comm.cart([comm.size - 1], { periodic: true });
    assert.equal(cart?.size, comm.rank < comm.size - 1 ? comm.size - 1 : undefined);
    cart?.barrier();
    cart?.free();
  },
  2,
);

conforms('topo/cartshift1', (comm) => {
  const { rank, size } = comm;
  for (const periodic of [true, false]) {
    const cart = comm.cart([size], { periodic })!;
    const at = (x: number) => {
      if (periodic) return (x + size) % size;
      return x < 0 || x >= size ? PROC_NULL : x;
    };
    for (const by of [1, 0, -1])
      assert.deepEqual(cart.shift(0, by), { source: at(rank - by), dest: at(rank + by) });
    cart.free();
  }
});

conforms('topo/cartsuball', (comm) => {
  const cart = comm.cart([comm.size])!;
  const point = cart.sub([false]);
  assert.equal(point.compare(self()), 'CONGRUENT');
  point.free();
  cart.free();
});

conforms('topo/cartzero', (comm) => {
  const cart = comm.cart([]);
  assert.equal(cart !== null, comm.rank === 0);
  if (cart === null) return;
  assert.deepEqual([cart.size, cart.dims, cart.coords(0), cart.rankAt([])], [1, [], [], 0]);
  const part = cart.sub([]);
  assert.deepEqual(part.dims, []);
  cart.barrier();
  part.free();
  cart.free();
});

conforms('topo/dims0', () => assert.deepEqual(dimsCreate(1, 0), []));

conforms('topo/dims1', () => {
  for (const [n, dims] of [
    [2 * 3 * 5 * 7 * 11, 2],
    [2 * 7, 2],
    [2 * 2 * 3 * 3 * 5 * 7 * 11, 2],
    [11, 2],
    [5 * 7 * 11, 3],
    [64, 4],
  ] as const) {
    const made = dimsCreate(n, dims);
    assert.equal(product(made), n);
    assert.ok(falls(made));
  }
});

conforms('topo/dims2', () => {
  for (let n = 1; n <= 32; n *= 2) {
    assert.deepEqual(dimsCreate(n, [0, n]), [1, n]);
    assert.deepEqual(dimsCreate(n, [1, n]), [1, n]);
    if (n < 4) continue;
    assert.deepEqual(dimsCreate(n, [0, n / 2, 0, 2]), [1, n / 2, 1, 2]);
    assert.deepEqual(dimsCreate(n, [1, n / 2, 1, 2]), [1, n / 2, 1, 2]);
  }
});

conforms('topo/dims3', () => {
  // None more than twice as long as the next.
  for (const dims of [3, 4]) {
    for (let n = 2; n <= 4096; n *= 2) {
      const made = dimsCreate(n, dims);
      assert.ok(made.slice(1).every((x, i) => made[i]! / 2 <= x));
    }
  }
});

conforms('topo/dims4', () => assert.deepEqual(dimsCreate(1000 ** 3, 3), [1000, 1000, 1000]));

conforms('topo/graphcr', (comm) => assert.equal(comm.graph([]), null));

conforms('topo/graphcr2', (comm) => {
  const { size } = comm;
  for (const graph of [upTo(size).map((i) => [i]), upTo(size).map((i) => [(i + 1) % size, (i + 1) % size])]) {
    const made = comm.graph(graph)!;
    assert.deepEqual([made.size, made.neighbors()], [size, graph[comm.rank]]);
    made.free();
  }
});

conforms('topo/topodup', (comm) => {
  const { size } = comm;
  const dims = dimsCreate(size, 2);
  const cart = comm.cart(dims)!;
  const twin = cart.dup();
  assert.deepEqual([twin.dims, twin.periodic, twin.coords()], [dims, [false, false], cart.coords()]);
  const ring = comm.graph(upTo(size).map((i) => [(i + size - 1) % size, (i + 1) % size]))!;
  const second = ring.dup();
  assert.deepEqual(second.adjacency, ring.adjacency);
  for (const each of [twin, cart, second, ring]) each.free();
});

/** Weights of edges from each rank (row) to each other (column); 0 for none. */
const layouts = (size: number): number[][][] => {
  let state = 7;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  const table = (weight: (i: number, j: number) => number) =>
    upTo(size).map((i) => upTo(size).map((j) => weight(i, j)));
  return [
    table((i, j) => (i + 2) * (j + 1)),
    table((i, j) => (j % 2 ? (i + 2) * (j + 1) : 0)),
    table((i, j) => (i === j ? 10 * (i + 1) : 0)),
    table(() => 0),
    ...upTo(4).map(() => table(() => (next() % 3 === 0 ? 0 : 1 + (next() % 99)))),
  ];
};

conforms('topo/distgraph1', (comm) => {
  const { rank, size } = comm;
  for (const layout of layouts(size)) {
    const sources = upTo(size).filter((i) => layout[i]![rank]! > 0);
    const destinations = upTo(size).filter((j) => layout[rank]![j]! > 0);
    const sourceWeights = sources.map((i) => layout[i]![rank]!);
    const destinationWeights = destinations.map((j) => layout[rank]![j]!);
    const graph = comm.distGraph({ sources, destinations, sourceWeights, destinationWeights });
    const twin = graph.dup();
    for (const each of [graph, twin]) {
      assert.deepEqual([each.sources, each.destinations], [sources, destinations]);
      assert.deepEqual(each.sourceWeights, sourceWeights);
      assert.deepEqual(each.destinationWeights, destinationWeights);
      assert.deepEqual(each.neighborAllgather(rank), sources);
      each.free();
    }
  }
});

conforms('topo/dgraph_unwgt', (comm) => {
  const { rank, size } = comm;
  const both = [(rank + size - 1) % size, (rank + 1) % size];
  const ring = comm.distGraph({ sources: both, destinations: [...both].reverse() });
  assert.deepEqual([ring.sourceWeights, ring.destinationWeights], [undefined, undefined]);
  assert.deepEqual(ring.sources, both);
  assert.deepEqual(ring.neighborAlltoall(['up', 'down']), ['up', 'down']);
  ring.free();
});

/** A collective among neighbors: blocking, begun, and described to be begun again and again. */
interface OnLine {
  readonly name: string;
  readonly now: (line: CartCommunicator, recv: Int32Array) => void;
  readonly begin: (line: CartCommunicator, recv: Int32Array) => Request<void>;
  readonly describe: (line: CartCommunicator, recv: Int32Array) => PersistentRequest;
  readonly low: Low;
  readonly high: Low;
}

/** On a line of ranks each end has one neighbor, and what would come from the other stays as it was. */
function onLine({ name, now, begin, describe, low, high }: OnLine): void {
  const trying = (body: (line: CartCommunicator, recv: Int32Array, check: () => void) => void) => {
    return (comm: Communicator): void => {
      const { rank, size } = comm;
      const line = comm.cart([size])!;
      const recv = new Int32Array(2).fill(-99);
      const expected = Int32Array.of(rank === 0 ? -99 : low(rank), rank === size - 1 ? -99 : high(rank));
      body(line, recv, () => {
        assert.deepEqual(recv, expected);
        recv.fill(-99);
      });
      line.free();
    };
  };
  conforms(
    `coll/neighb_${name}`,
    trying((line, recv, check) => {
      now(line, recv);
      check();
      begin(line, recv).wait();
      check();
    }),
  );
  conforms(
    `coll/p_neighb_${name}`,
    trying((line, recv, check) => {
      const request = describe(line, recv);
      for (let i = 0; i < 10; i++) {
        request.start();
        request.wait();
        check();
      }
      request.free();
    }),
  );
}
type Low = (rank: number) => number;

const blocks = (data: Int32Array) => ({ data, counts: [1, 1], displs: [0, 1] });
const halves = (data: Int32Array) => [data.subarray(0, 1), data.subarray(1)];
const both = (rank: number) => Int32Array.of(-(rank + 1), rank + 1);
const [before, after]: [Low, Low] = [(rank) => rank - 1, (rank) => rank + 1];
const [fromBelow, fromAbove]: [Low, Low] = [(rank) => rank, (rank) => -(rank + 2)];

onLine({
  name: 'allgather',
  now: (line, recv) => line.NeighborAllgather(Int32Array.of(line.rank), recv),
  begin: (line, recv) => line.IneighborAllgather(Int32Array.of(line.rank), recv),
  describe: (line, recv) => line.NeighborAllgatherInit(Int32Array.of(line.rank), recv),
  low: before,
  high: after,
});
onLine({
  name: 'allgatherv',
  now: (line, recv) => line.NeighborAllgatherv(Int32Array.of(line.rank), blocks(recv)),
  begin: (line, recv) => line.IneighborAllgatherv(Int32Array.of(line.rank), blocks(recv)),
  describe: (line, recv) => line.NeighborAllgathervInit(Int32Array.of(line.rank), blocks(recv)),
  low: before,
  high: after,
});
onLine({
  name: 'alltoall',
  now: (line, recv) => line.NeighborAlltoall(both(line.rank), recv),
  begin: (line, recv) => line.IneighborAlltoall(both(line.rank), recv),
  describe: (line, recv) => line.NeighborAlltoallInit(both(line.rank), recv),
  low: fromBelow,
  high: fromAbove,
});
onLine({
  name: 'alltoallv',
  now: (line, recv) => line.NeighborAlltoallv(blocks(both(line.rank)), blocks(recv)),
  begin: (line, recv) => line.IneighborAlltoallv(blocks(both(line.rank)), blocks(recv)),
  describe: (line, recv) => line.NeighborAlltoallvInit(blocks(both(line.rank)), blocks(recv)),
  low: fromBelow,
  high: fromAbove,
});
onLine({
  name: 'alltoallw',
  now: (line, recv) => line.NeighborAlltoallw(halves(both(line.rank)), halves(recv)),
  begin: (line, recv) => line.IneighborAlltoallw(halves(both(line.rank)), halves(recv)),
  describe: (line, recv) => line.NeighborAlltoallwInit(halves(both(line.rank)), halves(recv)),
  low: fromBelow,
  high: fromAbove,
});

conforms(
  'coll/neighb_alltoallw2',
  (comm) => {
    // The first rank sends to two others, which send to nobody.
    const { rank } = comm;
    const graph = comm.distGraph({
      sources: rank === 1 || rank === 2 ? [0] : [],
      destinations: rank === 0 ? [1, 2] : [],
    });
    const got = Int32Array.of(-3 - rank);
    const sent = rank === 0 ? [Int32Array.of(0), Int32Array.of(0)] : [];
    graph.NeighborAlltoallw(sent, rank === 1 || rank === 2 ? [got] : []);
    assert.equal(got[0], rank === 1 || rank === 2 ? 0 : -3 - rank);
    graph.free();
  },
  3,
);

conforms('coll/ring_neighbor_alltoall', (comm) => {
  // Both neighbors are one rank, or this one: what left to one side arrives from the other.
  const ring = comm.cart([Math.min(comm.size, 2)], { periodic: true });
  if (ring === null) return;
  const recv = new Int32Array(2);
  ring.NeighborAlltoall(Int32Array.of(-1, 1), recv);
  assert.deepEqual(recv, Int32Array.of(1, -1));
  ring.free();
});
