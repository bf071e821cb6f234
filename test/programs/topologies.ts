/** Cartesian and graph topologies, collectives among neighbors (MPI 4.1 §8). Case numbers are those of the specification. */
import assert from 'node:assert/strict';
import {
  createAttributeKey,
  dimsCreate,
  PROC_NULL,
  startAll,
  strided,
  subarray,
  SUM,
  waitAll,
  type CartCommunicator,
  type Communicator,
} from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';

const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
/** The ranks in 1 to 3 dimensions, closed in several ways; `few`: in one way each. */
function* carts(comm: Communicator, few = false): Generator<CartCommunicator> {
  for (const ndims of [1, 2, 3]) {
    const dims = dimsCreate(comm.size, ndims);
    for (const bits of few ? [0b101] : [0b000, 0b101, 0b110, 0b111].slice(0, ndims + 1)) {
      const cart = comm.cart(dims, { periodic: dims.map((_, i) => ((bits >> i) & 1) === 1) })!;
      yield cart;
      cart.free();
    }
  }
}

check('cart: coords and rankAt are inverse, in row-major order', (comm) => {
  for (const cart of carts(comm)) {
    assert.equal(cart.size, comm.size);
    assert.equal(cart.rank, comm.rank);
    assert.deepEqual(cart.coords(), cart.coords(cart.rank));
    let before: number[] | undefined;
    for (let rank = 0; rank < cart.size; rank++) {
      const coords = cart.coords(rank);
      assert.equal(cart.rankAt(coords), rank);
      assert.ok(coords.every((x, i) => x >= 0 && x < cart.dims[i]!));
      if (before) {
        const i = coords.findIndex((x, at) => x !== before![at]);
        assert.equal(coords[i], before[i]! + 1);
        assert.ok(coords.slice(i + 1).every((x) => x === 0));
      }
      before = coords;
      cart.dims.forEach((extent, i) => {
        const beyond = coords.map((x, at) => (at === i ? x - 3 * extent : x));
        if (cart.periodic[i]) assert.equal(cart.rankAt(beyond), rank);
        else refuses('ERR_ARG', () => cart.rankAt(beyond), /not periodic/);
      });
    }
    refuses('ERR_RANK', () => cart.coords(cart.size));
    refuses('ERR_ARG', () => cart.rankAt([...cart.coords(), 0]));
    refuses('ERR_ARG', () => cart.shift(cart.dims.length));
    refuses('ERR_ARG', () => cart.shift(0, 0.5));
  }
});

check('24: shift, periodic or not, PROC_NULL at the ends', (comm) => {
  for (const cart of carts(comm)) {
    const coords = cart.coords();
    cart.dims.forEach((extent, i) => {
      for (const by of [1, -1, 2, extent, 0]) {
        const { source, dest } = cart.shift(i, by);
        const at = (x: number) => {
          if (!cart.periodic[i] && (x < 0 || x >= extent)) return PROC_NULL;
          return cart.rankAt(coords.map((own, d) => (d === i ? x : own)));
        };
        assert.deepEqual({ source, dest }, { source: at(coords[i]! - by), dest: at(coords[i]! + by) });
        assert.deepEqual(cart.shift(i, -by), { source: dest, dest: source });
        // My destination's source is I.
        assert.equal(cart.sendrecv(cart.rank, dest, 0, source, 0), source === PROC_NULL ? null : source);
      }
    });
  }
});

check('24: a grid of no dimensions has one rank; ranks beyond a grid have none', (comm) => {
  const point = comm.cart([]);
  assert.equal(point !== null, comm.rank === 0);
  if (point) {
    assert.deepEqual([point.size, point.dims, point.coords(), point.rankAt([])], [1, [], [], 0]);
    assert.deepEqual(point.neighborAllgather('x'), []);
    point.NeighborAlltoall(new Float64Array(0), new Float64Array(0));
    const part = point.sub([]);
    assert.deepEqual([part.size, part.dims], [1, []]);
    refuses('ERR_ARG', () => point.shift(0));
    part.free();
    point.free();
  }
  if (comm.size > 1) {
    const most = comm.cart([comm.size - 1]);
    assert.equal(most?.size, comm.rank < comm.size - 1 ? comm.size - 1 : undefined);
    most?.free();
  }
  refuses('ERR_DIMS', () => comm.cart([comm.size + 1]), /larger/);
  refuses('ERR_DIMS', () => comm.cart([comm.size, 0]));
  refuses('ERR_DIMS', () => comm.cart([1, -1]));
  refuses('ERR_DIMS', () => comm.cart([comm.size], { periodic: [true, false] }));
});

