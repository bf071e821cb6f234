/** Ranks that call different collectives. */
import { SUM, world } from 'flotilla';

const comm = world();
const way = process.argv[2];
if (way === 'calls') {
  if (comm.rank === 0) comm.barrier();
  else comm.allreduce(1, SUM);
}
if (way === 'roots') comm.bcast(1, comm.rank === 0 ? 0 : 1);
