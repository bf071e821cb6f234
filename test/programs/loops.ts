/** Parallel loops: every item exactly once, at any number of ranks. */
import assert from 'node:assert/strict';
import { self, SUM, world, type Communicator } from 'flotilla';
import {
  callOnRootAndBroadcast,
  gather,
  ItemError,
  mapOrdered,
  mapUnordered,
  splitManaged,
  splitRoundRobin,
} from 'flotilla/loop';
import { check, checkWorld, run } from '../harness/cases.ts';

const items = (n: number) => Array.from({ length: n }, (_, i) => i);
const everyItemOnce = (comm: Communicator, mine: number[], n: number) =>
  assert.deepEqual(
    comm
      .allgather(mine)
      .flat()
      .sort((a, b) => a - b),
    items(n),
  );
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

check('round robin', (comm) => {
  const mine = [...splitRoundRobin(items(23), { comm })];
  assert.deepEqual(
    mine,
    items(23).filter((i) => i % comm.size === comm.rank),
  );
  assert.deepEqual([...splitRoundRobin(new Set(items(23)), { comm })], mine);
  assert.deepEqual([...splitRoundRobin([], { comm })], []);
});

check('managed: each item once', (comm) => {
  for (const n of [0, 1, 2, 7, 1000]) {
    for (const root of [0, comm.size - 1, 'works'] as const) {
      const mine = [...splitManaged(items(n), { comm, root })];
      everyItemOnce(comm, mine, n);
      if (root !== 'works' && comm.size > 1 && comm.rank === root) assert.deepEqual(mine, []);
    }
  }
  everyItemOnce(comm, [...splitManaged(new Set(items(50)), { comm })], 50);
});

check('managed: bodies that await', async (comm) => {
  const mine: number[] = [];
  for (const i of splitManaged(items(30), { comm })) {
    await pause(i % 3 === 0 ? 1 : 0);
    mine.push(i);
  }
  everyItemOnce(comm, mine, 30);
  const more: number[] = [];
  for await (const i of splitManaged(items(30), { comm, root: 'works' })) {
    await pause(i % 3 === 0 ? 1 : 0);
    more.push(i);
  }
  everyItemOnce(comm, more, 30);
  const each: number[] = [];
  await splitManaged(items(30), { comm }).forEach((item, index) => {
    assert.equal(item, index);
    each.push(item);
  });
  everyItemOnce(comm, each, 30);
});

check('managed: a break gives the rest back', (comm) => {
  const mine: number[] = [];
  const leaver = comm.size > 2 ? comm.size - 1 : -1;
  for (const i of splitManaged(items(200), { comm, root: 0 })) {
    mine.push(i);
    if (comm.rank === leaver) break;
  }
  everyItemOnce(comm, mine, 200);
});

check("managed: 'collect' names every failed item", async (comm) => {
  const failing = [3, 17];
  const body = (i: number) => {
    if (failing.includes(i)) throw new RangeError(`no ${i}`);
  };
  await assert.rejects(
    splitManaged(items(40), { comm, onError: 'collect' }).forEach(body),
    (error: unknown) => {
      assert.ok(error instanceof AggregateError);
      const errors = error.errors as ItemError[];
      assert.deepEqual(
        errors.map(({ index }) => index),
        failing,
      );
      assert.match(errors[0]!.message, /no 3/);
      assert.ok(errors[1]!.cause instanceof RangeError);
      return true;
    },
  );
  if (comm.size < 3) return;
  // In a for statement: the rank itself gets its error, the others the list.
  let caught: unknown;
  const done: number[] = [];
  try {
    for (const i of splitManaged(items(40), { comm, onError: 'collect' })) {
      if (i === 5) throw new RangeError('five');
      done.push(i);
    }
  } catch (error) {
    caught = error;
  }
  if (!(caught instanceof RangeError)) {
    assert.ok(caught instanceof AggregateError);
    assert.deepEqual(
      (caught.errors as ItemError[]).map(({ index }) => index),
      [5],
    );
  }
  assert.equal(comm.allreduce(caught instanceof RangeError ? 1 : 0, SUM), 1);
  assert.deepEqual(
    comm
      .allgather(done)
      .flat()
      .sort((a, b) => a - b),
    items(40).filter((i) => i !== 5),
  );
});

