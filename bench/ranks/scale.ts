/** Our side of bench/scale.ts: barrier and allreduce in microseconds, memory of the process in MB. */
import { SUM, world } from 'flotilla';

const comm = world();
const value = new Float64Array(1);
const total = new Float64Array(1);

function best(rounds: number, call: () => void): number {
  let least = Infinity;
  for (let k = 0; k < 5; k++) {
    comm.barrier();
    const start = performance.now();
    for (let i = 0; i < rounds; i++) call();
    least = Math.min(least, ((performance.now() - start) / rounds) * 1e3);
  }
  return least;
}

const rounds = 2000;
const barrier = best(rounds, () => comm.barrier());
const allreduce = best(rounds, () => comm.Allreduce(value, total, SUM));
if (comm.rank === 0) {
  console.log(`barrier ${barrier}\nallreduce ${allreduce}\nmemory ${process.memoryUsage.rss() / 1e6}`);
}
comm.barrier();
