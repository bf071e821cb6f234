/** Parallel loops: every item exactly once, at any number of ranks. */
import assert from 'node:assert/strict';
import { FlotillaError, self, SUM, world, type Communicator } from 'flotilla';
import {
  callOnRootAndBroadcast,
  gather,
  ItemError,
  LoopError,
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

/** Every rank gets the same error, and goes on. */
async function failsAlike(
  comm: Communicator,
  body: () => unknown,
  expected: { name: string; code?: string; message: string | RegExp },
): Promise<void> {
  let caught: unknown;
  try {
    await body();
  } catch (error) {
    caught = error;
  }
  // An MpiError names the rank that it was thrown on.
  const told = String(caught).replace(/^(MpiError: \w+) on rank \d+/, '$1');
  assert.deepEqual(new Set(comm.allgather(told)), new Set([told]));
  assert.throws(() => {
    throw caught;
  }, expected);
}
/** Runs a managed loop and both maps to their ends. */
const LOOPS: Readonly<Record<string, (items: Iterable<unknown>, options: object) => unknown>> = {
  splitManaged: (all, options) => [...splitManaged(all, options)],
  'splitManaged, awaiting': (all, options) => splitManaged(all, options).forEach(() => undefined),
  "splitManaged, root: 'works'": (all, options) => [...splitManaged(all, { ...options, root: 'works' })],
  mapUnordered: async (all, options) => {
    for await (const value of mapUnordered((item) => item, all, options)) assert.notEqual(value, undefined);
  },
  mapOrdered: async (all, options) => {
    for await (const value of mapOrdered((item) => item, all, options)) assert.notEqual(value, undefined);
  },
};
/** Places of items, one by one, and how many have been taken. */
function* counted(n: number, read: { count: number }): Generator<number, void, void> {
  for (let i = 0; i < n; i++) {
    read.count++;
    yield i;
  }
}

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

/** A signal that is aborted from the k-th question on, as one that looks at a clock. */
function abortedAfter(questions: number): AbortSignal {
  const { signal } = new AbortController();
  let asked = 0;
  Object.defineProperty(signal, 'aborted', { get: () => asked++ >= questions });
  return signal;
}

for (const root of [0, 'works'] as const)
  check(`managed, root ${root}: an aborted signal hands out no more`, async (comm) => {
    for (const questions of [0, 1, 5]) {
      const mine: number[] = [];
      const loop = splitManaged(items(100_000), { comm, root, signal: abortedAfter(questions) });
      for (const i of loop) mine.push(i);
      const all = comm.allgather(mine).flat();
      assert.equal(new Set(all).size, all.length);
      assert.ok(
        questions === 0 ? all.length === 0 : all.length > 0 && all.length < 100_000,
        String(all.length),
      );
    }
    await failsAlike(comm, () => LOOPS.splitManaged!(items(9), { comm, signal: true }), {
      name: 'LoopError',
      code: 'ERR_OPTION',
      message: 'splitManaged: signal must be an AbortSignal, not true',
    });
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

check('items that differ from rank to rank end the loop with one error on all of them', async (comm) => {
  if (comm.size === 1) return;
  const mine = (own: unknown[], others: unknown[]) => (comm.rank === comm.size - 1 ? own : others);
  const who = comm.size - 1;
  for (const [name, loop] of Object.entries(LOOPS)) {
    for (const [own, others] of [
      [5, 8],
      [8, 5],
      [0, 3],
      [300, 0],
    ] as const) {
      const lengths = new RegExp(`rank ${who} has (${own}|more) items, rank 0 has ${others}: .* same on all`);
      const fails = { name: 'LoopError', code: 'ERR_ITEMS', message: lengths };
      await failsAlike(comm, () => loop(mine(items(own), items(others)), { comm }), fails);
      // Of iterators it is noticed at the end, or where one of them ends.
      const either = new RegExp(
        `rank ${who} has (${own}|more) items, rank 0 has (at least )?\\d+: .* same on all`,
      );
      const set = () => new Set(mine(items(own), items(others)));
      await failsAlike(comm, () => loop(set(), { comm }), { ...fails, message: either });
    }
    const swapped = {
      name: 'LoopError',
      code: 'ERR_ITEMS',
      message: /item .* on rank \d+ is not that of rank 0/,
    };
    for (const [a, b] of [
      [1, 2],
      ['a.csv', 'b.csv'],
      [
        [0.1, 1],
        [0.1, 2],
      ],
      [1n, true],
      [{ a: 1 }, undefined],
    ])
      await failsAlike(comm, () => loop(new Array(9).fill(comm.rank === 0 ? a : b), { comm }), swapped);
    // Objects count as alike, whatever is in them.
    await loop(new Array(9).fill({ of: comm.rank }), { comm });
    assert.ok(name);
  }
});

check('what is no iterable, and options that do not exist, are told on all ranks', async (comm) => {
  const bad = (options: object) => options as Parameters<typeof splitManaged>[1];
  const option = (message: RegExp) => ({ name: 'LoopError', code: 'ERR_OPTION', message });
  const noItems = (of: string, what: string) => ({
    name: 'LoopError',
    code: 'ERR_ITEMS',
    message: `${of} needs an array or another iterable, not ${what}`,
  });
  for (const [name, loop] of Object.entries(LOOPS)) {
    const of = name.replace(/,.*/, '');
    const map = of.startsWith('map');
    for (const [given, text] of [
      [{ a: 1 }, '{"a":1}'],
      [5, '5'],
      [undefined, 'undefined'],
      [null, 'null'],
    ] as const)
      await failsAlike(comm, () => loop(given as never, { comm }), noItems(of, text));
    // On one rank alone it is the error of all.
    for (const wrong of comm.size > 1 ? [0, comm.size - 1] : [0]) {
      const given = comm.rank === wrong ? (7 as never) : [1, 2, 3];
      await failsAlike(comm, () => loop(given, { comm }), noItems(of, '7'));
      const options = comm.rank === wrong ? { comm, progres: true } : { comm };
      await failsAlike(
        comm,
        () => loop([1], options),
        option(/no option 'progres': did you mean 'progress'/),
      );
    }
    await failsAlike(
      comm,
      () => loop([1], { comm, onError: 'ignore' }),
      option(/onError must be 'abort' or/),
    );
    await failsAlike(comm, () => loop([1], { comm, progress: 3 }), option(/progress must be/));
    assert.throws(
      () => splitManaged([1], bad({ comm: null })),
      option(/comm must be a communicator, not null/),
    );
    if (!map) continue;
    await failsAlike(comm, () => loop([1], { comm, buffer: 0 }), option(/buffer must be a whole number/));
    await failsAlike(comm, () => loop([1], { comm, indexed: 1 }), option(/indexed must be true or false/));
    for (const root of [comm.size, -1, 0.5, '0'])
      await failsAlike(comm, () => loop([1], { comm, root }), {
        name: 'MpiError',
        code: 'ERR_ROOT',
        message: /cannot be the root of map/,
      });
  }
  const swapped = mapUnordered([1] as never, ((x: number) => x) as never, { comm });
  await failsAlike(comm, () => swapped.next(), option(/needs a function first, then the items/));
  for (const root of [comm.size, -1, NaN, 'work'])
    assert.throws(() => splitManaged([1], bad({ comm, root })), { name: 'MpiError', code: 'ERR_ROOT' });
  assert.throws(() => splitRoundRobin(5 as never, { comm }), noItems('splitRoundRobin', '5'));
  assert.throws(
    () => splitRoundRobin([1], bad({ comm, root: 0 })),
    option(/splitRoundRobin has no option 'root'/),
  );
  if (comm.size === 1)
    assert.throws(() => splitManaged([1], { comm, allowSingleWorker: false }), {
      name: 'LoopError',
      code: 'ERR_WORKERS',
    });
  assert.ok(new LoopError('ERR_ITEMS', '', { operation: '' }) instanceof FlotillaError);
});

check('iterators are read as far as their items are handed out', async (comm) => {
  const workers = Math.max(1, comm.size - 1);
  const read = { count: 0 };
  const seen: number[] = [];
  // Each rank leaves after its first item, of endlessly many; some more were handed out ahead.
  const said: unknown[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text: unknown) => said.push(text) > 0;
  try {
    for (const i of splitManaged(counted(Infinity, read), { comm })) {
      seen.push(i);
      break;
    }
  } finally {
    process.stderr.write = write;
  }
  assert.ok(read.count <= 264 * workers, `${read.count} items were read`);
  if (comm.size > 1 && comm.rank === 0)
    assert.match(String(said.at(-1)), /nobody took \d+ items and those behind them: \d+, /);
  assert.equal(comm.allreduce(seen.length, SUM), workers);
  // What was given back is found again, though the iterator has passed it.
  const mine: number[] = [];
  const leaver = comm.size > 2 ? 1 : -1;
  for (const i of splitManaged(counted(3000, read), { comm, root: comm.size > 2 ? 0 : 'works' })) {
    mine.push(i);
    if (comm.rank === leaver && mine.length === 2) break;
  }
  everyItemOnce(comm, mine, 3000);
  let got = 0;
  read.count = 0;
  for await (const value of mapUnordered((i: number) => i, counted(Infinity, read), { comm, buffer: 40 })) {
    assert.ok(value < 200 + 40 * comm.size);
    if (++got === 100) break;
  }
  assert.ok(read.count < 200 + 40 * comm.size, `${read.count} items were read`);
  const all: number[] = [];
  for await (const value of mapOrdered((i: number) => 2 * i, counted(70, read), { comm }))
    all.push(value / 2);
  assert.deepEqual(all, comm.rank === 0 ? items(70) : []);
  // An iterator that fails on one rank fails for all; it is closed where the loop ends.
  for (const [name, loop] of Object.entries(LOOPS)) {
    for (const fails of new Set([0, comm.size - 1])) {
      const state = { closed: false };
      function* failing() {
        try {
          for (let i = 0; i < 20; i++) {
            if (i === 6 && comm.rank === fails) throw new RangeError('no more lines');
            yield i;
          }
        } finally {
          state.closed = true;
        }
      }
      const message = /no more lines/;
      await failsAlike(comm, () => loop(failing(), { comm }), { name: 'RangeError', message });
      assert.ok(state.closed || comm.rank !== fails, name);
    }
  }
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
  // So does the refusal of a result that cannot travel.
  for (const [value, kind] of [
    [() => 1, 'function'],
    [{ body: new Blob(['x']) }, 'Blob'],
    [Symbol('s'), 'symbol'],
  ] as const)
    await failsAlike(comm, () => callOnRootAndBroadcast(() => value as unknown, { root }), {
      name: 'MpiError',
      code: 'ERR_TYPE',
      message: new RegExp(`value.*is a ${kind}`),
    });
  for (const wrong of [comm.size, -1, 1.5])
    await failsAlike(comm, () => callOnRootAndBroadcast(() => 1, { root: wrong }), {
      name: 'MpiError',
      code: 'ERR_ROOT',
      message: /cannot be the root of callOnRootAndBroadcast/,
    });
  const typo = { rot: 1 } as object;
  await failsAlike(comm, () => callOnRootAndBroadcast(() => 1, typo), {
    name: 'LoopError',
    code: 'ERR_OPTION',
    message: /did you mean 'root'/,
  });
  assert.equal(await callOnRootAndBroadcast(() => 'still together'), 'still together');
  assert.equal(world().size, comm.size);
});

await run();