check('sub: every choice of dimensions; rows and columns add up', (comm) => {
  for (const cart of carts(comm, true)) {
    const { dims, periodic } = cart;
    const coords = cart.coords();
    for (let bits = 0; bits < 2 ** dims.length; bits++) {
      const keep = dims.map((_, i) => ((bits >> i) & 1) === 1);
      const part = cart.sub(keep);
      const kept = <T>(list: readonly T[]) => list.filter((_, i) => keep[i]);
      assert.deepEqual(part.dims, kept(dims));
      assert.deepEqual(part.periodic, kept(periodic));
      assert.deepEqual(part.coords(), kept(coords));
      assert.equal(part.size, product(kept(dims)));
      const expected = [...Array(cart.size).keys()].filter((rank) =>
        cart.coords(rank).every((x, i) => keep[i] === true || x === coords[i]),
      );
      assert.deepEqual(part.allgather(cart.rank), expected);
      part.free();
    }
    refuses('ERR_ARG', () => cart.sub([...dims.map(() => true), true]));
  }
});

check('dup keeps the topology; split does not', (comm) => {
  const cart = comm.cart(dimsCreate(comm.size, 2), { periodic: true })!;
  const shared = createAttributeKey<string>({ onDup: (value) => value });
  cart.setAttribute(shared, 'plan');
  const twin = cart.dup();
  assert.equal(twin.getAttribute(shared), 'plan');
  assert.deepEqual([twin.dims, twin.periodic, twin.coords()], [cart.dims, cart.periodic, cart.coords()]);
  assert.deepEqual(twin.neighborAllgather(twin.rank), cart.neighborAllgather(cart.rank));
  assert.deepEqual(twin.neighborAllgather(twin.rank), twin.sources);
  const plain = cart.split(0)!;
  assert.ok(!('dims' in plain));
  plain.free();
  twin.disconnect();
  refuses('ERR_COMM', () => twin.neighborAllgather(1), /freed/);
  refuses('ERR_COMM', () => twin.coords(), /freed/);
  cart.free();
});

check('neighbors on a line: MPICH neighb_coll', (comm) => {
  const { rank, size } = comm;
  const line = comm.cart([size])!;
  const first = rank === 0;
  const last = rank === size - 1;
  const untouched = -99;
  const expect = (recv: Int32Array, before: number, after: number) =>
    assert.deepEqual(recv, Int32Array.of(first ? untouched : before, last ? untouched : after));
  const fresh = () => new Int32Array(2).fill(untouched);
  const own = Int32Array.of(rank);
  const both = Int32Array.of(-(rank + 1), rank + 1);
  const swapped = (data: Int32Array) => ({ data, counts: [1, 1], displs: [1, 0] });

  let recv = fresh();
  line.NeighborAllgather(own, recv);
  expect(recv, rank - 1, rank + 1);
  recv = fresh();
  line.NeighborAllgatherv(own, swapped(recv));
  expect(recv.reverse(), rank - 1, rank + 1);
  recv = fresh();
  line.NeighborAlltoall(both, recv);
  expect(recv, rank, -(rank + 2));
  recv = fresh();
  line.NeighborAlltoallv({ data: both, counts: [1, 1] }, swapped(recv));
  expect(recv.reverse(), rank, -(rank + 2));
  recv = fresh();
  line.NeighborAlltoallw([both.subarray(0, 1), both.subarray(1)], [recv.subarray(1), recv.subarray(0, 1)]);
  expect(recv.reverse(), rank, -(rank + 2));

  assert.deepEqual(line.neighborAllgather({ from: rank }), [
    first ? null : { from: rank - 1 },
    last ? null : { from: rank + 1 },
  ]);
  const long = (from: number) => ({ data: new Float64Array(20_000).fill(from), small: [from] });
  assert.deepEqual(line.neighborAllgather(long(rank)), [
    first ? null : long(rank - 1),
    last ? null : long(rank + 1),
  ]);
  assert.deepEqual(line.neighborAlltoall(['down', 'up'.repeat(9000)]), [
    first ? null : 'up'.repeat(9000),
    last ? null : 'down',
  ]);
  line.free();
});

