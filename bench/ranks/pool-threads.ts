/** One contender of bench/pool.ts with two worker threads: prints its figures. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { move, pool } from 'flotilla/pool';
import { Piscina } from 'piscina';
import { Tinypool } from 'tinypool';
import workerpool from 'workerpool';
import { bounceBack } from './pool-bounce.ts';

type TaskName = 'nothing' | 'first' | 'same' | 'bounce' | 'busy';

interface Contender {
  readonly run: (name: TaskName, value?: unknown, transfer?: ArrayBuffer) => PromiseLike<unknown>;
  readonly end: () => unknown;
}

const WORKERS = 2;
const tasks = new URL('../peers/pool-tasks.js', import.meta.url);

const contenders: Record<string, () => Contender> = {
  ours() {
    const executor = pool({ workers: WORKERS });
    const functions: Record<TaskName, (value: unknown) => unknown> = {
      nothing: () => undefined,
      first: (array) => (array as Float64Array)[0],
      same: (array) => array,
      bounce: bounceBack,
      busy: (ms) => {
        const until = performance.now() + (ms as number);
        while (performance.now() < until);
      },
    };
    return {
      run(name, value, transfer) {
        if (transfer) move(transfer);
        return executor.submit(functions[name], value);
      },
      end: () => executor.close(),
    };
  },
  piscina() {
    process.env.BENCH_PEER = 'piscina';
    const peer = new Piscina({ filename: tasks.href, minThreads: WORKERS, maxThreads: WORKERS });
    return {
      run: (name, value, transfer) =>
        peer.run(value, { name, ...(transfer && { transferList: [transfer] }) }) as Promise<unknown>,
      end: () => peer.destroy(),
    };
  },
  tinypool() {
    process.env.BENCH_PEER = 'tinypool';
    const peer = new Tinypool({ filename: tasks.href, minThreads: WORKERS, maxThreads: WORKERS });
    return {
      run: (name, value, transfer) =>
        peer.run(value, { name, ...(transfer && { transferList: [transfer] }) }) as Promise<unknown>,
      end: () => peer.destroy(),
    };
  },
  workerpool() {
    process.env.BENCH_PEER = 'workerpool';
    const peer = workerpool.pool(fileURLToPath(tasks), {
      minWorkers: WORKERS,
      maxWorkers: WORKERS,
      workerType: 'thread',
    });
    return {
      run: (name, value, transfer) =>
        peer.exec(name, [value], transfer && { transfer: [transfer] }) as PromiseLike<unknown>,
      end: () => peer.terminate(),
    };
  },
};

const started = performance.now();
const { run, end } = contenders[process.argv[2]!]!();
await run('nothing');
console.log(`cold ${performance.now() - started}`);

/** Best of three: the calls a second of `count` calls, `lanes` at a time. */
async function rate(count: number, lanes: number, call: () => PromiseLike<unknown>): Promise<number> {
  let best = 0;
  for (let round = 0; round < 3; round++) {
    let left = count;
    const began = performance.now();
    const lane = async () => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    best = Math.max(best, (1000 * count) / (performance.now() - began));
  }
  return best;
}

async function burst(count: number): Promise<number> {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    await Promise.all(Array.from({ length: count }, () => run('nothing')));
    best = Math.max(best, (1000 * count) / (performance.now() - began));
  }
  return best;
}

const MEGABYTE = 2 ** 17;
const sent = new Float64Array(MEGABYTE);
const large = new Float64Array(10_000_000);

console.log(`burst ${await burst(20_000)}`);
console.log(`four ${await rate(10_000, 4, () => run('nothing'))}`);
console.log(`one ${1e6 / (await rate(5000, 1, () => run('nothing')))}`);
console.log(`copied ${await rate(2000, 4, () => run('first', sent))}`);
// The same memory all the time: a new array of this size takes longer than handing it over.
const memory = Array.from({ length: 4 }, () => new Float64Array(MEGABYTE));
const bounce = async () => {
  const array = memory.pop()!;
  memory.push((await run('bounce', array, array.buffer)) as Float64Array<ArrayBuffer>);
};
console.log(`moved ${await rate(4000, 4, bounce)}`);
console.log(
  `efficiency ${(await rate(1000, 8, () => run('busy', 1))) / (1000 * Math.min(WORKERS, availableParallelism()))}`,
);
console.log(`large ${1000 / (await rate(4, 1, () => run('same', large)))}`);
await new Promise((resolve) => setTimeout(resolve, 200));
const idle = performance.now();
await run('nothing');
console.log(`warm ${1000 * (performance.now() - idle)}`);
await end();