check('managed: loops follow each other and nest on other ranks', (comm) => {
  for (let round = 0; round < 20; round++)
    everyItemOnce(comm, [...splitManaged(items(round), { comm })], round);
  const pairs: number[] = [];
  for (const i of splitManaged(items(5), { comm })) {
    for (const j of splitManaged(items(4), { comm: self() })) pairs.push(4 * i + j);
  }
  everyItemOnce(comm, pairs, 20);
  if (comm.size === 1) return;
  let refused = 0;
  for (const i of splitManaged(items(5), { comm })) {
    assert.throws(() => [...splitManaged([i], { comm })], /inside another loop/);
    refused++;
  }
  assert.equal(comm.allreduce(refused, SUM), 5);
});

check('maps', async (comm) => {
  const root = comm.size - 1;
  for (const n of [0, 1, 50, 500]) {
    const squares: number[] = [];
    for await (const value of mapUnordered((i: number) => i * i, items(n), { comm, root }))
      squares.push(value);
    if (comm.rank === root)
      assert.deepEqual(
        squares.sort((a, b) => a - b),
        items(n).map((i) => i * i),
      );
    else assert.deepEqual(squares, []);
    const ordered: { index: number; value: string }[] = [];
    const work = async (i: number) => {
      if (i % 7 === 0) await pause(1);
      return `v${i}`;
    };
    for await (const result of mapOrdered(work, items(n), { comm, root, indexed: true, buffer: 8 }))
      ordered.push(result);
    if (comm.rank === root)
      assert.deepEqual(
        ordered,
        items(n).map((index) => ({ index, value: `v${index}` })),
      );
  }
  // A slow body does not lose results, and a break ends the loop for everybody.
  let seen = 0;
  for await (const array of mapUnordered((i: number) => new Float64Array(5000).fill(i), items(30), {
    comm,
    buffer: 3,
  })) {
    assert.equal(array[4999], array[0]);
    await pause(1);
    if (++seen === 10) break;
  }
  if (comm.rank === 0) assert.equal(seen, 10);
});

check('maps: errors reach the root with index and message', async (comm) => {
  const work = (i: number) => {
    if (i === 4) throw new TypeError('four');
    return i;
  };
  const consume = async (onError: 'abort' | 'collect') => {
    const got: number[] = [];
    for await (const value of mapUnordered(work, items(12), { comm, onError })) got.push(value);
    return got;
  };
  if (comm.rank !== 0) {
    await consume('abort');
    await consume('collect');
    return;
  }
  await assert.rejects(consume('abort'), (error: unknown) => {
    assert.ok(error instanceof ItemError);
    assert.equal(error.index, 4);
    assert.match(error.message, /item 4 on rank \d+: TypeError: four/);
    assert.ok(error.cause instanceof TypeError);
    return true;
  });
  await assert.rejects(consume('collect'), (error: unknown) => {
    assert.ok(error instanceof AggregateError);
    assert.match(error.message, /1 item failed: 4/);
    return true;
  });
});

checkWorld('gather and a call on the root', async (comm) => {
  assert.deepEqual(gather(comm.rank), comm.rank === 0 ? items(comm.size) : undefined);
  assert.equal(await callOnRootAndBroadcast(() => `from ${comm.rank}`), 'from 0');
  const root = comm.size - 1;
  await assert.rejects(
    callOnRootAndBroadcast(
      async () => {
        await pause(1);
        throw new SyntaxError('at the root');
      },
      { root },
    ),
    { name: 'SyntaxError', message: 'at the root' },
  );
  // An error with something that cannot travel arrives without it, and nobody is left waiting.
  await assert.rejects(
    callOnRootAndBroadcast(() => {
      throw Object.assign(new RangeError('upload failed'), { code: 'E_UPLOAD', retry: () => 1 });
    }),
    { name: 'RangeError', message: 'upload failed', code: 'E_UPLOAD' },
  );
  assert.equal(world().size, comm.size);
});

await run();