check('what leaves to one side arrives from the other, also where both are one rank', (comm) => {
  for (const cart of carts(comm)) {
    // Block s goes to neighbor s and arrives there as block s ^ 1 (MPI 4.1 Example 8.10).
    for (const m of [1, 3000]) {
      const blocks = cart.destinations.length;
      const send = new Float64Array(m * blocks);
      for (let s = 0; s < blocks; s++) send.fill(100 * cart.rank + s, s * m, (s + 1) * m);
      const recv = new Float64Array(m * blocks).fill(-1);
      cart.NeighborAlltoall(send, recv);
      cart.sources.forEach((source, s) => {
        const expected = source === PROC_NULL ? -1 : 100 * source + (s ^ 1);
        assert.ok(recv.subarray(s * m, (s + 1) * m).every((x) => x === expected));
      });
    }
    const values = cart.neighborAlltoall(cart.destinations.map((_, s) => ({ from: cart.rank, block: s })));
    assert.deepEqual(
      values,
      cart.sources.map((source, s) => (source === PROC_NULL ? null : { from: source, block: s ^ 1 })),
    );
  }
});

check('blocks of different sizes leave gaps alone', (comm) => {
  const ring = comm.cart([comm.size], { periodic: true })!;
  const [below, above] = ring.sources as [number, number];
  // To the lower neighbor go 2 elements, to the upper one 3.
  const send = { data: new Int16Array(8).fill(ring.rank), counts: [2, 3], displs: [0, 5] };
  const data = new Int16Array(9).fill(-1);
  ring.NeighborAlltoallv(send, { data, counts: [3, 2], displs: [1, 6] });
  assert.deepEqual(data, Int16Array.of(-1, below, below, below, -1, -1, above, above, -1));
  ring.free();
});

check('calls one after another do not mix with each other or with messages', (comm) => {
  const ring = comm.cart([comm.size], { periodic: true })!;
  const [below, above] = ring.sources as [number, number];
  const pending = ring.isend('mine', above, 0);
  for (let i = 0; i < 50; i++) {
    if (i % 7 === ring.rank % 7) comm.iprobe();
    assert.deepEqual(ring.neighborAlltoall([`${ring.rank}-${i}`, `${ring.rank}+${i}`]), [
      `${below}+${i}`,
      `${above}-${i}`,
    ]);
    const recv = new BigInt64Array(2);
    ring.NeighborAllgather(BigInt64Array.of(BigInt(ring.rank * 100 + i)), recv);
    assert.deepEqual(recv, BigInt64Array.of(BigInt(below * 100 + i), BigInt(above * 100 + i)));
  }
  assert.equal(ring.recv(below, 0), 'mine');
  pending.wait();
  ring.free();
});

check('a halo of views: every ghost cell has its owner’s value', (comm) => {
  const ways = ['blocking', 'non-blocking', 'persistent'];
  for (const cart of carts(comm)) {
    if (cart.dims.length !== 2) continue;
    const way = ways.shift();
    const [rows, columns] = [3, 5];
    const shape = [rows + 2, columns + 2];
    const field = new Float64Array(product(shape)).fill(-1);
    const [north, west] = [cart.coords()[0]! * rows, cart.coords()[1]! * columns];
    const extent = [cart.dims[0]! * rows, cart.dims[1]! * columns] as const;
    const value = (i: number, j: number) =>
      ((i + extent[0]) % extent[0]) * 1000 + ((j + extent[1]) % extent[1]);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) field[(i + 1) * shape[1]! + j + 1] = value(north + i, west + j);
    const row = (i: number) => subarray(field, shape, [1, columns], [i, 1]);
    const column = (j: number) =>
      strided(field, { offset: shape[1]! + j, shape: [rows], strides: [shape[1]!] });
    const edges = [row(1), row(rows), column(1), column(columns)];
    const ghosts = [row(0), row(rows + 1), column(0), column(columns + 1)];
    if (way === 'blocking') cart.NeighborAlltoallw(edges, ghosts);
    else if (way === 'non-blocking') cart.IneighborAlltoallw(edges, ghosts).wait();
    else {
      const halo = cart.NeighborAlltoallwInit(edges, ghosts);
      halo.start();
      halo.wait();
    }
    for (let i = -1; i <= rows; i++) {
      for (let j = -1; j <= columns; j++) {
        const outer = Number(i < 0 || i === rows) + Number(j < 0 || j === columns);
        const outside = (at: number, direction: number) =>
          !cart.periodic[direction] && (at < 0 || at >= extent[direction]!);
        const missing = outer === 2 || outside(north + i, 0) || outside(west + j, 1);
        assert.equal(field[(i + 1) * shape[1]! + j + 1], missing ? -1 : value(north + i, west + j));
      }
    }
  }
});

