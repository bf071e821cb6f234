/** What only spawn mode has: `spawn.ts CASE`. */
import { execFileSync } from 'node:child_process';
import { getPool, pool, type PoolOptions } from 'flotilla/pool';
import { later, roll, spin, square } from './tasks.ts';

const [, , name = ''] = process.argv;
const OPTIONS: PoolOptions = { mode: 'spawn', workers: 2 };
const told = (future: PromiseLike<unknown>) => future.then(String, String);

const cases: Record<string, () => unknown> = {
  /** Workers are started once, and serve one pool after another. */
  async again() {
    const pids = async () => {
      await using executor = pool(OPTIONS);
      const all = await executor.submitAll(() => process.pid);
      return all.join();
    };
    const first = await pids();
    console.log(`same ${(await pids()) === first}`);
    {
      await using smaller = pool({ ...OPTIONS, workers: 1 });
      console.log(`sizes ${(await smaller.submitAll(roll, 1)).map(({ size }) => size).join()}`);
    }
    {
      await using larger = pool({ ...OPTIONS, workers: 3 });
      console.log(await told(larger.submit(square, 2)));
    }
    const cached = getPool(OPTIONS);
    console.log(`cached ${cached === getPool(OPTIONS)}`);
    const slow = cached.submit(later<number>, 5, 50);
    const next = getPool({ ...OPTIONS, workers: 1 });
    console.log(`next ${await next.submit(square, 3)}, retired ${await slow}`);
    try {
      pool(OPTIONS);
    } catch (error) {
      console.log(String(error));
    }
  },
  /** Programs that the script starts are no ranks. */
  async environment() {
    await using executor = pool(OPTIONS);
    await executor.submit(square, 1);
    const left = execFileSync('env', { encoding: 'utf8' }).match(
      /^(OMPI_COMM|PMI_|PMIX_RANK|FLOTILLA_BINDING).*$/gm,
    );
    console.log(`left ${left?.join() ?? 'nothing'}`);
  },
  async missing() {
    try {
      await pool(OPTIONS).submit(square, 1);
    } catch (error) {
      console.log(String(error));
    }
  },
  /** Until a signal comes. */
  async waits() {
    const executor = pool(OPTIONS);
    await executor.submit(square, 1);
    void executor.submit(spin);
    console.log('ready');
    setTimeout(() => undefined, 1e6);
  },
};

await cases[name]!();
