/** Collectives and communicators (MPI 4.1 §6, §7). Case numbers are those of the specification; values are closed forms. */
import assert from 'node:assert/strict';
import {
  BAND,
  BOR,
  BXOR,
  COMPLEX_PROD,
  COMPLEX_SUM,
  createOp,
  IN_PLACE,
  LAND,
  LOR,
  LXOR,
  MAX,
  MAXLOC,
  MIN,
  MINLOC,
  NO_OP,
  PROD,
  REPLACE,
  strided,
  SUM,
  world,
  self,
  type Communicator,
  type InPlace,
  type Pieces,
} from 'flotilla';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';
import { NUMBERS } from '../harness/kinds.ts';

const ranks = (comm: Communicator) => [...Array(comm.size).keys()];
const roots = (comm: Communicator) => [...new Set([0, comm.size >> 1, comm.size - 1])];
const triangle = (n: number) => (n * (n - 1)) / 2;

check('bcast, scatter, gather of values', (comm) => {
  for (const root of roots(comm)) {
    for (const value of [
      undefined,
      null,
      7,
      'x'.repeat(5000),
      { a: [1, 2] },
      new Float64Array(20_000).fill(root),
    ]) {
      assert.deepEqual(comm.bcast(comm.rank === root ? value : undefined, root), value);
      // 12: gather of m
      const gathered = comm.gather(value, root);
      if (comm.rank === root)
        assert.deepEqual(
          gathered,
          ranks(comm).map(() => value),
        );
      else assert.equal(gathered, undefined);
      assert.deepEqual(
        comm.allgather(value),
        ranks(comm).map(() => value),
      );
    }
    const lists = ranks(comm).map((r) => 'ab'.repeat(r * 1000));
    assert.equal(comm.scatter(comm.rank === root ? lists : undefined, root), lists[comm.rank]);
  }
});

check('12: alltoall', (comm) => {
  const { rank, size } = comm;
  const got = comm.alltoall(ranks(comm).map((j) => ({ from: rank, to: j, pad: 'p'.repeat(j * 700) })));
  assert.deepEqual(
    got,
    ranks(comm).map((i) => ({ from: i, to: rank, pad: 'p'.repeat(rank * 700) })),
  );
  for (const m of [1, 3, 5000]) {
    const send = new Float64Array(m * size);
    for (let j = 0; j < size; j++) for (let i = 0; i < m; i++) send[j * m + i] = j * size + rank + i;
    const recv = new Float64Array(m * size);
    comm.Alltoall(send, recv);
    for (let j = 0; j < size; j++)
      for (let i = 0; i < m; i++) assert.equal(recv[j * m + i], rank * size + j + i);
    comm.Alltoall(IN_PLACE, send);
    assert.deepEqual(send, recv);
  }
});

check('13: reduce', (comm) => {
  const { rank, size } = comm;
  assert.equal(comm.allreduce(rank, SUM), triangle(size));
  assert.equal(comm.allreduce(rank, MAX), size - 1);
  assert.equal(comm.allreduce(rank, MIN), 0);
  assert.equal(
    comm.allreduce(BigInt(rank + 1), PROD),
    ranks(comm).reduce((p, r) => p * BigInt(r + 1), 1n),
  );
  assert.deepEqual(comm.allreduce([rank, rank], MAXLOC), [size - 1, size - 1]);
  assert.deepEqual(comm.allreduce([rank, rank], MINLOC), [0, 0]);
  assert.equal(comm.allreduce(rank === 0, LAND), size === 1);
  assert.equal(comm.allreduce(rank === 0, LOR), true);
  assert.equal(comm.allreduce(rank, REPLACE), size - 1);
  assert.equal(comm.allreduce(rank, NO_OP), 0);
  for (const root of roots(comm))
    assert.equal(comm.reduce(rank, SUM, root), rank === root ? triangle(size) : undefined);
  for (const root of [-size, size, -1, 0.5]) {
    refuses('ERR_ROOT', () => comm.reduce(1, SUM, root));
    refuses('ERR_ROOT', () => comm.Bcast(new Uint8Array(1), root));
  }
});

