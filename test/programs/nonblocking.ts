/** Non-blocking collectives (MPI 4.1 §6.12). Case numbers are those of the specification; values are closed forms. */
import assert from 'node:assert/strict';
import {
  ANY_SOURCE,
  BAND,
  createOp,
  IN_PLACE,
  MAX,
  MAXLOC,
  MINLOC,
  PROC_NULL,
  strided,
  SUM,
  testAll,
  waitAll,
  waitAny,
  waitSome,
  type Communicator,
  type Op,
  type Request,
} from 'flotilla';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';

const ranks = (comm: Communicator) => [...Array(comm.size).keys()];
const roots = (comm: Communicator) => [...new Set([0, comm.size >> 1, comm.size - 1])];
const triangle = (n: number) => (n * (n - 1)) / 2;
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
/** Associative, and not commutative: the composition of x → a·x + b, as pairs interleaved in memory. */
const lettersOp: Op<string> = createOp((a, b) => a + b, { commutative: false });
const LETTERS = 'abcdefghijklmnop';

check('values of every kind: ibcast, igather, iallgather, iscatter', async (comm) => {
  for (const root of roots(comm)) {
    for (const value of [
      undefined,
      null,
      7,
      'x'.repeat(5000),
      new Map([[{ a: [1, 2] }, new Date(5)]]),
      new Float64Array(20_000).fill(root),
    ]) {
      const cast = comm.ibcast(comm.rank === root ? value : undefined, root);
      const gathering = comm.igather(value, root);
      const allgathering = comm.iallgather(value);
      const everyone = ranks(comm).map(() => value);
      assert.deepEqual(await cast, value);
      assert.deepEqual(allgathering.wait(), everyone);
      assert.deepEqual(await gathering, comm.rank === root ? everyone : undefined);
    }
    const lists = ranks(comm).map((r) => ({ text: 'ab'.repeat(r * 1000) }));
    const own = comm.iscatter(comm.rank === root ? lists : undefined, root).wait();
    assert.deepEqual(own, lists[comm.rank]);
    assert.notEqual(own, lists[comm.rank], 'a copy, on the root too');
  }
});

check('12: ialltoall', (comm) => {
  const { rank, size } = comm;
  const got = comm.ialltoall(ranks(comm).map((j) => ({ from: rank, to: j, pad: 'p'.repeat(j * 700) })));
  for (const m of [1, 3, 5000]) {
    const send = new Float64Array(m * size);
    for (let j = 0; j < size; j++) for (let i = 0; i < m; i++) send[j * m + i] = j * size + rank + i;
    const recv = new Float64Array(m * size);
    const inPlace = send.slice();
    waitAll([comm.Ialltoall(send, recv), comm.Ialltoall(IN_PLACE, inPlace)]);
    for (let j = 0; j < size; j++)
      for (let i = 0; i < m; i++) assert.equal(recv[j * m + i], rank * size + j + i);
    assert.deepEqual(inPlace, recv);
  }
  assert.deepEqual(
    got.wait(),
    ranks(comm).map((i) => ({ from: i, to: rank, pad: 'p'.repeat(rank * 700) })),
  );
});

check('13, 14, 18, 20: reductions of values', async (comm) => {
  const { rank, size } = comm;
  const [sum, max, maxloc, minloc] = [
    comm.iallreduce(rank, SUM),
    comm.iallreduce(rank, MAX),
    comm.iallreduce([rank, rank], MAXLOC),
    comm.iallreduce([7, rank], MINLOC),
  ];
  const scan = comm.iscan(rank, SUM);
  const exscan = comm.iexscan(rank, SUM);
  const letters = comm.iscan(LETTERS[rank]!, lettersOp);
  assert.equal(await exscan, rank === 0 ? undefined : triangle(rank));
  assert.equal(await scan, triangle(rank + 1));
  assert.equal(await letters, LETTERS.slice(0, rank + 1));
  assert.deepEqual(
    [await minloc, await maxloc],
    [
      [7, 0],
      [size - 1, size - 1],
    ],
  );
  assert.deepEqual([max.wait(), sum.wait()], [size - 1, triangle(size)]);
  const add = createOp((a: number, b: number) => a + b);
  for (const root of roots(comm)) {
    const total = comm.ireduce(5 * (rank + 1), add, root);
    const word = comm.ireduce(LETTERS[rank]!, lettersOp, root);
    assert.equal(word.wait(), rank === root ? LETTERS.slice(0, size) : undefined);
    assert.equal(await total, rank === root ? 5 * triangle(size + 1) : undefined);
  }
});

