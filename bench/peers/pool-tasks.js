/** What the workers of the peers run. */
import { threadId } from 'node:worker_threads';

/** How each peer's worker hands memory over. */
const ways = {
  async piscina() {
    const { move } = await import('piscina');
    return move;
  },
  async tinypool() {
    const { Tinypool } = await import('tinypool');
    const { transferableSymbol, valueSymbol } = Tinypool;
    return (array) => ({ [transferableSymbol]: [array.buffer], [valueSymbol]: array });
  },
  async workerpool() {
    const { default: workerpool } = await import('workerpool');
    return (array) => new workerpool.Transfer(array, [array.buffer]);
  },
};
const handOver = await ways[process.env.BENCH_PEER]();

export const nothing = () => undefined;
export const first = (array) => array[0];
export const same = (array) => array;
export const bounce = (array) => handOver(array);
export function busy(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

// Only workerpool's own workers have someone to talk to in this way.
if (process.env.BENCH_PEER === 'workerpool' && threadId !== 0) {
  const { default: workerpool } = await import('workerpool');
  workerpool.worker({ nothing, first, same, bounce, busy });
}