check('14: scan and exscan', (comm) => {
  const { rank } = comm;
  assert.equal(comm.scan(rank, SUM), (rank * (rank + 1)) / 2);
  assert.equal(comm.exscan(rank, SUM), rank === 0 ? undefined : triangle(rank));
  const recv = new Int32Array(3).fill(-1);
  comm.Scan(Int32Array.of(rank, 1, 2 * rank), recv, SUM);
  assert.deepEqual(recv, Int32Array.of(triangle(rank + 1), rank + 1, 2 * triangle(rank + 1)));
  recv.fill(-1);
  comm.Exscan(Int32Array.of(rank, 1, 2 * rank), recv, SUM);
  if (rank > 0) assert.deepEqual(recv, Int32Array.of(triangle(rank), rank, 2 * triangle(rank)));
  const inPlace = Float64Array.of(rank);
  comm.Scan(IN_PLACE, inPlace, SUM);
  assert.equal(inPlace[0], triangle(rank + 1));
});

check('memory: Bcast, Scatter, Gather, Allgather', (comm) => {
  const { rank, size } = comm;
  for (const n of [0, 1, 16, 5000]) {
    for (const root of roots(comm)) {
      const array = new Float64Array(n).fill(rank === root ? 3 : 0);
      comm.Bcast(array, root);
      assert.ok(array.every((x) => x === 3));
      const all = Float64Array.from({ length: n * size }, (_, i) => Math.floor(i / n));
      const piece = new Float64Array(n).fill(-1);
      comm.Scatter(rank === root ? all : null, piece, root);
      assert.ok(piece.every((x) => x === rank));
      const gathered = new Float64Array(n * size);
      comm.Gather(piece, rank === root ? gathered : null, root);
      if (rank === root) assert.deepEqual(gathered, all);
      if (rank === root) {
        comm.Scatter(all, IN_PLACE, root);
        gathered.fill(9).set(piece, rank * n);
        comm.Gather(IN_PLACE, gathered, root);
        assert.deepEqual(gathered, all);
      } else {
        comm.Scatter(null, piece, root);
        comm.Gather(piece, null, root);
      }
      const everywhere = new Float64Array(n * size);
      comm.Allgather(piece, everywhere);
      assert.deepEqual(everywhere, all);
      everywhere.fill(9).set(piece, rank * n);
      comm.Allgather(IN_PLACE, everywhere);
      assert.deepEqual(everywhere, all);
    }
  }
});

check('16: pieces of different sizes leave gaps alone', (comm) => {
  const { rank, size } = comm;
  const counts = ranks(comm).map((r) => r + 1);
  const stride = size + 2;
  const displs = ranks(comm).map((r) => r * stride);
  const mine = new Int32Array(rank + 1).fill(rank);
  const expected = new Int32Array(size * stride).fill(-1);
  for (const r of ranks(comm)) expected.fill(r, r * stride, r * stride + r + 1);
  const data = new Int32Array(size * stride).fill(-1);
  comm.Allgatherv(mine, { data, counts, displs });
  assert.deepEqual(data, expected);
  for (const root of roots(comm)) {
    data.fill(-1);
    comm.Gatherv(mine, rank === root ? { data, counts, displs } : null, root);
    if (rank === root) assert.deepEqual(data, expected);
    const piece = new Int32Array(rank + 1);
    comm.Scatterv(rank === root ? { data: expected, counts, displs } : null, piece, root);
    assert.deepEqual(piece, mine);
  }
  const packed = new Int32Array(counts.reduce((a, b) => a + b));
  comm.Allgatherv(mine, { data: packed, counts });
  assert.deepEqual(packed, Int32Array.from(ranks(comm).flatMap((r) => Array<number>(r + 1).fill(r))));
  // To rank j go j + 1 elements, all of them this rank's number.
  const send = { data: new Int32Array(packed.length).fill(rank), counts };
  const recv = {
    data: new Int32Array(size * stride).fill(-1),
    counts: ranks(comm).map(() => rank + 1),
    displs,
  };
  comm.Alltoallv(send, recv);
  for (const r of ranks(comm)) {
    assert.ok(recv.data.subarray(r * stride, r * stride + rank + 1).every((x) => x === r));
    assert.equal(recv.data[r * stride + rank + 1], -1);
  }
});

