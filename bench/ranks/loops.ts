/** Our side of bench/loops.ts. */
import { MAX, world, wtime } from 'flotilla';
import { splitManaged } from 'flotilla/loop';

const comm = world();
const results: Record<string, number> = {};
let last = 0;

function timed(body: () => void): number {
  comm.barrier();
  const start = wtime();
  body();
  return comm.allreduce(wtime() - start, MAX);
}

if (comm.size === 2 || comm.size === 4) {
  const items = Array.from({ length: 200_000 }, (_, i) => i);
  let best = Infinity;
  for (let k = 0; k < 3; k++) {
    best = Math.min(
      best,
      timed(() => {
        for (const item of splitManaged(items)) last = item;
      }),
    );
  }
  results.empty = items.length / best;
}

if (comm.size === 3) {
  // Two workers beside the master, each with a core: bodies that compute for 1 ms.
  const busy = () => {
    const until = performance.now() + 1;
    while (performance.now() < until);
  };
  const items = Array.from({ length: 2000 }, (_, i) => i);
  const parallel = timed(() => {
    for (const item of splitManaged(items)) {
      last = item;
      busy();
    }
  });
  results.efficiency = (items.length * 1e-3) / 2 / parallel;
}

if (comm.size === 9) {
  // Lognormal with σ = 1, drawn with a small generator that all ranks share; mean of the body about 10 ms.
  let state = 12345;
  const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  const gauss = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const durations = Array.from({ length: 500 }, () => 6 * Math.exp(gauss()));
  const ten = Array.from({ length: 10 * comm.size }, (_, i) => i);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const took: [item: number, seconds: number][] = [];
  // A first loop, so that nobody reads code for the first time in the one that counts.
  for (const item of splitManaged(ten)) last = item;
  const time = timed(() => {
    for (const item of splitManaged(durations.keys())) {
      const start = performance.now();
      const until = start + durations[item]!;
      for (let left = until - start; left > 0; left = until - performance.now())
        Atomics.wait(pause, 0, 0, left);
      took.push([item, (performance.now() - start) / 1000]);
    }
  });
  // Greedy in the order of the items, with the times that the bodies took: sleeping overshoots.
  const free = new Array<number>(8).fill(0);
  for (const [, seconds] of comm
    .allgather(took)
    .flat()
    .sort(([a], [b]) => a - b)) {
    free.sort((a, b) => a - b);
    free[0]! += seconds;
  }
  const greedy = Math.max(...free);
  results.tail = time / greedy;
}
if (comm.rank === 0) for (const [name, figure] of Object.entries(results)) console.log(`${name} ${figure}`);
if (last < 0) console.log(last);
