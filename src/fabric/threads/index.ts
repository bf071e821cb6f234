/** Ranks as worker threads of one process, over shared memory. */
import type { MessagePort } from 'node:worker_threads';
import { keepFreedMemory } from '../malloc.ts';
import {
  capacityOf,
  Comm,
  communicatorBlock,
  createMemory as create,
  SELF_ID,
  World,
  WORLD_ID,
  type ThreadsMemory,
} from './memory.ts';
import { ThreadsFabric } from './fabric.ts';
import type { Family } from './spawn.ts';

export { MAX_RANKS, type ThreadsMemory } from './memory.ts';
export { environmentOf } from './spawn.ts';
export type { Family, Launcher, SpawnReply, SpawnRequest } from './spawn.ts';
export { admit } from './admit.ts';
export { Leftovers, type Left } from './leftovers.ts';
export { supervise, type Supervisor } from './supervise.ts';

/** Shared memory for a job of `size` ranks, to be passed to each of its threads. */
export function createMemory(size: number): ThreadsMemory {
  keepFreedMemory();
  const memory = create(size);
  const words = new Int32Array(memory.buffer);
  words[communicatorBlock(size, WORLD_ID) + Comm.MEMBERS] = size;
  words[communicatorBlock(size, SELF_ID) + Comm.MEMBERS] = size;
  words[World.NEXT_COMMUNICATOR] = SELF_ID + 1;
  return memory;
}

/** Spawned ranks that there is room for at a time. */
export function room(memory: ThreadsMemory): number {
  return capacityOf(memory) - memory.size;
}

/**
 * Joins the job as `rank`; once in a thread. `port` leads to the thread that starts ranks, where one does; `family` is that of a spawned
 * rank.
 */
export function connect(
  memory: ThreadsMemory,
  rank: number,
  port?: MessagePort,
  family?: Family,
): ThreadsFabric {
  return new ThreadsFabric(memory, rank, 'threads', port && (() => port), family);
}

/** Has the job end with this code, as soon as a rank ends. */
export function abortJob(memory: ThreadsMemory, code: number): void {
  Atomics.compareExchange(new Int32Array(memory.buffer), World.ABORT, 0, code + 1);
}
