/** What a pool does, in whichever mode this was launched. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { inspect } from 'node:util';
import { threadId } from 'node:worker_threads';
import { getPool, move, pool, share, type PoolOptions } from 'flotilla/pool';
import { check, checkPool, collect, fromWorker, reason, rejects, run, upTo } from './cases.ts';
import {
  echo,
  fail,
  failOnLast,
  later,
  makeFunction,
  nested,
  ODD_RETURNED,
  ODD_THROWN,
  prepare,
  prepareBadly,
  reject,
  returnOdd,
  roll,
  scale,
  square,
  throwOdd,
  whatPrepared,
} from './tasks.ts';
import { quick } from './slow-module.ts';

const MODE = process.argv[2];
const synchro = MODE === 'synchro';
let paces = 0;

checkPool('a task is an ordinary function and runs elsewhere', async (executor) => {
  assert.equal(executor.mode, MODE);
  assert.equal(square(7), 49);
  const futures = upTo(300).map((x) => executor.submit(square, x));
  assert.deepEqual(
    await Promise.all(futures),
    upTo(300).map((x) => x * x),
  );
  assert.ok(futures.every(({ done, cancelled }) => done && !cancelled));
});

checkPool('self-contained arrow functions go by source', async (executor) => {
  assert.equal(await executor.submit((x: number, y: number) => Math.hypot(x, y), 3, 4), 5);
  const nestedFunctions = (n: number) => {
    const twice = (x: number) => 2 * x;
    return Array.from({ length: n }, (_, i) => twice(i));
  };
  assert.deepEqual(await executor.submit(nestedFunctions, 3), [0, 2, 4]);
  assert.equal(await executor.submit(async (x: number) => Promise.resolve(x + 1), 1), 2);
});

const outer = 3;
checkPool('captured variables are refused by name', async (executor) => {
  const inner = { limit: 4 };
  await rejects(
    'ERR_TASK',
    executor.submit((x: number) => x * outer + inner.limit, 1),
    /captures outer, inner.*task\(/,
  );
  await rejects('ERR_TASK', executor.submit(Math.sqrt, 4), /sqrt/);
});

checkPool('captured variables that share their name with a global one are refused too', async (executor) => {
  // Made of its text, since compilers give such variables other names at times.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function('structuredClone', 'return (x) => structuredClone(x)') as (
    clone: (x: number) => number,
  ) => (x: number) => number;
  const text = /captures structuredClone,.*pass it as/;
  await rejects(
    'ERR_TASK',
    executor.submit(
      make((x) => 100 * x),
      1,
    ),
    text,
  );
  await rejects(
    'ERR_TASK',
    executor.submit((x: number) => performance.now() - x, 1),
    /captures performance/,
  );
  // Global ones, and parameters of that name.
  assert.equal(await executor.submit((x: number) => Math.max(x, Number('3')), 1), 3);
  assert.equal(await executor.submit((Math: number, URL: number) => Math + URL, 1, 2), 3);
});

checkPool('arguments that make no sense are refused with what is meant', async (executor) => {
  const wrong = executor as unknown as Record<string, (...args: unknown[]) => PromiseLike<unknown>>;
  await rejects('ERR_TASK', wrong.submit!('name'), /a task is a function, not 'name'/);
  await rejects('ERR_OPTION', wrong.submitWith!({ timeOut: 5 }, square, 1), /did you mean 'timeout'/);
  await rejects('ERR_OPTION', wrong.submitWith!({ timeout: -1 }, square, 1), /timeout must be/);
  await rejects('ERR_OPTION', wrong.submitWith!({ retries: NaN }, square, 1), /retries must be/);
  await rejects('ERR_OPTION', wrong.submitWith!({ signal: {} }, square, 1), /an AbortSignal/);
  await rejects('ERR_OPTION', wrong.submitWith!(square, {}, 1), /the options come first/);
  await rejects('ERR_OPTION', wrong.close!({ forced: true }), /did you mean 'force'/);
  const map = executor as unknown as Record<string, (...args: unknown[]) => AsyncIterable<unknown>>;
  assert.throws(() => map.map!([1, 2], square), /task comes first.*ERR_OPTION/);
  assert.throws(() => map.map!(square, 5), /must be an iterable or an async iterable, not 5/);
  assert.throws(() => map.map!(square, [1], { chunksize: 2 }), /did you mean 'chunkSize'/);
  assert.throws(() => map.map!(square, [1], { chunkSize: 0 }), /chunkSize must be/);
  await assert.rejects(collect(map.starmap!(square, [1])), /array of arguments, not 1/);
  assert.deepEqual(await collect(executor.map(echo<string>, 'abc')), ['a', 'b', 'c']);
  assert.throws(() => pool({ worker: 2 } as PoolOptions), /pool has no option 'worker'.*'workers'/);
  assert.throws(() => pool({ initializer: 'x' } as unknown as PoolOptions), /initializer must be a function/);
});

checkPool('futures are as promises, and print what they are', async (executor) => {
  let settled = 0;
  const [good, bad] = [executor.submit(square, 3), executor.submit(fail, 'value')];
  const caught = bad.catch((error: unknown) => error);
  assert.equal(await good.finally(() => settled++), 9);
  assert.deepEqual(await caught, { reason: 7 });
  await assert.rejects(bad.finally(() => settled++));
  assert.equal(settled, 2);
  assert.equal(inspect(good), 'Future { fulfilled: 9 }');
  assert.equal(inspect({ bad }), '{ bad: Future { rejected: { reason: 7 } } }');
  const { mode, workers } = executor;
  assert.equal(inspect(executor), `Pool { mode: '${mode}', workers: ${workers}, queued: 0, running: 0 }`);
  const [text] = await executor.submitAll(async (comm) => (await import('node:util')).inspect(comm));
  assert.match(text!, new RegExp(`^Communicator '.*' { rank: 0, size: ${workers} }$`));
});

checkPool('map keeps the order, unordered does not need to, chunks change nothing', async (executor) => {
  const squares = upTo(100).map((x) => x * x);
  assert.deepEqual(await collect(executor.map(square, upTo(100))), squares);
  assert.deepEqual(await collect(executor.map(square, upTo(100), { chunkSize: 7 })), squares);
  assert.deepEqual(await collect(executor.map(square, upTo(100), { chunkSize: 7, buffer: 1 })), squares);
  const unordered = await collect(executor.map(square, upTo(100), { ordered: false }));
  assert.deepEqual(
    unordered.sort((a, b) => a - b),
    squares,
  );
  assert.deepEqual(await collect(executor.map(square, [])), []);
  const lists: [number, number][] = upTo(20).map((i) => [i, 1]);
  assert.deepEqual(await collect(executor.starmap(later<number>, lists)), upTo(20));
});

checkPool('map takes an async iterable, and no more of it than there is room for', async (executor) => {
  let taken = 0;
  async function* source() {
    for (; taken < 50; taken++) {
      await Promise.resolve();
      yield taken;
    }
  }
  let seen = 0;
  for await (const x of executor.map(square, source(), { buffer: 5 })) {
    assert.equal(x, seen * seen);
    assert.ok(taken <= seen + 6, `${taken} taken when ${seen} were seen`);
    seen++;
  }
  assert.equal(seen, 50);
});

checkPool('leaving a map leaves a pool that works', async (executor) => {
  for await (const x of executor.map(square, upTo(1000))) if (x === 9) break;
  assert.equal(await executor.submit(square, 5), 25);
  await assert.rejects(collect(executor.map(fail, ['error', 'error'])), /diverged/);
  assert.equal(await executor.submit(square, 6), 36);
});

checkPool('values arrive as in comm, copies of their own', async (executor) => {
  const value = {
    m: new Map([['a', new Date(5)]]),
    n: -0,
    b: 2n ** 70n,
    s: new Set([1]),
    text: 'ü→',
    u: undefined,
  };
  assert.deepEqual(await executor.submit(echo<typeof value>, value), value);
  const x = new Float64Array(200_000).fill(1.5);
  const y = await executor.submit(scale, x, 2);
  assert.equal(x[0], 1.5);
  assert.equal(y.length, 200_000);
  assert.ok(y.every((each) => each === 3));
  const long = 'long '.repeat(100_000);
  assert.equal(await executor.submit(echo<string>, long), long);
});

checkPool('memory can be handed over', async (executor) => {
  const x = new Float64Array(1000).fill(2);
  const y = await executor.submit(scale, move(x), 4);
  assert.ok(y.every((each) => each === 8));
  if (!synchro) assert.equal(x.length, 0);
});

checkPool('memory is shared over threads and refused elsewhere', async (executor) => {
  const memory = new Int32Array(new SharedArrayBuffer(40));
  const add = (array: Int32Array, by: number) => Atomics.add(array, 0, by);
  const parts = upTo(10).map((i) => executor.submit(add, share(memory.subarray(i, i + 1)), i));
  if (MODE === 'threads') {
    await Promise.all(parts);
    assert.deepEqual([...memory], upTo(10));
  } else {
    await Promise.all(parts.map((part) => rejects('ERR_MODE', part, /share/)));
  }
});

checkPool('an error arrives as it was thrown', async (executor) => {
  const [a, b] = [executor.submit(fail, 'error'), executor.submit(square, 3)];
  const error = await reason(a);
  fromWorker(error);
  assert.equal(error.name, 'ModelError');
  assert.equal(error.message, 'diverged');
  assert.match(error.stack ?? '', /ModelError: diverged\n.*\bfail\b.*tasks\.ts:\d+/);
  assert.ok(error.cause instanceof RangeError);
  assert.equal(error.cause.message, 'step 3');
  assert.equal((error as Error & { code?: string }).code, 'E_MODEL');
  assert.equal(await b, 9);
  assert.ok((await reason(executor.submit(reject))) instanceof TypeError);
  assert.deepEqual(await reason(executor.submit(fail, 'value')), { reason: 7 });
  assert.equal(await reason(executor.submit(fail, 'nothing')), undefined);
  const several = await reason(executor.submit(fail, 'several'));
  assert.ok(several instanceof AggregateError && several.errors[1] instanceof RangeError);
});

checkPool('what cannot travel is said with its place', async (executor) => {
  await rejects('ERR_TYPE', executor.submit(echo<unknown>, { f: () => 1 }), /arguments of echo/);
  await rejects('ERR_TYPE', executor.submit(makeFunction), /result/);
  assert.equal(await executor.submit(square, 2), 4);
});

checkPool('nothing that a task throws harms anybody else', async (executor) => {
  for (const what of ODD_THROWN) {
    const futures = upTo(4).map(() => executor.submit(throwOdd, what));
    const errors = await Promise.all(futures.map(reason));
    for (const error of errors) {
      if (what === 'value' || what === 'symbol' || what === 'revoked') assert.equal(typeof error, 'string');
      else fromWorker(error);
      if (what !== 'revoked') assert.match(String(error), /upload failed/, what);
    }
  }
  const error = await reason(executor.submit(throwOdd, 'blob'));
  assert.equal((error as Error & { code?: string }).code, 'E_UP');
  assert.ok(!('body' in (error as object)));
  const { done, failed, lost } = executor.stats();
  if (!synchro) assert.deepEqual([done, failed, lost], [0, 4 * ODD_THROWN.length + 1, 0]);
});

checkPool('nothing that a task returns harms anybody else', async (executor) => {
  for (const what of ODD_RETURNED) {
    const futures = upTo(4).map(() => executor.submit(returnOdd, what));
    const errors = await Promise.all(futures.map(reason));
    for (const error of errors) fromWorker(error);
  }
  await rejects('ERR_TYPE', executor.submit(returnOdd, 'badThen'), /result cannot be sent/);
  assert.equal(executor.stats().lost, 0);
  assert.equal(await executor.submit(square, 3), 9);
});

checkPool(
  'memory handed over is refused afterwards, and a refused task keeps its memory',
  async (executor) => {
    const length = (array: Float64Array) => array.length;
    const a = new Float64Array(1000);
    assert.equal(await executor.submit(length, move(a)), 1000);
    if (!synchro) {
      await rejects(
        'ERR_TYPE',
        executor.submit(length, a),
        /length cannot be sent:.*(handed over before|detached)/,
      );
      const [first, second] = [executor.submit(length, move(a)), executor.submit(square, 4)];
      await rejects('ERR_TYPE', first, /handed over before|detached/);
      assert.equal(await second, 16);
    }
    const b = new Float64Array(1000);
    const free = 5;
    await rejects(
      'ERR_TASK',
      executor.submit((array: Float64Array) => array.length + free, move(b)),
    );
    assert.equal(await executor.submit(length, b), 1000);
    assert.equal(b.length, 1000);
    assert.throws(() => share(new Float64Array(4)), /SharedArrayBuffer.*ERR_OPTION/);
    assert.throws(() => move({} as Float64Array), /ERR_OPTION/);
  },
);

checkPool('leaving a map over an async source', async (executor) => {
  // Each rank's source has its own pace, so that each has submitted another number of tasks.
  const pace = (process.pid + threadId + paces++) % 3;
  async function* source() {
    for (let i = 0; i < 400; i++) {
      if (i % (2 + pace) === 0) await new Promise((resolve) => setTimeout(resolve, pace));
      yield i;
    }
  }
  for (const last of [0, 5, 40]) {
    const seen: number[] = [];
    for await (const x of executor.map(square, source())) {
      seen.push(x);
      if (seen.length > last) break;
    }
    assert.deepEqual(
      seen,
      upTo(last + 1).map((x) => x * x),
    );
    assert.equal(await executor.submit(square, last), last * last);
  }
  // Two at a time, and tasks between.
  const sums = await Promise.all(
    [10, 20].map(async (n) => {
      let sum = 0;
      for await (const x of executor.map(square, source(), { chunkSize: 3 })) {
        sum += x;
        if (x >= n * n) break;
      }
      return sum;
    }),
  );
  assert.deepEqual(sums, [385, 2870]);
  assert.equal((await executor.submitAll(roll, 1)).length, executor.workers);
});

checkPool('an SPMD section has all workers', async (executor) => {
  const n = executor.workers;
  for (const factor of [1, 10]) {
    const results = await executor.submitAll(roll, factor);
    const sum = (factor * n * (n + 1)) / 2;
    assert.deepEqual(
      results,
      upTo(n).map((rank) => ({ rank, size: n, sum, max: n - 1 })),
    );
    assert.equal(await executor.submit(square, factor), factor * factor);
  }
  const error = await reason(executor.submitAll(failOnLast));
  fromWorker(error);
  assert.equal(error.message, `no rank ${n - 1}`);
  assert.equal((await executor.submitAll(roll, 1)).length, n);
});

checkPool('a pool within a task is an inline one', async (executor) => {
  assert.deepEqual(await executor.submit(nested, 5), { mode: 'inline', same: true, sum: 30 });
});

check('the initializer runs once in each worker, before its tasks', async () => {
  await using executor = pool({ initializer: prepare, initializerArgs: ['once'] });
  if (synchro) return; // the tasks are in the ranks that run this
  const seen = await Promise.all(upTo(20).map(() => executor.submit(whatPrepared)));
  for (const names of seen) assert.deepEqual(new Set(names), new Set(['once']));
});

check('a pool whose initializer fails is broken', async () => {
  if (synchro) return;
  const executor = pool({ initializer: prepareBadly });
  const error = await reason(executor.submit(square, 1));
  assert.ok(error instanceof Error && error.cause instanceof Error);
  assert.match(error.message, /ERR_BROKEN/);
  assert.equal(error.cause.message, 'no licence');
  await rejects('ERR_BROKEN', executor.submit(square, 2));
  await executor.close();
});

check('a task may not take longer than its time-out', async () => {
  await using executor = pool({ timeout: 20 });
  // Its module, which takes longer, does not count.
  assert.equal(await executor.submitWith({ timeout: 350 }, quick, 1), -1);
  await rejects('ERR_TIMEOUT', executor.submit(later, 1, 500), /later has run for more than 20 ms/);
  for (const timeout of [60_000, Infinity, 2 ** 31, 1e300])
    assert.equal(await executor.submitWith({ timeout }, later<number>, 2, 50), 2);
});

checkPool('signals', async (executor) => {
  const control = new AbortController();
  if (synchro) {
    await rejects('ERR_MODE', executor.submitWith({ signal: control.signal }, square, 1), /synchro/);
    return;
  }
  assert.equal(await executor.submitWith({ signal: control.signal }, square, 3), 9);
  const running = upTo(executor.workers).map((i) =>
    executor.submitWith({ signal: control.signal }, later, i, 300),
  );
  const queued = executor.submitWith({ signal: control.signal }, square, 4);
  const other = executor.submit(square, 5);
  setTimeout(() => control.abort(new Error('enough')), 100);
  for (const future of [...running, queued]) assert.equal(String(await reason(future)), 'Error: enough');
  assert.equal(await other, 25);
  assert.equal(
    String(await reason(executor.submitWith({ signal: AbortSignal.abort('before') }, square, 1))),
    'before',
  );
  const { queued: waiting, running: left, done, failed, cancelled } = executor.stats();
  assert.deepEqual([waiting, left, done, failed, cancelled], [0, 0, 2, 0, executor.workers + 1]);
  // Node warns of many listeners to one signal.
  const { signal } = new AbortController();
  await Promise.all(upTo(30).map((i) => executor.submitWith({ signal }, square, i)));
});

checkPool('cancel', async (executor) => {
  if (synchro) {
    const future = executor.submit(later<number>, 1, 10);
    assert.throws(() => future.cancel(), /ERR_MODE/);
    assert.equal(await future, 1);
    return;
  }
  const busy = upTo(executor.workers).map((i) => executor.submit(later<number>, i, 100));
  const waiting = executor.submit(square, 1);
  const queued = executor.submit(later, 1, 1);
  assert.equal(queued.cancel(), true);
  assert.equal(queued.cancelled && queued.done, true);
  await rejects('ERR_CANCELLED', queued);
  assert.equal(await waiting, 1);
  assert.equal(waiting.cancel(), false);
  assert.deepEqual(await Promise.all(busy), upTo(executor.workers));
  {
    await using future = executor.submit(later, 1, 10);
    assert.equal(future.done, false);
  }
  assert.ok(executor.stats().cancelled >= 1);
});

check('the queue has a limit', async () => {
  if (synchro) return;
  await using executor = pool({ maxQueue: 3 });
  const futures = upTo(30).map((i) => executor.submit(later<number>, i, 20));
  const outcomes = await Promise.allSettled(futures);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  assert.ok(refused.length > 0 && refused.length < 30);
  await rejects('ERR_QUEUE_FULL', futures.at(-1)!, /maxQueue/);
});

check('a closed pool takes nothing and has done everything', async () => {
  const executor = pool();
  const futures = upTo(10).map((i) => executor.submit(later<number>, i, 5));
  const closing = executor.close();
  await rejects('ERR_CLOSED', executor.submit(square, 1));
  await closing;
  assert.ok(futures.every(({ done }) => done));
  assert.deepEqual(await Promise.all(futures), upTo(10));
});

check('closing can drop what waits', async () => {
  const executor = pool();
  const futures = upTo(20).map((i) => executor.submit(later<number>, i, 30));
  const closing = executor.close({ cancel: true });
  if (synchro) {
    await rejects('ERR_MODE', closing);
    await executor.close();
    return;
  }
  await closing;
  const last = await reason(futures.at(-1)!);
  assert.match(String(last), /ERR_CANCELLED/);
  assert.ok(futures.every(({ done }) => done));
});

check('getPool keeps one pool', async () => {
  const options: PoolOptions = { workers: 1 };
  const executor = getPool(options);
  assert.equal(getPool({ workers: 1 }), executor);
  assert.equal(await executor.submit(square, 8), 64);
  await executor.close();
});

check('statistics', async () => {
  await using executor = pool();
  await Promise.all(upTo(50).map((x) => executor.submit(square, x)));
  await reason(executor.submit(fail, 'error'));
  const { queued, running, done, failed, lost, workers, runTime, waitTime } = executor.stats();
  if (!synchro) assert.deepEqual([done, failed], [50, 1]);
  assert.deepEqual([queued, running, lost], [0, 0, 0]);
  if (!synchro)
    assert.equal(
      workers.reduce((sum, each) => sum + each.done, 0),
      51,
    );
  assert.ok(runTime.count > 0 && waitTime.count > 0);
});

check('options that make no sense', () => {
  assert.throws(() => pool({ workers: 0 }), /ERR_OPTION.*|workers must be/);
  if (MODE === 'futures' || synchro)
    assert.throws(() => pool({ mode: 'spawn' }), /rank of a job already.*mode 'futures'.*ERR_MODE/);
});

await run();