check('memory: reductions of every kind', (comm) => {
  const { rank, size } = comm;
  for (const Kind of NUMBERS) {
    for (const n of [1, 8, 3000]) {
      const send = new Kind(n).fill(rank + 1);
      const recv = new Kind(n);
      comm.Allreduce(send, recv, SUM);
      assert.ok(
        recv.every((x) => x === triangle(size + 1)),
        Kind.name,
      );
      comm.Allreduce(send, recv, MAX);
      assert.equal(recv[n - 1], size);
      comm.Allreduce(send, recv, MIN);
      assert.equal(recv[0], 1);
      for (const root of roots(comm)) {
        const total = new Kind(n);
        comm.Reduce(send, rank === root ? total : null, SUM, root);
        if (rank === root) assert.equal(total[n - 1], triangle(size + 1));
        if (rank === root) comm.Reduce(IN_PLACE, send.slice(), SUM, root);
        else comm.Reduce(send, null, SUM, root);
      }
      comm.Allreduce(IN_PLACE, send, SUM);
      assert.equal(send[0], triangle(size + 1));
    }
  }
  const big = new BigInt64Array(2);
  comm.Allreduce(BigInt64Array.of(-1n, 2n ** 40n), big, SUM);
  assert.deepEqual(big, BigInt64Array.of(BigInt(-size), BigInt(size) * 2n ** 40n));
  // 20
  const bytes = new Uint8Array(3);
  comm.Allreduce(Uint8Array.of(0xff, 0, rank ? 0xff : 0xf0), bytes, BAND);
  assert.deepEqual(bytes, Uint8Array.of(0xff, 0, 0xf0));
  comm.Allreduce(Uint8Array.of(rank ? 0 : 1, 2, 0), bytes, BOR);
  assert.deepEqual(bytes, Uint8Array.of(1, 2, 0));
  comm.Allreduce(Uint8Array.of(1, 0, 3), bytes, BXOR);
  assert.deepEqual(bytes, size % 2 ? Uint8Array.of(1, 0, 3) : Uint8Array.of(0, 0, 0));
  const truth = new Int32Array(2);
  comm.Allreduce(Int32Array.of(1, rank), truth, LAND);
  assert.deepEqual(truth, Int32Array.of(1, 0));
  comm.Allreduce(Int32Array.of(0, Math.min(rank, 1)), truth, LOR);
  assert.deepEqual(truth, Int32Array.of(0, size > 1 ? 1 : 0));
  comm.Allreduce(Int32Array.of(1, 0), truth, LXOR);
  assert.deepEqual(truth, Int32Array.of(size % 2, 0));
  const wrapped = new Int32Array(1);
  comm.Allreduce(Int32Array.of(2 ** 30), wrapped, SUM);
  assert.equal(wrapped[0], (size * 2 ** 30) | 0);
  refuses('ERR_OP', () => comm.Allreduce(new Float64Array(1), new Float64Array(1), BAND), /integers/);
  refuses('ERR_OP', () => comm.Allreduce(new Float64Array(3), new Float64Array(3), MAXLOC), /pairs/);
});

check('20: MAXLOC and MINLOC, ties to the lower index', (comm) => {
  const { rank, size } = comm;
  assert.deepEqual(comm.allreduce([7, rank], MAXLOC), [7, 0]);
  assert.deepEqual(comm.allreduce([7, rank], MINLOC), [7, 0]);
  for (const Kind of [Float64Array, Int32Array, Float32Array]) {
    const recv = new Kind(4);
    comm.Allreduce(Kind.of(rank, rank, 7, rank), recv, MAXLOC);
    assert.deepEqual(recv, Kind.of(size - 1, size - 1, 7, 0));
  }
});

