/**
 * A parameter study in a pool: the same program and output with
 *
 *     flotilla main.ts                             worker threads of one process
 *     flotilla run --pool -n 3 main.ts             rank 0 runs this, the others serve; over threads or with --mpi
 *     FLOTILLA_POOL=spawn flotilla main.ts         MPI processes that this one starts
 *     flotilla run --synchro -n 3 main.ts          every rank runs this, and they share the tasks
 */
import { world } from 'flotilla';
import { pool } from 'flotilla/pool';
import { mean, orbit } from './tasks.ts';

await using executor = pool();
const print = (text: string) => {
  if (world().rank === 0) console.log(text);
};

const rates = [2.5, 3.2, 3.5, 3.55, 3.83];
for await (const [r, points] of pairs()) {
  const distinct = new Set([...points].map((x) => x.toFixed(9)));
  print(`r = ${r}: a cycle of length ${distinct.size}`);
}

const means = await executor.submitAll(mean, 1001);
print(`all workers agree that the mean is 500: ${means.every((each) => each === 500)}`);

async function* pairs(): AsyncGenerator<[number, Float64Array]> {
  let i = 0;
  const lists = rates.map((r): [number, number] => [r, 4096]);
  for await (const points of executor.starmap(orbit, lists)) yield [rates[i++]!, points];
}
