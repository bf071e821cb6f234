/** A world of one rank in this thread: the threads fabric with nobody else in it. */
import { createMemory } from '../threads/index.ts';
import { ThreadsFabric } from '../threads/fabric.ts';

export function connect(): ThreadsFabric {
  return new ThreadsFabric(createMemory(1), 0, 'solo');
}
