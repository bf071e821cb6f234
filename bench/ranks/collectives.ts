/** Our side of bench/collectives.ts: prints `call-bytes microseconds`, the best of eight series of 20 ms, or of so many calls as `many` says. */
import { MAX, SUM, world } from 'flotilla';

const comm = world();
const { rank, size } = comm;

/** Writes to each cache line of an array. */
function renew(array: Float64Array): Float64Array {
  for (let i = 0; i < array.length; i += 8) array[i]! += 1;
  return array;
}

// The first size comes twice: before its figures are taken, the calls have been compiled.
const SIZES = [8, 8, 128, 1024, 8192, 65_536, 1 << 20, 8 << 20];
for (const [place, bytes] of SIZES.entries()) {
  const n = bytes / 8;
  const many = bytes <= 1024 ? 5000 : bytes <= 65536 ? 500 : bytes <= 1 << 20 ? 50 : 8;
  const send = new Float64Array(n * size);
  const recv = new Float64Array(n * size);
  const part = new Float64Array(n);
  const into = new Float64Array(n);
  const calls: Record<string, (i: number) => void> = {
    bcast: (i) => comm.Bcast(part, i % size),
    allreduce: () => comm.Allreduce(part, into, SUM),
    alltoall: () => comm.Alltoall(send, recv),
    allgather: () => comm.Allgather(part, recv),
    'alltoall-new': () => comm.Alltoall(renew(send), recv),
    'allgather-new': () => comm.Allgather(renew(part), recv),
  };
  for (const [name, call] of Object.entries(calls)) {
    const series = (rounds: number) => {
      comm.barrier();
      const start = performance.now();
      for (let i = 0; i < rounds; i++) call(i);
      return comm.allreduce(((performance.now() - start) / rounds) * 1e3, MAX);
    };
    series(many / 8);
    const rounds = Math.ceil(Math.min(many, Math.max(4, 20_000 / series(many / 8))));
    let best = Infinity;
    for (let k = 0; k < 8; k++) best = Math.min(best, series(rounds));
    if (rank === 0 && place > 0) console.log(`${name}-${bytes} ${best}`);
  }
}
