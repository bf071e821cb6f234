/** Ranks as worker threads of one process, over shared memory. */
import { Comm, communicatorBlock, createMemory as create, World, type ThreadsMemory } from './memory.ts';
import { SELF_ID, ThreadsFabric, WORLD_ID } from './fabric.ts';

export type { ThreadsMemory } from './memory.ts';
export { supervise, type Supervisor } from './supervise.ts';

/** Shared memory for a job of `size` ranks, to be passed to each of its threads. */
export function createMemory(size: number): ThreadsMemory {
  const memory = create(size);
  const words = new Int32Array(memory.buffer);
  words[communicatorBlock(size, WORLD_ID) + Comm.MEMBERS] = size;
  words[communicatorBlock(size, SELF_ID) + Comm.MEMBERS] = size;
  words[World.NEXT_COMMUNICATOR] = SELF_ID + 1;
  return memory;
}

/** Joins the job as `rank`; once in a thread. */
export function connect(memory: ThreadsMemory, rank: number): ThreadsFabric {
  return new ThreadsFabric(memory, rank, 'threads');
}
