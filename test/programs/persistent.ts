/** Persistent requests (MPI 4.1 §3.9) and collectives (§6.13). */
import assert from 'node:assert/strict';
import {
  ANY_SOURCE,
  ANY_TAG,
  BAND,
  createOp,
  IN_PLACE,
  PROC_NULL,
  startAll,
  Status,
  strided,
  SUM,
  testAll,
  waitAll,
  waitAny,
  type Communicator,
  type PersistentRequest,
} from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';

const neighbours = ({ rank, size }: Communicator) => ({
  left: (rank + size - 1) % size,
  right: (rank + 1) % size,
});

check('round a ring, again and again, completed in every way', async (comm) => {
  const { left, right } = neighbours(comm);
  const out = new Float64Array(3);
  const into = new Float64Array(4).fill(-1);
  const requests = [comm.RecvInit(into, left, 7), comm.SendInit(out, right, 7)];
  const ways: (() => unknown)[] = [
    () => waitAll(requests),
    () => Promise.all(requests),
    () => {
      while (!testAll(requests));
    },
    () => {
      assert.deepEqual([waitAny(requests), waitAny(requests)].sort(), [0, 1]);
      assert.equal(waitAny(requests), undefined);
    },
    () => requests.forEach((request) => request.wait()),
  ];
  for (let step = 0; step < 25; step++) {
    out.fill(comm.rank + step);
    startAll(requests);
    await ways[step % ways.length]!();
    assert.deepEqual(into, Float64Array.of(left + step, left + step, left + step, -1));
  }
  for (const request of requests) request.free();
});

check('long and synchronous ones; the status of each', (comm) => {
  const { left, right } = neighbours(comm);
  const out = new Int32Array(40_000);
  const into = new Int32Array(50_000);
  const receive = comm.RecvInit(into);
  const send = comm.SsendInit(out, right, 2);
  const status = new Status();
  for (let step = 0; step < 4; step++) {
    out.fill(step - comm.rank);
    startAll([receive, send]);
    receive.wait(status);
    assert.deepEqual([status.source, status.tag, status.count(4)], [left, 2, 40_000]);
    assert.equal(into[39_999], step - left);
    // Now it is inactive, and its status that of no message.
    receive.wait(status);
    assert.deepEqual([status.source, status.tag, status.count(4)], [ANY_SOURCE, ANY_TAG, 0]);
    send.wait();
    comm.barrier();
  }
});

check('inactive ones are complete, and null to waitAny', async (comm) => {
  const { left, right } = neighbours(comm);
  const receive = comm.RecvInit(new Uint8Array(1), left, 1);
  const send = comm.SendInit(Uint8Array.of(9), right, 1);
  assert.equal(receive.test(), true);
  receive.wait();
  await receive;
  assert.equal(waitAny([receive, send]), undefined);
  assert.equal(testAll([receive, send]), true);
  startAll([send, receive]);
  waitAll([receive, send]);
  assert.equal(waitAny([receive, send]), undefined);
});

check('started while active, freed, of a freed communicator', (comm) => {
  const { left, right } = neighbours(comm);
  const array = new Uint8Array(1);
  const receive = comm.RecvInit(array, left, 1);
  const other = comm.RecvInit(array, left, 2);
  receive.start();
  refuses('ERR_REQUEST', () => receive.start(), /active/);
  refuses('ERR_REQUEST', () => startAll([other, receive]), /active/);
  assert.equal(other.test(), true, 'not begun when another cannot be');
  // Nobody sends before all have looked.
  comm.barrier();
  comm.Send(Uint8Array.of(5), right, 1);
  receive.wait();
  assert.equal(array[0], 5);
  // One that test has found complete may begin again.
  receive.start();
  comm.Send(Uint8Array.of(6), right, 1);
  while (!receive.test());
  receive.start();
  comm.Send(Uint8Array.of(7), right, 1);
  receive.wait();
  assert.equal(array[0], 7);
  receive.free();
  refuses('ERR_REQUEST', () => receive.start(), /freed/);
  const dup = comm.dup();
  const orphan = dup.SendInit(array, right);
  dup.free();
  refuses('ERR_COMM', () => orphan.start(), /SendInit/);
});

check('views: the elements of each start, in their places', (comm) => {
  const { left, right } = neighbours(comm);
  const field = new Int32Array(12).fill(-1);
  const column = (j: number) => strided(field, { offset: j, shape: [3], strides: [4] });
  const requests = [comm.RecvInit(column(0), left), comm.SendInit(column(2), right)];
  for (let step = 0; step < 3; step++) {
    for (let i = 0; i < 3; i++) field[4 * i + 2] = 10 * step + comm.rank + i;
    startAll(requests);
    waitAll(requests);
    const [a, b] = [10 * step + left, 10 * step + comm.rank];
    assert.deepEqual(field, Int32Array.of(a, -1, b, -1, a + 1, -1, b + 1, -1, a + 2, -1, b + 2, -1));
  }
});