check('graph: a star, loops, edges named twice', (comm) => {
  const { size, rank } = comm;
  const others = [...Array(size).keys()].slice(1);
  const star = comm.graph([others, ...others.map(() => [0])])!;
  assert.deepEqual(star.neighbors(), rank === 0 ? others : [0]);
  assert.deepEqual(star.neighbors(0), others);
  assert.deepEqual(star.neighborAllgather(rank), rank === 0 ? others : [0]);
  const total = star.neighborAllgather(rank).reduce((sum: number, x) => sum + x!, 0);
  assert.equal(star.allreduce(total, SUM), (size * (size - 1)) / 2);
  const recv = new Float32Array(2 * star.sources.length);
  star.NeighborAllgather(Float32Array.of(rank, rank + 0.5), recv);
  assert.deepEqual(
    [...recv],
    star.sources.flatMap((source) => [source, source + 0.5]),
  );
  const twin = star.dup();
  assert.deepEqual(twin.adjacency, star.adjacency);
  refuses('ERR_RANK', () => twin.neighbors(size));
  twin.free();
  star.free();
  // Each node twice its own neighbor, and twice that of the one across.
  const across = (r: number) => (r % 2 === 0 ? Math.min(r + 1, size - 1) : r - 1);
  const doubled = comm.graph([...Array(size).keys()].map((r) => [r, across(r), r, across(r)]))!;
  const got = doubled.neighborAlltoall([0, 1, 2, 3].map((k) => `${rank}:${k}`));
  const kth = (r: number) => (r === rank ? [0, 1, 2, 3] : [1, 3]);
  const expected =
    across(rank) === rank
      ? kth(rank).map((k) => `${rank}:${k}`)
      : [`${rank}:0`, `${across(rank)}:1`, `${rank}:2`, `${across(rank)}:3`];
  assert.deepEqual(got, expected);
  doubled.free();
  const single = comm.graph([[0]]);
  assert.equal(single !== null, rank === 0);
  assert.deepEqual(single?.neighborAllgather('me'), rank === 0 ? ['me'] : undefined);
  single?.free();
  refuses('ERR_TOPOLOGY', () => comm.graph(Array<number[]>(size + 1).fill([])), /larger/);
  refuses('ERR_RANK', () => comm.graph([[size]]));
  if (size > 1) {
    const oneWay = comm.graph([[1], ...others.map(() => [])])!;
    refuses('ERR_TOPOLOGY', () => oneWay.neighborAllgather(1), /0 to 1/);
    oneWay.free();
  }
});

check('distGraph: a directed ring, weights, several edges between two ranks', (comm) => {
  const { rank, size } = comm;
  const next = (rank + 1) % size;
  const previous = (rank - 1 + size) % size;
  const ring = comm.distGraph({ sources: [previous], destinations: [next] });
  assert.deepEqual(ring.neighborAllgather(rank), [previous]);
  assert.deepEqual([ring.sourceWeights, ring.destinationWeights], [undefined, undefined]);
  const recv = new Uint8Array(3).fill(7);
  ring.NeighborAllgather(Uint8Array.of(rank, 1, 2), recv);
  assert.deepEqual(recv, Uint8Array.of(previous, 1, 2));
  ring.free();
  // Everyone to everyone, k + 1 edges to the rank k below.
  const sources = [...Array(size).keys()].flatMap((k) => Array<number>(k + 1).fill((rank + k) % size));
  const destinations = [...Array(size).keys()].flatMap((k) =>
    Array<number>(k + 1).fill((rank - k + size) % size),
  );
  const dense = comm.distGraph({
    sources,
    destinations,
    sourceWeights: sources.map((source) => source + 0.5),
    destinationWeights: destinations.map(() => rank + 0.5),
  });
  assert.deepEqual(
    dense.sourceWeights,
    sources.map((source) => source + 0.5),
  );
  const nth = (list: number[], i: number) => list.slice(0, i).filter((other) => other === list[i]).length;
  const send = Int32Array.from(destinations, (dest, i) => rank * 10_000 + dest * 100 + nth(destinations, i));
  const got = new Int32Array(sources.length);
  const twin = dense.dup();
  twin.NeighborAlltoall(send, got);
  assert.deepEqual(
    got,
    Int32Array.from(sources, (source, i) => source * 10_000 + rank * 100 + nth(sources, i)),
  );
  twin.free();
  dense.free();
  const lonely = comm.distGraph({ sources: [], destinations: [] });
  assert.deepEqual(lonely.neighborAllgather(rank), []);
  lonely.free();
});

