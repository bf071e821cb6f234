/** Options of pools of worker threads, by what their counters say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pool, share, type Executor } from 'flotilla/pool';

/** Waits until it is so; the test's own time-out is the limit. */
async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setTimeout(resolve, 2));
}
const running = (executor: Executor) => executor.stats().workers.length;
const meet = (words: Int32Array, count: number) => {
  // Comes back when so many are here at the same time.
  Atomics.add(words, 0, 1);
  Atomics.notify(words, 0);
  for (let here = Atomics.load(words, 0); here < count; here = Atomics.load(words, 0))
    if (Atomics.wait(words, 0, here, 20_000) === 'timed-out') return false;
  return true;
};

describe('pools of threads', { timeout: 60_000 }, () => {
  it('workers that had nothing to do for idleTimeout end, all but minWorkers', async () => {
    await using executor = pool({ mode: 'threads', workers: 3, minWorkers: 1, idleTimeout: 50 });
    const words = share(new Int32Array(new SharedArrayBuffer(4)));
    const met = await Promise.all([1, 2, 3].map(() => executor.submit(meet, words, 3)));
    assert.deepEqual(met, [true, true, true]);
    assert.equal(running(executor), 3);
    await until(() => running(executor) === 1);
    assert.equal(await executor.submit((x: number) => x + 1, 1), 2);
    assert.equal(running(executor), 1);
    assert.equal(executor.stats().lost, 0);
  });

  it('all end when there is no least number, and come back when needed', async () => {
    await using executor = pool({ mode: 'threads', workers: 2, idleTimeout: 20 });
    const first = await executor.submit(() => process.hrtime.bigint());
    await until(() => running(executor) === 0);
    assert.ok((await executor.submit(() => process.hrtime.bigint())) > first);
  });

  it('minWorkers are started at once', async () => {
    await using executor = pool({ mode: 'threads', workers: 4, minWorkers: 2 });
    await until(() => running(executor) === 2);
    assert.equal(await executor.submit((x: number) => 2 * x, 4), 8);
    assert.equal(running(executor), 2);
  });

  it('a worker runs as many tasks at a time as concurrency says', async () => {
    const gate = () => {
      const state = globalThis as { inside?: number; most?: number };
      state.inside = (state.inside ?? 0) + 1;
      state.most = Math.max(state.most ?? 0, state.inside);
      return new Promise<number>((resolve) =>
        setTimeout(() => {
          state.inside!--;
          resolve(state.most!);
        }, 30),
      );
    };
    for (const concurrency of [1, 3]) {
      await using executor = pool({ mode: 'threads', workers: 1, concurrency });
      const most = await Promise.all(Array.from({ length: 9 }, () => executor.submit(gate)));
      assert.equal(Math.max(...most), concurrency);
    }
  });

  it('resourceLimits reach the threads', async () => {
    await using executor = pool({ mode: 'threads', workers: 1, resourceLimits: { stackSizeMb: 1 } });
    const size = await executor.submit(async () => {
      const { resourceLimits } = await import('node:worker_threads');
      return resourceLimits.stackSizeMb;
    });
    assert.equal(size, 1);
  });

  /** Counts its calls, then awaits. */
  const awaits = async (words: Int32Array, ms: number) => {
    Atomics.add(words, 0, 1);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return Atomics.load(words, 0);
  };
  const begun = (words: Int32Array) => until(() => Atomics.load(words, 0) === 1);

  it('a task that times out ends its worker once the others there are done', async () => {
    await using executor = pool({ mode: 'threads', workers: 1, concurrency: 2 });
    const words = share(new Int32Array(new SharedArrayBuffer(4)));
    const neighbour = executor.submit(awaits, words, 300);
    await begun(words);
    const late = executor.submitWith(
      { timeout: 20 },
      awaits,
      share(new Int32Array(new SharedArrayBuffer(4))),
      1e6,
    );
    await assert.rejects(async () => late, { code: 'ERR_TIMEOUT' });
    assert.equal(await neighbour, 1);
    assert.equal(await executor.submit((x: number) => x + 1, 1), 2);
    assert.equal(executor.stats().lost, 0);
  });

  it('if it lets no other have a turn, these are lost with it, and not run again', async () => {
    await using executor = pool({ mode: 'threads', workers: 1, concurrency: 2 });
    const words = share(new Int32Array(new SharedArrayBuffer(4)));
    const neighbour = executor.submit(awaits, words, 1e6);
    const lost = assert.rejects(async () => neighbour, {
      code: 'ERR_WORKER_LOST',
      message: /was deaf for 5 s/,
    });
    const spin = () => {
      for (;;);
    };
    const late = executor.submitWith({ timeout: 20 }, spin);
    await assert.rejects(async () => late, { code: 'ERR_TIMEOUT' });
    await lost;
    assert.equal(Atomics.load(words, 0), 1);
    const { done, failed, cancelled, lost: workers } = executor.stats();
    assert.deepEqual([done, failed, cancelled, workers], [0, 2, 0, 1]);
  });
});