check('18: user operations', (comm) => {
  const { rank, size } = comm;
  const add = createOp<number[]>((a, b) => a.map((x, i) => x + b[i]!));
  const values = Array.from({ length: 10 }, (_, i) => i * (rank + 1));
  assert.deepEqual(
    comm.allreduce(values, add),
    Array.from({ length: 10 }, (_, i) => (i * size * (size + 1)) / 2),
  );
  const join = createOp<string>((a, b) => a + b, { commutative: false });
  assert.equal(comm.allreduce(String(rank), join), ranks(comm).join(''));
  assert.equal(
    comm.scan(String(rank), join),
    ranks(comm)
      .slice(0, rank + 1)
      .join(''),
  );
  // Associative, not commutative: the operand of the highest rank.
  const last = createOp<number>((_, b) => b, { commutative: false });
  for (const n of [1, 40_000]) {
    const recv = new Float64Array(n);
    const send = new Float64Array(n).fill(rank + 1);
    comm.Allreduce(
      new Float64Array(n).fill(rank),
      recv,
      createOp<number>((a, b) => a + 2 * b - b),
    );
    assert.ok(recv.every((x) => x === triangle(size)));
    for (const root of roots(comm)) {
      comm.Reduce(send, rank === root ? recv : null, last, root);
      if (rank === root) assert.equal(recv[n - 1], size);
    }
    comm.Scan(send, recv, last);
    assert.equal(recv[0], rank + 1);
    comm.Exscan(send, recv, last);
    if (rank > 0) assert.equal(recv[n - 1], rank);
  }
});

checkWorld('whatever the length and the kind: short, long, in one piece or several', (comm) => {
  const { rank, size } = comm;
  const short = [96, 136, 1000, 4088, 4104];
  const long = [2 ** 19, 2 ** 19 + 8, 2 ** 20 + 2 ** 18 + 24];
  for (const Kind of [Float64Array, Int16Array, Uint8Array]) {
    for (const bytes of Kind === Float64Array ? [...short, ...long] : short) {
      const n = bytes / Kind.BYTES_PER_ELEMENT;
      const element = (r: number, i: number) => (r * 7 + i * 3) & 127;
      const own = new Kind(n).map((_, i) => element(rank, i));
      const from = (array: ArrayLike<number>, start: number, source: number, first: number) => {
        for (let i = 0; i < n; i++) {
          if (array[start + i] !== element(source, first + i)) assert.fail(`${i} of ${n}, ${Kind.name}`);
        }
      };
      const root = size - 1;
      const shown = rank === root ? own.slice() : new Kind(n);
      comm.Bcast(shown, root);
      from(shown, 0, root, 0);
      const gathered = new Kind(n * size);
      comm.Allgather(own, gathered);
      for (const r of ranks(comm)) from(gathered, r * n, r, 0);
      const blocks = new Kind(n * size).map((_, i) => element(rank, i));
      const turned = new Kind(n * size);
      comm.Alltoall(blocks, turned);
      for (const r of ranks(comm)) from(turned, r * n, r, rank * n);
      comm.Alltoall(IN_PLACE, blocks);
      for (const r of ranks(comm)) from(blocks, r * n, r, rank * n);
      const most = new Kind(n);
      for (const r of ranks(comm)) most.forEach((x, i) => (most[i] = Math.max(x, element(r, i))));
      const found = new Kind(n);
      comm.Allreduce(own, found, MAX);
      assert.ok(found.every((x, i) => x === most[i]));
      comm.Reduce(own, rank === root ? found.fill(0) : null, MAX, root);
      assert.ok(found.every((x, i) => x === most[i]));
      comm.Allreduce(IN_PLACE, own, MAX);
      assert.ok(own.every((x, i) => x === most[i]));
    }
  }
});