check('cancel, and begin again', (comm) => {
  const { left, right } = neighbours(comm);
  const array = new Uint8Array(1);
  const receive = comm.RecvInit(array, left, 1);
  const status = new Status();
  receive.start();
  receive.cancel();
  receive.wait(status);
  assert.equal(status.cancelled, true);
  comm.barrier();
  receive.start();
  comm.Send(Uint8Array.of(8), right, 1);
  receive.wait(status);
  assert.deepEqual([status.cancelled, array[0]], [false, 8]);
});

check('PROC_NULL, and what is refused when described', (comm) => {
  const array = new Uint8Array(1);
  const nobody: PersistentRequest[] = [comm.SendInit(array, PROC_NULL), comm.RecvInit(array, PROC_NULL)];
  for (let i = 0; i < 2; i++) {
    startAll(nobody);
    waitAll(nobody);
  }
  refuses('ERR_RANK', () => comm.SendInit(array, comm.size), /SendInit/);
  refuses('ERR_RANK', () => comm.RecvInit(array, -7));
  refuses('ERR_TAG', () => comm.SsendInit(array, 0, -1));
  refuses('ERR_TYPE', () => comm.SendInit(null as unknown as Uint8Array, 0));
});

/** Every collective that can be described, what each rank gives and gets in round `step`; closed forms. */
function* collectives(comm: Communicator): Generator<{
  request: PersistentRequest;
  give: (step: number) => unknown;
  expect: (step: number) => void;
}> {
  const { rank, size } = comm;
  const all = [...Array(size).keys()];
  const root = size - 1;
  const sum = (f: (r: number) => number, ranks: readonly number[] = all) =>
    ranks.reduce((s, r) => s + f(r), 0);
  const one = () => new Float64Array(2);
  const many = () => new Float64Array(2 * size);
  const each = (value: (r: number) => number) => all.flatMap((r) => [value(r), value(r)]);
  const counts = all.map((r) => r + 1);
  const packed = all.flatMap((r) => Array<number>(r + 1).fill(r));
  const is = (array: Float64Array, values: readonly number[], here = true) => {
    if (here) assert.deepEqual([...array], values);
  };
  const atRoot = rank === root;
  /** What this rank sends to rank r in a round. */
  const f = (from: number, to: number, step: number) => 100 * step + 10 * from + to;

  yield { request: comm.barrierInit(), give: () => undefined, expect: () => undefined };
  {
    const array = one();
    const give = (step: number) => array.fill(atRoot ? step : -1);
    yield { request: comm.BcastInit(array, root), give, expect: (step) => is(array, [step, step]) };
  }
  {
    const field = new Float64Array(4);
    const column = strided(field, { offset: 1, shape: [2], strides: [2] });
    const give = (step: number) => field.set(atRoot ? [0, step, 0, step + 1] : [0, -1, 0, -1]);
    const expect = (step: number) => is(field, [0, step, 0, step + 1]);
    yield { request: comm.BcastInit(column, root), give, expect };
  }
  for (const inPlace of [false, true]) {
    const [own, whole] = [one(), many()];
    const give = (step: number) => {
      whole.set(each((r) => (atRoot ? f(rank, r, step) : -1)));
      own.fill(-1);
    };
    const expect = (step: number) => {
      if (!inPlace || !atRoot) is(own, [f(root, rank, step), f(root, rank, step)]);
    };
    yield {
      request: comm.ScatterInit(atRoot ? whole : null, inPlace && atRoot ? IN_PLACE : own, root),
      give,
      expect,
    };
  }
  {
    const own = new Float64Array(rank + 1);
    const whole = new Float64Array(packed.length);
    const give = (step: number) => whole.set(packed.map((r) => (atRoot ? f(rank, r, step) : -1)));
    const expect = (step: number) => is(own, Array<number>(rank + 1).fill(f(root, rank, step)));
    const blocks = { data: whole, counts: [...counts] };
    yield { request: comm.ScattervInit(atRoot ? blocks : null, own, root), give, expect };
    blocks.counts.fill(0); // has been copied
  }
  {
    const [own, whole] = [one(), many()];
    const give = (step: number) => own.fill(f(rank, root, step));
    const expect = (step: number) =>
      is(
        whole,
        each((r) => f(r, root, step)),
        atRoot,
      );
    yield { request: comm.GatherInit(own, atRoot ? whole : null, root), give, expect };
  }
  {
    const own = new Float64Array(rank + 1);
    const whole = new Float64Array(packed.length);
    const give = (step: number) => own.fill(f(rank, root, step));
    const expect = (step: number) =>
      is(
        whole,
        packed.map((r) => f(r, root, step)),
        atRoot,
      );
    yield { request: comm.GathervInit(own, atRoot ? { data: whole, counts } : null, root), give, expect };
  }
  {
    const whole = many();
    const give = (step: number) => whole.fill(-1).fill(f(rank, 0, step), 2 * rank, 2 * rank + 2);
    const expect = (step: number) =>
      is(
        whole,
        each((r) => f(r, 0, step)),
      );
    yield { request: comm.AllgatherInit(IN_PLACE, whole), give, expect };
  }
  {
    const own = new Float64Array(rank + 1);
    const whole = new Float64Array(packed.length);
    const give = (step: number) => own.fill(f(rank, 0, step));
    const expect = (step: number) =>
      is(
        whole,
        packed.map((r) => f(r, 0, step)),
      );
    yield { request: comm.AllgathervInit(own, { data: whole, counts }), give, expect };
  }
  {
    const [from, into] = [many(), many()];
    const give = (step: number) => from.set(each((r) => f(rank, r, step)));
    const expect = (step: number) =>
      is(
        into,
        each((r) => f(r, rank, step)),
      );
    yield { request: comm.AlltoallInit(from, into), give, expect };
    const [other, there] = [many(), many()];
    const two = counts.map(() => 2);
    const request = comm.AlltoallvInit({ data: other, counts: two }, { data: there, counts: two });
    yield {
      request,
      give: (step) => other.set(each((r) => f(rank, r, step))),
      expect: (step) =>
        is(
          there,
          each((r) => f(r, rank, step)),
        ),
    };
    const pieces = all.map(one);
    const places = all.map(one);
    yield {
      request: comm.AlltoallwInit(pieces, places),
      give: (step) => pieces.forEach((piece, r) => piece.fill(f(rank, r, step))),
      expect: (step) => places.forEach((place, r) => is(place, [f(r, rank, step), f(r, rank, step)])),
    };
  }
  for (const op of [SUM, createOp<number>((a, b) => a + b)]) {
    const [own, total, everywhere, below, before] = [one(), one(), one(), one(), one()];
    const give = (step: number) => own.fill(rank + step);
    const total1 = (step: number) => sum((r) => r + step);
    const upTo = all.slice(0, rank + 1);
    const lower = all.slice(0, rank);
    const twice = (value: number) => [value, value];
    yield {
      request: comm.ReduceInit(own, atRoot ? total : null, op, root),
      give,
      expect: (step) => is(total, twice(total1(step)), atRoot),
    };
    yield {
      request: comm.AllreduceInit(own, everywhere, op),
      give,
      expect: (step) => is(everywhere, twice(total1(step))),
    };
    yield {
      request: comm.ScanInit(own, below, op),
      give,
      expect: (step) => is(below, twice(sum((r) => r + step, upTo))),
    };
    yield {
      request: comm.ExscanInit(own, before, op),
      give,
      expect: (step) => is(before, twice(rank === 0 ? 0 : sum((r) => r + step, lower))),
    };
    const operands = many();
    const part = one();
    const gives = (step: number) => operands.set(each((r) => f(rank, r, step)));
    const parts = (step: number) => is(part, twice(sum((r) => f(r, rank, step))));
    yield { request: comm.ReduceScatterBlockInit(operands, part, op), give: gives, expect: parts };
    const pieces = new Float64Array(packed.length);
    const piece = new Float64Array(rank + 1);
    yield {
      request: comm.ReduceScatterInit(pieces, piece, counts, op),
      give: (step) => pieces.set(packed.map((r) => f(rank, r, step))),
      expect: (step) => is(piece, Array<number>(rank + 1).fill(sum((r) => f(r, rank, step)))),
    };
  }
}

