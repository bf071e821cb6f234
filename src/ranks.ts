import { Communicator } from './comm/communicator.ts';
import { connect, createMemory, supervise, type ThreadsMemory } from './fabric/threads/index.ts';
import { attach } from './lifecycle.ts';

/** What threads need to become ranks of one communicator; to be sent to each. */
export type RanksMemory = ThreadsMemory;

/** For ranks over threads of this process beside those of the job. */
export function createRanks(size: number): RanksMemory {
  return createMemory(size);
}

/** Joins as `rank`; once in a thread for each memory. */
export function joinRanks(memory: RanksMemory, rank: number, name: string): Communicator {
  const fabric = connect(memory, rank);
  attach(fabric);
  return new Communicator(fabric.world, name);
}

/** Watches for a deadlock among them until the returned function is called. */
export function watchRanks(memory: RanksMemory, onDeadlock: (report: string) => void): () => void {
  const supervisor = supervise(memory, onDeadlock, (rank) => `rank ${rank}`);
  return () => supervisor.stop();
}
