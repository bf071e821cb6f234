/** Our side of bench/collectives.ts: prints `call-bytes microseconds`. */
import { MAX, SUM, world } from 'flotilla';

const comm = world();
const { rank, size } = comm;

for (let bytes = 8; bytes <= 8 << 20; bytes *= bytes === 8 || bytes === 65_536 ? 16 : 8) {
  const n = bytes / 8;
  const many = bytes <= 1024 ? 5000 : bytes <= 65536 ? 500 : bytes <= 1 << 20 ? 50 : 8;
  // More ranks than cores take long.
  const rounds = size <= 2 ? many : many > 100 ? many / 25 : 4;
  const send = new Float64Array(n * size);
  const recv = new Float64Array(n * size);
  const part = new Float64Array(n);
  const into = new Float64Array(n);
  const calls: Record<string, (i: number) => void> = {
    bcast: (i) => comm.Bcast(part, i % size),
    allreduce: () => comm.Allreduce(part, into, SUM),
    alltoall: () => comm.Alltoall(send, recv),
    allgather: () => comm.Allgather(part, recv),
  };
  for (const [name, call] of Object.entries(calls)) {
    let best = Infinity;
    for (let k = 0; k < 8; k++) {
      comm.barrier();
      const start = performance.now();
      for (let i = 0; i < rounds; i++) call(i);
      const time = ((performance.now() - start) / rounds) * 1e3;
      best = Math.min(best, comm.allreduce(time, MAX));
    }
    if (rank === 0) console.log(`${name}-${bytes} ${best}`);
  }
}
