import { SUM, type Communicator } from 'flotilla';
import { move, task } from 'flotilla/pool';

/** The orbit of the logistic map x → r·x·(1 − x) that is left after a while, for one r. */
export function orbit(r: number, length: number): Float64Array {
  let x = 0.5;
  for (let i = 0; i < 1000; i++) x = r * x * (1 - x);
  const points = new Float64Array(length);
  for (let i = 0; i < length; i++) points[i] = x = r * x * (1 - x);
  return move(points);
}
task(import.meta, orbit);

/** On all workers together: the mean of f(i) = i over 0 … count − 1, of which each sums a share. */
export function mean(comm: Communicator, count: number): number {
  let sum = 0;
  for (let i = comm.rank; i < count; i += comm.size) sum += i;
  return comm.allreduce(sum, SUM) / count;
}
task(import.meta, mean);