check('memory: Ibcast, Iscatter, Igather, Iallgather', async (comm) => {
  const { rank, size } = comm;
  for (const n of [0, 1, 16, 5000, 40_000]) {
    for (const root of roots(comm)) {
      const array = new Float64Array(n).fill(rank === root ? 3 : 0);
      const pieces = rank === root ? Int32Array.from({ length: n * size }, (_, i) => i) : null;
      const piece = new Int32Array(n);
      const all = rank === root ? new Int32Array(n * size) : null;
      const everywhere = new Int32Array(n * size);
      everywhere.fill(rank, rank * n, (rank + 1) * n);
      const requests = [
        comm.Ibcast(array, root),
        comm.Iscatter(pieces, piece, root),
        comm.Igather(new Int32Array(n).fill(rank), all, root),
        comm.Iallgather(IN_PLACE, everywhere),
      ];
      await requests[3];
      waitAll(requests);
      assert.deepEqual(array, new Float64Array(n).fill(3));
      assert.deepEqual(
        piece,
        Int32Array.from({ length: n }, (_, i) => rank * n + i),
      );
      const expected = Int32Array.from({ length: n * size }, (_, i) => Math.floor(i / n));
      if (rank === root) assert.deepEqual(all, expected);
      assert.deepEqual(everywhere, expected);
      if (rank === root) {
        await comm.Igather(IN_PLACE, everywhere, root);
        await comm.Iscatter(pieces, IN_PLACE, root);
      } else {
        await comm.Igather(piece, null, root);
        await comm.Iscatter(null, piece, root);
      }
    }
  }
});

check('Ibcast of and into views', async (comm) => {
  for (const root of roots(comm)) {
    const field = new Float64Array(20).fill(-1);
    const every = strided(field, { offset: 1, shape: [10], strides: [2] });
    const plain = new Float64Array(10);
    if (comm.rank === root) for (let i = 0; i < 10; i++) field[2 * i + 1] = i;
    // A view at the root, arrays elsewhere, and the other way round.
    await comm.Ibcast(comm.rank === root ? every : plain, root);
    if (comm.rank !== root)
      assert.deepEqual(
        plain,
        Float64Array.from({ length: 10 }, (_, i) => i),
      );
    field.fill(-1);
    comm.Ibcast(comm.rank === root ? plain.map((_, i) => i + 1) : every, root).wait();
    if (comm.rank !== root) assert.deepEqual([field[0], field[1], field[18], field[19]], [-1, 1, -1, 10]);
  }
});

check('16: Igatherv, Iallgatherv, Iscatterv, Ialltoallv leave the gaps', (comm) => {
  const { rank, size } = comm;
  const counts = ranks(comm).map((r) => (r % 3) + 1);
  const displs = ranks(comm).map((r) => r * 4);
  const blocks = () => ({ data: new Float32Array(4 * size).fill(-1), counts, displs });
  const own = new Float32Array(counts[rank]!).fill(rank);
  const expected = Float32Array.from({ length: 4 * size }, (_, i) => (i % 4 < counts[i >> 2]! ? i >> 2 : -1));
  for (const root of roots(comm)) {
    const gathered = rank === root ? blocks() : null;
    const all = blocks();
    const back = new Float32Array(counts[rank]!);
    const source = { data: expected, counts, displs };
    waitAll([
      comm.Igatherv(own, gathered, root),
      comm.Iallgatherv(own, all),
      comm.Iscatterv(rank === root ? source : null, back, root),
    ]);
    if (gathered) assert.deepEqual(gathered.data, expected);
    assert.deepEqual(all.data, expected);
    assert.deepEqual(back, own);
  }
  // Rank r sends j + 1 elements r to rank j.
  const sends = {
    data: new Float64Array(triangle(size + 1)).fill(rank),
    counts: ranks(comm).map((j) => j + 1),
  };
  const receives = {
    data: new Float64Array((rank + 2) * size).fill(-1),
    counts: ranks(comm).map(() => rank + 1),
    displs: ranks(comm).map((i) => i * (rank + 2)),
  };
  comm.Ialltoallv(sends, receives).wait();
  const got = Float64Array.from({ length: (rank + 2) * size }, (_, i) =>
    i % (rank + 2) === rank + 1 ? -1 : Math.floor(i / (rank + 2)),
  );
  assert.deepEqual(receives.data, got);
});