checkWorld('an array again, another of its length, and one whose memory was handed over', (comm) => {
  const { rank, size } = comm;
  let array = new Int32Array(300);
  const total = new Int32Array(300);
  for (let i = 0; i < 12; i++) {
    array.fill(rank === 0 ? i : -1);
    comm.Bcast(array, 0);
    assert.ok(array.every((x) => x === i));
    comm.Allreduce(array, total, SUM);
    assert.ok(total.every((x) => x === i * size));
    comm.Allreduce(IN_PLACE, array, SUM);
    assert.deepEqual(array, total);
    if (i % 3 === 1) array = new Int32Array(300);
    if (i % 3 === 2) {
      const before = array;
      array = structuredClone(before, { transfer: [before.buffer] });
      comm.Bcast(before, 0);
      assert.equal(before.length, 0);
    }
  }
});

check('ReduceScatter', (comm) => {
  const { rank, size } = comm;
  for (const op of [SUM, createOp<number>((a, b) => a + b)]) {
    const counts = ranks(comm).map((r) => r + 1);
    const send = Float64Array.from(ranks(comm).flatMap((r) => Array<number>(r + 1).fill(r + rank)));
    const recv = new Float64Array(rank + 1);
    comm.ReduceScatter(send, recv, counts, op);
    assert.ok(recv.every((x) => x === size * rank + triangle(size)));
    comm.ReduceScatter(IN_PLACE, send, counts, op);
    assert.equal(send[0], size * rank + triangle(size));
    const block = new Int32Array(2);
    comm.ReduceScatterBlock(
      Int32Array.from({ length: 2 * size }, (_, i) => i >> 1),
      block,
      op,
    );
    assert.deepEqual(block, Int32Array.of(size * rank, size * rank));
  }
});

check(
  'an operation of the user is applied along the ranks, to the same bits, whatever the length',
  (comm) => {
    const { rank, size } = comm;
    const op = createOp<number>((a, b) => a / 3 + b, { commutative: false });
    const operand = (r: number, i: number) => Math.sin(r + i);
    for (const each of [1, 7, 9_001]) {
      const counts = ranks(comm).map((r) => each * (r + 1));
      const total = counts.reduce((a, b) => a + b);
      const along = Float64Array.from({ length: total }, (_, i) =>
        ranks(comm)
          .map((r) => operand(r, i))
          .reduce((a, b) => a / 3 + b),
      );
      const start = counts.slice(0, rank).reduce((a, b) => a + b, 0);
      const own = along.subarray(start, start + counts[rank]!);
      const send = Float64Array.from({ length: total }, (_, i) => operand(rank, i));
      const all = new Float64Array(total);
      comm.Allreduce(send, all, op);
      assert.deepEqual(all, along);
      for (const root of roots(comm)) {
        comm.Reduce(send, rank === root ? all.fill(0) : null, op, root);
        if (rank === root) assert.deepEqual(all, along);
      }
      const recv = new Float64Array(counts[rank]!);
      comm.ReduceScatter(send, recv, counts, op);
      assert.deepEqual(recv, own);
      const block = new Float64Array(total / size);
      if (total % size === 0) {
        comm.ReduceScatterBlock(send, block, op);
        assert.deepEqual(block, along.subarray(rank * block.length, (rank + 1) * block.length));
      }
      comm.ReduceScatter(IN_PLACE, send, counts, op);
      assert.deepEqual(send.subarray(0, counts[rank]), own);
    }
  },
);

checkWorld('self: what each rank does there is its own', (comm) => {
  const { rank } = comm;
  const own = self();
  for (let i = 0; i < 30_000; i++) {
    own.barrier();
    if (i % (rank + 2) === 0) assert.equal(own.bcast(i), i);
  }
});

