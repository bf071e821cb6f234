/** What goes wrong in pools: `failures.ts MODE CASE [ARG]`. Prints what the caller sees. */
import { world } from 'flotilla';
import { pool, workerRankOf, type Executor } from 'flotilla/pool';
import {
  crashLater,
  devour,
  echo,
  fail,
  kill,
  lastThrows,
  later,
  leave,
  leaveOnce,
  nobodySends,
  prepareBadly,
  spin,
  square,
} from './tasks.ts';

const [, , mode, name = '', argument = ''] = process.argv;

async function outcome(future: PromiseLike<unknown>): Promise<string> {
  try {
    return `gives ${JSON.stringify(await future)}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` <- ${error.cause.message}` : '';
    return `rejects ${String(error)}${cause}${workerRankOf(error) === undefined ? '' : ' from a worker'}`;
  }
}

const show = async (future: PromiseLike<unknown>) => {
  const text = await outcome(future);
  console.log(text);
};

/** The pool still works. */
async function works(executor: Executor): Promise<void> {
  const squares = await Promise.all([1, 2, 3, 4].map((x) => executor.submit(square, x)));
  console.log(`works ${squares.join(' ')}`);
}

const cases: Record<string, () => Promise<void>> = {
  /** The program ends, its pool open, before the other workers' failures have come. */
  async sectionLast() {
    const section = pool().submitAll((comm) => {
      throw new Error(`${comm.size} fail`);
    });
    await show(section);
  },
  async exit() {
    await using executor = pool();
    const future = executor.submit(leave, Number(argument));
    const others = [1, 2, 3, 4].map((x) => executor.submit(later<number>, x, 5));
    await show(future);
    console.log(`others ${(await Promise.all(others)).join(' ')}`);
    await works(executor);
    console.log(`lost ${executor.stats().lost}`);
  },
  async retry() {
    await using executor = pool();
    await show(executor.submitWith({ retries: 1 }, leaveOnce, argument));
    await works(executor);
  },
  async everyone() {
    const executor = pool();
    const futures = Array.from({ length: executor.workers + 2 }, () => executor.submit(leave, 1));
    for (const text of await Promise.all(futures.map(outcome))) console.log(text);
    await executor.close();
  },
  async memory() {
    await using executor = pool({ workers: 2, resourceLimits: { maxOldGenerationSizeMb: 40 } });
    await show(executor.submit(devour));
    await works(executor);
  },
  async spin() {
    await using executor = pool();
    await show(executor.submitWith({ timeout: 100 }, spin));
    if (mode === 'threads' || executor.workers > 1) await works(executor);
  },
  /** Nothing here closes the pool. */
  async openAfterLoss() {
    const executor = pool();
    await show(executor.submitWith({ timeout: 100 }, spin));
    if (mode === 'threads') await show(executor.submit(leave, 3));
  },
  async crashInTurn() {
    await using executor = pool({ workers: 1 });
    for (let i = 0; i < 5; i++) await show(executor.submit(leave, 3));
    await works(executor);
  },
  async abort() {
    await using executor = pool();
    const control = new AbortController();
    const future = executor.submitWith({ signal: control.signal }, spin);
    setTimeout(() => control.abort(), 200);
    await show(future);
    await works(executor);
  },
  async crash() {
    await using executor = pool();
    await show(executor.submit(crashLater));
    await works(executor);
  },
  async crashes() {
    await using executor = pool();
    await show(executor.submit(crashLater));
    await show(executor.submit(square, 1));
    await executor.close();
    await show(pool().submit(square, 1));
  },
  async abortBoth() {
    await using executor = pool({ workers: 1 });
    const [a, b] = [new AbortController(), new AbortController()];
    const running = executor.submitWith({ signal: a.signal }, later, 1, 500);
    const queued = executor.submitWith({ signal: b.signal }, later, 2, 1);
    const other = executor.submit(later<number>, 3, 1);
    while (executor.stats().running === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    a.abort();
    b.abort();
    const name = (error: unknown) => (error as Error).name;
    console.log(`running ${await running.then(String, name)}`);
    console.log(`queued ${await queued.then(String, name)}`);
    console.log(`other ${await other}`);
    await works(executor);
  },
  async exitCode() {
    await works(pool());
    process.exit(Number(argument));
  },
  async kill() {
    await using executor = pool();
    await show(executor.submit(kill));
  },
  async section() {
    await using executor = pool();
    await show(executor.submitAll(lastThrows));
    await works(executor);
  },
  async deadlock() {
    await using executor = pool({ workers: 2 });
    await show(executor.submitAll(nobodySends));
    await works(executor);
  },
  async force() {
    const executor = pool({ workers: 2 });
    const futures = [executor.submit(spin), executor.submit(spin), executor.submit(square, 1)];
    const all = Promise.all(futures.map(outcome));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await executor.close({ force: true });
    for (const text of await all) console.log(text);
  },
  async open() {
    const executor = pool();
    await works(executor);
  },
  async leaveWhileRunning() {
    const executor = pool();
    await works(executor);
    const large = executor.submit(echo<Float64Array>, new Float64Array(100_000));
    const slow = executor.submit(later, 1, 300);
    void Promise.all([large, slow]);
    process.exit(0);
  },
  async uncaught() {
    const executor = pool();
    await works(executor);
    throw new Error('in the script');
  },
  async unhandled() {
    const executor = pool();
    void executor.submit(fail, 'error');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  async neverStarts() {
    await using executor = pool({ initializer: leave, initializerArgs: [4] });
    await show(executor.submit(square, 1));
  },
  async badInitializer() {
    await using executor = pool({ initializer: prepareBadly });
    await show(executor.submit(square, 1));
  },
  async diverged() {
    const executor = pool();
    const { rank } = world();
    await show(rank === 0 ? executor.submit(square, 1) : executor.submit(later, 1, 1));
  },
  async fewer() {
    const executor = pool();
    const { rank } = world();
    if (rank === 0) void executor.submit(square, 1);
    await show(executor.close());
  },
};

await cases[name]!();