check('memory: reductions by operations of MPI and of the user', async (comm) => {
  const { rank, size } = comm;
  const add = createOp((a: number, b: number) => a + b);
  for (const op of [SUM, add]) {
    for (const n of [1, 9, 3000]) {
      const operand = () => Float64Array.from({ length: n }, (_, i) => (rank + 1) * i);
      const times = (factor: number) => Float64Array.from({ length: n }, (_, i) => factor * i);
      const all = new Float64Array(n);
      const scan = new Float64Array(n);
      const exscan = new Float64Array(n).fill(-1);
      const inPlace = operand();
      const pending = [
        comm.Iallreduce(operand(), all, op),
        comm.Iscan(operand(), scan, op),
        comm.Iexscan(operand(), exscan, op),
        comm.Iallreduce(IN_PLACE, inPlace, op),
      ];
      for (const root of roots(comm)) {
        const total = rank === root ? operand() : null;
        await comm.Ireduce(total === null ? operand() : IN_PLACE, total, op, root);
        if (total) assert.deepEqual(total, times(triangle(size + 1)));
        const apart = rank === root ? new Float64Array(n) : null;
        await comm.Ireduce(operand(), apart, op, root);
        if (apart) assert.deepEqual(apart, times(triangle(size + 1)));
      }
      waitAll(pending);
      assert.deepEqual(all, times(triangle(size + 1)));
      assert.deepEqual(inPlace, all);
      assert.deepEqual(scan, times(triangle(rank + 2)));
      if (rank > 0) assert.deepEqual(exscan, times(triangle(rank + 1)));
      const below = operand();
      const upTo = operand();
      waitAll([comm.Iscan(IN_PLACE, upTo, op), comm.Iexscan(IN_PLACE, below, op)]);
      assert.deepEqual(upTo, scan);
      if (rank > 0) assert.deepEqual(below, exscan);
      else if (op === add) assert.deepEqual(below, operand());
    }
  }
  // 20: BAND, and pairs with a tie
  const bits = Uint8Array.of(0xff, 0, rank ? 0xff : 0xf0);
  comm.Iallreduce(IN_PLACE, bits, BAND).wait();
  assert.deepEqual(bits, Uint8Array.of(0xff, 0, 0xf0));
  const pairs = Float64Array.of(5, rank, 10 - rank, rank);
  await comm.Iallreduce(IN_PLACE, pairs, MINLOC);
  assert.deepEqual(pairs, Float64Array.of(5, 0, 11 - size, size - 1));
  const clamped = new Uint8ClampedArray(3).fill(200);
  await comm.Iallreduce(IN_PLACE, clamped, SUM);
  assert.deepEqual(clamped, new Uint8ClampedArray(3).fill(size === 1 ? 200 : 255));
});

check('IreduceScatter, IreduceScatterBlock', (comm) => {
  const { rank, size } = comm;
  const counts = ranks(comm).map((r) => r + 1);
  const total = triangle(size + 1);
  for (const op of [SUM, createOp((a: number, b: number) => a + b)]) {
    const input = () => Float64Array.from({ length: total }, (_, i) => i + rank);
    const expected = Float64Array.from(
      { length: rank + 1 },
      (_, i) => (triangle(rank + 1) + i) * size + triangle(size),
    );
    const recv = new Float64Array(rank + 1);
    const inPlace = input();
    const block = new Int32Array(2);
    waitAll([
      comm.IreduceScatter(input(), recv, counts, op),
      comm.IreduceScatter(IN_PLACE, inPlace, counts, op),
      comm.IreduceScatterBlock(
        Int32Array.from({ length: 2 * size }, (_, i) => i),
        block,
        op,
      ),
    ]);
    assert.deepEqual(recv, expected);
    assert.deepEqual(inPlace.subarray(0, rank + 1), expected);
    assert.deepEqual(block, Int32Array.of(2 * rank * size, (2 * rank + 1) * size));
  }
});

