/** Rank 0 makes one call, the others another, both with so few bytes that they need not wait for each other. */
import { SUM, world } from 'flotilla';

const comm = world();
const { rank, size } = comm;
const array = (bytes: number) => new Float64Array(bytes / 8);

const calls: Record<string, (bytes: number) => void> = {
  barrier: () => comm.barrier(),
  bcast: (bytes) => comm.Bcast(array(bytes), 0),
  gather: (bytes) => comm.Gather(array(bytes), rank === 0 ? array(size * bytes) : null, 0),
  scatter: (bytes) => comm.Scatter(rank === 0 ? array(size * bytes) : null, array(bytes), 0),
  reduce: (bytes) => comm.Reduce(array(bytes), rank === 0 ? array(bytes) : null, SUM, 0),
  allreduce: (bytes) => comm.Allreduce(array(bytes), array(bytes), SUM),
  allgather: (bytes) => comm.Allgather(array(bytes), array(size * bytes)),
  alltoall: (bytes) => comm.Alltoall(array(size * bytes), array(size * bytes)),
};

const [call, bytes] = process.argv[2 + Math.min(rank, 1)]!.split('-');
for (let i = 0; i < 3; i++) comm.Allreduce(array(8), array(8), SUM);
calls[call!]!(Number(bytes ?? 8));
// Whoever did not have to wait for the others meets them here.
comm.barrier();