check('topologies that ranks disagree on are refused on every rank', (comm) => {
  const { rank, size } = comm;
  refuses('ERR_RANK', () => comm.distGraph({ sources: [size], destinations: [] }));
  refuses('ERR_COUNT', () => comm.distGraph({ sources: [], destinations: [], sourceWeights: [1] }));
  refuses('ERR_ARG', () =>
    comm.distGraph({
      sources: [rank],
      destinations: [rank],
      sourceWeights: [-1],
      destinationWeights: [1],
    }),
  );
  refuses('ERR_TOPOLOGY', () => comm.distGraph({ sources: [], destinations: [0] }), /agree/);
  if (size === 1) return;
  refuses('ERR_TOPOLOGY', () => comm.cart(rank === 0 ? [1, size] : [size, 1]), /different/);
  refuses('ERR_TOPOLOGY', () => comm.graph([[], rank === 0 ? [1] : []]), /different/);
  refuses('ERR_TOPOLOGY', () =>
    comm.distGraph(
      rank === 0
        ? { sources: [0], destinations: [0], sourceWeights: [1], destinationWeights: [1] }
        : { sources: [], destinations: [] },
    ),
  );
});

check('bad arguments of neighbor collectives are refused', (comm) => {
  const ring = comm.cart([comm.size], { periodic: true })!;
  const two = new Float64Array(2);
  refuses('ERR_COUNT', () => ring.NeighborAllgather(two, new Float64Array(3)));
  refuses('ERR_TYPE', () => ring.NeighborAllgather(two, new Float32Array(4)));
  refuses('ERR_COUNT', () => ring.NeighborAlltoall(new Float64Array(3), two));
  refuses('ERR_COUNT', () => ring.NeighborAlltoall(new Float64Array(4), two));
  refuses('ERR_BUFFER', () => ring.NeighborAlltoall(two, two));
  refuses('ERR_COUNT', () => ring.neighborAlltoall([1]), /2 destinations/);
  refuses('ERR_COUNT', () =>
    ring.NeighborAlltoallv({ data: two, counts: [2] }, { data: new Float64Array(2), counts: [1, 1] }),
  );
  refuses('ERR_COUNT', () => ring.NeighborAlltoallw([two, two, two], [null, null]));
  refuses('ERR_TYPE', () => ring.neighborAllgather(() => 1));
  // The sizes of both ends of an edge must agree.
  const more = new Float64Array(4);
  refuses('ERR_COUNT', () => ring.NeighborAlltoallw([two, two], [more, two.slice()]), /bytes/);
  ring.free();
});