check('many at once, completed in another order on each rank, between blocking ones', async (comm) => {
  const { rank, size } = comm;
  const sums: Request<number>[] = [];
  const arrays: Float64Array[] = [];
  const memory: Request<void>[] = [];
  const barriers: Request<void>[] = [];
  for (let i = 0; i < 40; i++) {
    sums.push(comm.iallreduce(i * rank, SUM));
    const array = new Float64Array(i * 50).fill(i + rank);
    arrays.push(array);
    memory.push(comm.Iallreduce(IN_PLACE, array, SUM));
    if (i % 10 === 0) assert.equal(comm.bcast(rank === i % size ? i : undefined, i % size), i);
    if (i % 7 === 0) barriers.push(comm.ibarrier());
    if (i % 9 === 0) assert.equal(comm.allreduce(1, MAX), 1);
  }
  const order = [...Array(40).keys()].sort((a, b) => ((a * 17 + rank * 5) % 41) - ((b * 17 + rank * 5) % 41));
  for (const i of order) {
    if (i % 2 === 0) assert.equal(await sums[i], i * triangle(size));
    memory[i]!.wait();
    assert.deepEqual(arrays[i], new Float64Array(i * 50).fill(i * size + triangle(size)));
    if (i % 2 === 1) assert.equal(sums[i]!.wait(), i * triangle(size));
  }
  while (!testAll(barriers));
});

check('memory at once after the first of values on a communicator, each rank at its own pace', (comm) => {
  const { rank, size } = comm;
  for (let k = 0; k < 20; k++) {
    const fresh = comm.dup();
    const all = fresh.iallgather({ rank, k });
    const sums: Float64Array[] = [];
    const open: Request<unknown>[] = [];
    for (let i = 0; i < 12; i++) {
      const n = 1 + ((i * 977 + k) % 3000);
      const into = new Float64Array(n);
      sums.push(into);
      open.push(fresh.Iallreduce(new Float64Array(n).fill(i), into, SUM));
      if (i % 3 === 0) open.push(fresh.ibarrier());
      for (let turns = (7 * rank + 5 * i + k) % 9; turns > 0; turns--) fresh.iprobe();
    }
    waitAll(open);
    assert.deepEqual(
      all.wait(),
      ranks(comm).map((r) => ({ rank: r, k })),
    );
    sums.forEach((sum, i) => assert.ok(sum.every((x) => x === i * size)));
    fresh.free();
  }
});

check('waitAny, waitSome and testAll over collectives and messages', (comm) => {
  const { rank, size } = comm;
  const left = (rank + size - 1) % size;
  const requests: (Request<unknown> | null)[] = [
    comm.irecv(left, 3),
    comm.iallgather(rank),
    null,
    comm.Ibcast(new Uint8Array(100_000), 0),
    comm.isend('round', (rank + 1) % size, 3),
    comm.ibarrier(),
  ];
  const seen = new Set<number>();
  while (seen.size < 4) {
    const first = waitAny(requests);
    assert.ok(first !== undefined && first !== 2 && !seen.has(first));
    seen.add(first);
  }
  for (let some = waitSome(requests); some !== undefined; some = waitSome(requests)) {
    for (const i of some) seen.add(i);
  }
  assert.deepEqual([...seen].sort(), [0, 1, 3, 4, 5]);
  assert.equal(testAll(requests), true);
  assert.equal(requests[0]!.wait(), 'round');
  assert.deepEqual(requests[1]!.wait(), ranks(comm));
});

checkWorld('a rank that has begun its part and blocks elsewhere holds nobody up', async (comm) => {
  const { rank, size } = comm;
  if (size === 1) return;
  const last = size - 1;
  const calls: ((on: Communicator) => Request<unknown>)[] = [
    (on) => on.igather('first call on this communicator', last),
    (on) => on.iallreduce(rank, SUM),
    (on) => on.ibarrier(),
    (on) =>
      on.Igather(
        new Float64Array(50_000).fill(rank),
        rank === last ? new Float64Array(50_000 * size) : null,
        last,
      ),
    (on) => on.Iallreduce(new Float64Array(50_000).fill(rank), new Float64Array(50_000), SUM),
    (on) =>
      on.Iallreduce(
        Int32Array.of(rank),
        new Int32Array(1),
        createOp((a: number, b: number) => a + b),
      ),
  ];
  for (const fresh of [true, false]) {
    for (const begin of calls) {
      const on = comm.dup();
      if (!fresh) on.iallgather(0).wait();
      // All others wait for the collective before they release rank 0, which blocks in a receive,
      const first = begin(on);
      if (rank === 0) for (let i = 1; i < size; i++) assert.equal(comm.recv(ANY_SOURCE, 4), 'go on');
      else {
        first.wait();
        comm.send('go on', 0, 4);
      }
      first.wait();
      // in a probe, a long send,
      const second = begin(on);
      const long = new Float64Array(100_000).fill(rank);
      if (rank === 0) {
        comm.probe(1, 5);
        comm.Recv(new Uint8Array(4), 1, 5);
        comm.Send(long, 1, 6);
      } else {
        second.wait();
        if (rank === 1) {
          comm.Send(new Uint8Array(4), 0, 5);
          comm.Recv(long, 0, 6);
          assert.equal(long[99_999], 0);
        }
      }
      await second;
      // or in a collective on the same communicator.
      const third = begin(on);
      if (rank !== 0) third.wait();
      on.barrier();
      await third;
      on.free();
    }
  }
});