check('collectives, one after another and all at once', async (comm) => {
  const dup = comm.dup();
  const described = [...collectives(dup)];
  for (const step of [1, 2]) {
    for (const { request, give, expect } of described) {
      give(step);
      request.start();
      if (step === 1) request.wait();
      else await request;
      assert.equal(request.test(), true);
      expect(step);
    }
  }
  const requests = described.map(({ request }) => request);
  for (const step of [3, 4]) {
    // Some are given the same array twice: it is only read.
    for (const { give } of described) give(step);
    startAll(requests);
    const between = dup.iallreduce(1, SUM);
    const counted = Int32Array.of(1);
    dup.Allreduce(IN_PLACE, counted, SUM);
    assert.equal(between.wait(), dup.size);
    assert.equal(counted[0], dup.size);
    waitAll(requests);
    for (const { expect } of described) expect(step);
  }
  assert.equal(waitAny(requests), undefined);
  for (const request of requests) request.free();
  refuses('ERR_REQUEST', () => requests[0]!.start(), /freed/);
  refuses('ERR_ROOT', () => dup.BcastInit(new Int8Array(1), dup.size), /BcastInit/);
  refuses('ERR_TYPE', () => dup.BcastInit([1] as unknown as Int8Array));
  refuses(
    'ERR_COUNT',
    () => dup.AllgatherInit(new Int8Array(2), new Int8Array(2 * dup.size + 1)),
    /AllgatherInit/,
  );
  refuses('ERR_OP', () => dup.AllreduceInit(IN_PLACE, new Float64Array(1), BAND));
  const request = dup.barrierInit();
  dup.free();
  refuses('ERR_COMM', () => request.start());
});

await run();