checkWorld('21: split, dup, self', (comm) => {
  const { rank, size } = comm;
  const part = comm.split(rank < 2 ? 1 : null, size - rank);
  if (rank >= 2) {
    assert.equal(part, null);
  } else {
    assert.equal(part!.size, Math.min(2, size));
    assert.equal(part!.rank, size === 1 ? 0 : 1 - rank);
    assert.deepEqual(part!.allgather(rank), size === 1 ? [0] : [1, 0]);
    part!.free();
    refuses('ERR_COMM', () => part!.send(1, 0), /freed/);
  }
  const parity = comm.split(rank % 2)!;
  assert.equal(parity.rank, rank >> 1);
  assert.equal(
    parity.allreduce(rank, SUM),
    ranks(comm)
      .filter((r) => r % 2 === rank % 2)
      .reduce((a, b) => a + b),
  );
  // Contexts are apart: the same ranks and tags, other messages.
  const twin = parity.dup();
  const sends = [parity.isend('first', parity.rank, 1), twin.isend('second', twin.rank, 1)];
  assert.equal(twin.recv(twin.rank, 1), 'second');
  assert.equal(parity.recv(parity.rank, 1), 'first');
  for (const send of sends) send.wait();
  twin.free();
  parity.free();
  assert.equal(self().size, 1);
  assert.equal(self().allreduce(5, SUM), 5);
  assert.equal(world().rank, rank);
  refuses('ERR_COMM', () => comm.free());
  refuses('ERR_ARG', () => comm.split(-3));
  for (let i = 0; i < 50; i++) {
    const many = comm.dup();
    assert.equal(many.allreduce(1, SUM), size);
    many.free();
  }
});

check('Alltoallw and Ialltoallw: pieces of any type and shape, views of one field', (comm) => {
  const { rank, size } = comm;
  for (const way of ['blocking', 'non-blocking', 'persistent'] as const) {
    const begin = (send: Pieces | InPlace, recv: Pieces) => {
      if (way === 'blocking') comm.Alltoallw(send, recv);
      if (way === 'non-blocking') comm.Ialltoallw(send, recv).wait();
      if (way !== 'persistent') return;
      const request = comm.AlltoallwInit(send, recv);
      request.start();
      request.wait();
    };
    // From i to j go i + j + 1 elements i, i + j, i + 2j, …, of the type number (i + j) % types; none where i + j is 3.
    const lengthOf = (i: number, j: number) => (i + j === 3 ? 0 : i + j + 1);
    const piece = (i: number, j: number) => {
      const Kind = NUMBERS[(i + j) % NUMBERS.length]!;
      return new Kind(lengthOf(i, j)).map((_, at) => i + at * j);
    };
    const got = ranks(comm).map((i) => {
      const one = piece(i, rank).fill(-1);
      return one.length === 0 ? null : one;
    });
    begin(
      ranks(comm).map((j) => (rank + j === 3 ? null : piece(rank, j))),
      got,
    );
    ranks(comm).forEach((i) => assert.deepEqual(got[i] ?? [], got[i] ? piece(i, rank) : []));

    // A matrix by rows becomes one by columns: rank r has rows r, each of `size` tiles of 2 × 3, with a column that stays.
    const width = 3 * size + 1;
    const field = Int32Array.from({ length: 2 * width }, (_, at) => 1000 * rank + at);
    const turned = new Int32Array(2 * width).fill(-1);
    const tile = (array: Int32Array, j: number) =>
      strided(array, { offset: 3 * j, shape: [2, 3], strides: [width, 1] });
    begin(
      ranks(comm).map((j) => tile(field, j)),
      ranks(comm).map((i) => tile(turned, i)),
    );
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < width - 1; column++) {
        const [i, at] = [Math.floor(column / 3), row * width + 3 * rank + (column % 3)];
        assert.equal(turned[row * width + column], 1000 * i + at);
      }
      assert.equal(turned[row * width + width - 1], -1);
    }
    // In place, long, and with memory that ranks share or not.
    const places = ranks(comm).map((j) =>
      new Float64Array(new SharedArrayBuffer(8 * 5000)).fill(rank * size + j),
    );
    begin(IN_PLACE, places);
    places.forEach((place, i) => assert.ok(place.every((value) => value === i * size + rank)));
  }
  const bytes = ranks(comm).map(() => new Uint8Array(4));
  const others = ranks(comm).map(() => new Uint8Array(4));
  refuses('ERR_COUNT', () => comm.Alltoallw([...bytes, null], others), /pieces to send/);
  refuses('ERR_COUNT', () => comm.Ialltoallw(bytes, others.slice(1)), /pieces to receive/);
  refuses('ERR_TYPE', () => comm.Alltoallw(bytes, new Uint8Array(size) as unknown as Pieces), /list/);
  refuses(
    'ERR_TYPE',
    () => comm.AlltoallwInit(bytes, others.map(() => 3) as unknown as Pieces),
    /view or null/,
  );
  refuses('ERR_BUFFER', () =>
    comm.Alltoallw(
      bytes,
      others.map((array, i) => (i === rank ? bytes[0]! : array)),
    ),
  );
  const field = new Uint8Array(8);
  const overlapping = others.map((_, i) => field.subarray(i >> 1, 4 + (i >> 1)));
  if (size > 1) refuses('ERR_BUFFER', () => comm.Ialltoallw(bytes, overlapping), /overlaps/);
  refuses(
    'ERR_COUNT',
    () =>
      comm.Alltoallw(
        bytes,
        others.map(() => new Uint8Array(5)),
      ),
    /own rank/,
  );
});

