import { LOOKS } from './backoff.ts';
import type { Engine } from './engine.ts';
import { Contexts, contextOf, type Group } from './group.ts';
import { Comm, communicatorBlock } from './memory.ts';
import { ThreadOperation } from './operation.ts';

/** All ranks of a communicator count themselves in; the last one opens the gate and wakes those who sleep before it. */
export function meet(engine: Engine, group: Group, operation: string): void {
  const { members, id } = group;
  if (members.length === 1) return;
  const { words } = engine;
  const block = communicatorBlock(engine.memory.size, id);
  const generation = Atomics.load(words, block + Comm.GENERATION);
  if (Atomics.add(words, block + Comm.ARRIVED, 1) === members.length - 1) {
    Atomics.store(words, block + Comm.ARRIVED, 0);
    Atomics.store(words, block + Comm.GENERATION, (generation + 1) | 0);
    for (const member of members) if (member !== engine.rank) engine.bell.ring(member);
    return;
  }
  let looks = 0;
  do if (Atomics.load(words, block + Comm.GENERATION) !== generation) return;
  while (engine.backoff.again(++looks, members.length, LOOKS));
  engine.watch(
    new ThreadOperation('with', contextOf(id, Contexts.COLLECTIVE), group, -1, -1, operation),
    () => Atomics.load(words, block + Comm.GENERATION) !== generation,
  );
}
