/** What the workers of the peers run. */
import { threadId } from 'node:worker_threads';
import workerpool from 'workerpool';

export const nothing = () => undefined;
export const first = (array) => array[0];
export const same = (array) => array;
export function busy(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

// Only workerpool's own workers have someone to talk to in this way.
if (process.env.BENCH_WORKERPOOL && threadId !== 0) workerpool.worker({ nothing, first, same, busy });