check('what the user changes after the call of a value does not arrive', (comm) => {
  const list = [comm.rank, { deep: comm.rank }];
  const all = comm.iallgather(list);
  list[0] = -1;
  Object.assign(list[1]!, { deep: -1 });
  assert.deepEqual(
    all.wait(),
    ranks(comm).map((r) => [r, { deep: r }]),
  );
});

check('an operation that throws: the error is that of the request', async (comm) => {
  if (comm.size === 1) return;
  const broken = createOp((): number => {
    throw new RangeError('no sum today');
  });
  const values = comm.iallreduce(1, broken);
  await assert.rejects(async () => await values, /no sum today/);
  assert.equal(comm.iallreduce(1, SUM).wait(), comm.size);
});

check('refusals, before anything is sent', (comm) => {
  const { size, rank } = comm;
  const f = new Float64Array(2 * size);
  for (const root of [-size, size, -1, 0.5, PROC_NULL]) {
    refuses('ERR_ROOT', () => comm.ireduce(1, SUM, root), /ireduce/);
    refuses('ERR_ROOT', () => comm.ibcast(1, root));
    refuses('ERR_ROOT', () => comm.igather(1, root));
    refuses('ERR_ROOT', () => comm.Ibcast(f, root), /Ibcast/);
  }
  refuses('ERR_TYPE', () => comm.iallgather(() => 1), /iallgather/);
  refuses('ERR_TYPE', () => comm.Iallgather(new Int8Array(2), f), /Iallgather/);
  refuses('ERR_COUNT', () => comm.ialltoall(new Array(size + 1).fill(0)));
  refuses('ERR_COUNT', () => comm.Iallreduce(new Float64Array(1), f, SUM));
  refuses('ERR_OP', () => comm.Iallreduce(IN_PLACE, f, BAND));
  refuses('ERR_BUFFER', () => comm.Iallreduce(f, f, SUM));
  refuses('ERR_COUNT', () => comm.IreduceScatter(f, f.slice(), [1], SUM));
  if (rank !== 0) refuses('ERR_BUFFER', () => comm.Igather(IN_PLACE, f, 0));
  const sum = comm.iallreduce({ a: 1 } as unknown as number, MAX);
  if (size > 1) refuses('ERR_OP', () => sum.wait(), /iallreduce/);
  const dup = comm.dup();
  dup.free();
  refuses('ERR_COMM', () => dup.ibarrier());
  refuses('ERR_COMM', () => dup.Ibcast(f));
});

check('a communicator freed while requests are pending; requests let go', (comm) => {
  const { rank, size } = comm;
  const dup = comm.dup();
  const sum = dup.iallreduce(rank, SUM);
  const array = new Float64Array(30_000).fill(rank);
  const memory = dup.Iallreduce(IN_PLACE, array, SUM);
  const word = dup.ireduce('w', lettersOp, size - 1);
  dup.ibarrier().free();
  dup.iallgather([rank]).free();
  dup.free();
  assert.equal(sum.wait(), triangle(size));
  memory.wait();
  assert.equal(array[29_999], triangle(size));
  // Not withdrawn: others count on it.
  word.cancel();
  assert.equal(word.wait(), rank === size - 1 ? 'w'.repeat(size) : undefined);
});

check('while a collective is awaited the event loop goes on', async (comm) => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const barrier = comm.ibarrier();
  if (comm.rank === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  else assert.equal(comm.size > 1 && barrier.test() && ticks > 0, false);
  const [, total] = await Promise.all([barrier, comm.iallreduce(factorial(comm.rank), SUM)]);
  assert.equal(
    total,
    ranks(comm).reduce((sum, r) => sum + factorial(r), 0),
  );
  clearInterval(timer);
});

await run();
