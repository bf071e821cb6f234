/** A world of one rank in this thread: the threads fabric with nobody else in it. */
import type { MessagePort } from 'node:worker_threads';
import { createMemory, type ThreadsMemory } from '../threads/index.ts';
import { ThreadsFabric } from '../threads/fabric.ts';

/** `launcher` starts a thread that starts ranks, should this one spawn some. */
export function connect(launcher: (memory: ThreadsMemory) => MessagePort): ThreadsFabric {
  const memory = createMemory(1);
  let port: MessagePort | undefined;
  return new ThreadsFabric(memory, 0, 'solo', () => (port ??= launcher(memory)));
}