check('non-blocking and persistent ones, several under way, messages in between', async (comm) => {
  const { rank } = comm;
  for (const cart of carts(comm, true)) {
    const { sources } = cart;
    const n = sources.length;
    // Block i goes one way along a dimension; what comes from source i was block i ^ 1 there. Blocks have lengths of their own in v and w.
    const block = (owner: number, i: number, length: number, step = 0) =>
      Array<number>(length).fill(1000 * step + 10 * owner + i);
    const expected = (lengthOf: (i: number) => number, step = 0) =>
      sources.flatMap((source, i) =>
        source === PROC_NULL ? Array<number>(lengthOf(i)).fill(-1) : block(source, i ^ 1, lengthOf(i), step),
      );
    const out = (lengthOf: (i: number) => number, step = 0) =>
      Float64Array.from(sources.flatMap((_, i) => block(rank, i, lengthOf(i), step)));
    const two = () => 2;
    // Both ends of an edge: the same dimension.
    const mixed = (i: number) => 1 + (i >> 1);
    const total = sources.reduce((sum, _, i) => sum + mixed(i), 0);
    const counts = sources.map((_, i) => mixed(i));
    const room = (length: number) => new Float64Array(length).fill(-1);
    const pieces = (array: Float64Array) => {
      let end = 0;
      return counts.map((count) => array.subarray(end, (end += count)));
    };

    const [a, v, w, all, allv] = [room(2 * n), room(total), room(total), room(n), room(2 * n)] as const;
    const requests = [
      cart.IneighborAlltoall(out(two), a),
      cart.IneighborAlltoallv({ data: out(mixed), counts }, { data: v, counts }),
      cart.IneighborAlltoallw(pieces(out(mixed)), pieces(w)),
      cart.IneighborAllgather(Float64Array.of(rank), all),
      cart.IneighborAllgatherv(Float64Array.of(rank), {
        data: allv,
        counts: sources.map(() => 1),
        displs: sources.map((_, i) => 2 * i),
      }),
    ];
    const values = cart.ineighborAlltoall(sources.map((_, i) => ({ block: block(rank, i, 2000) })));
    const owners = cart.ineighborAllgather(rank);
    const met = room(2 * n);
    cart.NeighborAlltoall(out(two), met);
    const message = cart.isend('between', rank, 3);
    assert.equal(cart.recv(rank, 3), 'between');
    message.wait();
    waitAll(requests);
    assert.deepEqual([...a], expected(two));
    assert.deepEqual([...met], expected(two));
    assert.deepEqual([...v], expected(mixed));
    assert.deepEqual([...w], expected(mixed));
    const from = sources.map((source) => (source === PROC_NULL ? -1 : source));
    assert.deepEqual([...all], from);
    assert.deepEqual(
      [...allv],
      from.flatMap((source) => [source, -1]),
    );
    assert.deepEqual(
      await values,
      sources.map((source, i) => (source === PROC_NULL ? null : { block: block(source, i ^ 1, 2000) })),
    );
    assert.deepEqual(
      await owners,
      sources.map((source) => (source === PROC_NULL ? null : source)),
    );

    const sent = [out(two), out(mixed), out(mixed), Float64Array.of(0)] as const;
    const got = [room(2 * n), room(total), room(total), room(n), room(n)] as const;
    const persistent = [
      cart.NeighborAlltoallInit(sent[0], got[0]),
      cart.NeighborAlltoallvInit({ data: sent[1], counts }, { data: got[1], counts }),
      cart.NeighborAlltoallwInit(pieces(sent[2]), pieces(got[2])),
      cart.NeighborAllgatherInit(sent[3], got[3]),
      cart.NeighborAllgathervInit(sent[3], { data: got[4], counts: sources.map(() => 1) }),
    ];
    for (const step of [1, 2, 3]) {
      sent[0].set(out(two, step));
      sent[1].set(out(mixed, step));
      sent[2].set(out(mixed, step));
      sent[3][0] = rank + step;
      startAll(persistent);
      waitAll(persistent);
      assert.deepEqual([...got[0]], expected(two, step));
      assert.deepEqual([...got[1]], expected(mixed, step));
      assert.deepEqual([...got[2]], expected(mixed, step));
      const stepped = sources.map((source) => (source === PROC_NULL ? -1 : source + step));
      assert.deepEqual([...got[3]], stepped);
      assert.deepEqual([...got[4]], stepped);
    }
    refuses('ERR_COUNT', () => cart.IneighborAlltoallw([null], pieces(w)), /1 pieces to send for/);
    refuses('ERR_COUNT', () => cart.NeighborAlltoallInit(new Int8Array(1), new Int8Array(n)));
  }
  // A directed ring with two edges to each next rank: blocks of one edge stay with it.
  const { size } = comm;
  const [next, previous] = [(rank + 1) % size, (rank + size - 1) % size];
  const graph = comm.distGraph({ sources: [previous, previous], destinations: [next, next] });
  const got = new Int32Array(2);
  const values = graph.ineighborAlltoall([`a${rank}`, `b${rank}`]);
  await graph.IneighborAlltoall(Int32Array.of(2 * rank, 2 * rank + 1), got);
  assert.deepEqual([...got], [2 * previous, 2 * previous + 1]);
  assert.deepEqual(values.wait(), [`a${previous}`, `b${previous}`]);
  // Both ends of an edge must agree; here the receiver expects more.
  const bad = graph.IneighborAlltoallw([got.slice(0, 1), null], [new Int32Array(2), null]);
  refuses('ERR_COUNT', () => bad.wait(), /bytes/);
  graph.free();
});

await run();