check('complex numbers: powers of 1 + i, sums of r + (r + 1)i', (comm) => {
  const { rank, size } = comm;
  // (1 + i)^n by the table of its eighth roots: exact in floats.
  const power = (n: number) => {
    const [re, im] = [
      [1, 0],
      [1, 1],
      [0, 1],
      [-1, 1],
      [-1, 0],
      [-1, -1],
      [0, -1],
      [1, -1],
    ][n % 8]!;
    const scale = 2 ** Math.floor(n / 2);
    return [re! * scale, im! * scale];
  };
  const all = triangle(size);
  assert.deepEqual(comm.allreduce([1, 1], COMPLEX_PROD), power(size));
  assert.deepEqual(comm.allreduce([rank, rank + 1], COMPLEX_SUM), [all, all + size]);
  for (const Kind of [Float32Array, Float64Array]) {
    for (const pairs of [1, 700, 70_000]) {
      const array = new Kind(2 * pairs).fill(1);
      comm.Allreduce(IN_PLACE, array, COMPLEX_PROD);
      const [re, im] = power(size);
      assert.ok(array.every((value, at) => value === (at % 2 === 0 ? re : im)));
    }
    const scanned = new Kind(4);
    comm.Scan(new Kind(4).fill(1), scanned, COMPLEX_PROD);
    assert.deepEqual([...scanned], [...power(rank + 1), ...power(rank + 1)]);
    const sums = new Kind(2);
    comm.Iallreduce(Kind.of(rank, rank + 1), sums, COMPLEX_SUM).wait();
    assert.deepEqual([...sums], [all, all + size]);
  }
  refuses('ERR_OP', () => comm.Allreduce(IN_PLACE, new Float64Array(3), COMPLEX_SUM), /pairs/);
  refuses('ERR_OP', () => comm.Allreduce(IN_PLACE, new Int32Array(2), COMPLEX_PROD), /floats/);
});

check('bad collective arguments are refused', (comm) => {
  const { size } = comm;
  const array = new Float64Array(2 * size);
  refuses('ERR_COUNT', () => comm.Allgather(new Float64Array(3), array), /elements/);
  refuses('ERR_TYPE', () => comm.Allreduce(new Float32Array(2), new Float64Array(2), SUM), /types/);
  refuses('ERR_BUFFER', () => comm.Allreduce(array, array, SUM), /IN_PLACE/);
  refuses('ERR_COUNT', () => comm.alltoall(Array<number>(size + 1).fill(0)));
  refuses('ERR_COUNT', () =>
    comm.Allgatherv(new Float64Array(1), { data: array, counts: Array<number>(size + 1).fill(1) }),
  );
  refuses(
    'ERR_COUNT',
    () => comm.Allgatherv(new Float64Array(1), { data: array, counts: Array<number>(size).fill(100) }),
    /block/,
  );
});

await run();
