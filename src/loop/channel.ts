import type { Communicator } from '../comm/index.ts';
import { LoopError } from './error.ts';

/** The private context in which one loop talks: no message of a program or of another loop can get in between. */
export interface Channel {
  readonly comm: Communicator;
  readonly tag: number;
  /** The call that began it. */
  readonly loop: string;
  /** To be called when the loop is over on this rank. */
  close(): void;
}

interface Loops {
  readonly comm: Communicator;
  begun: number;
  open: boolean;
}

const TAGS = 30_000;
const loopsOf = new WeakMap<Communicator, Loops>();

/** Collective: all ranks of `comm` begin the same loops in the same order. */
export function openChannel(comm: Communicator, loop: string): Channel {
  let loops = loopsOf.get(comm);
  if (loops === undefined) loopsOf.set(comm, (loops = { comm: comm.dup(), begun: 0, open: false }));
  if (loops.open) {
    throw new LoopError(
      'ERR_NESTED',
      `${loop} on '${comm.name}' was begun inside another loop that shares its items over the same ranks: ` +
        `give it other ranks, { comm: self() } for this one alone or a communicator made by split`,
      { operation: loop, rank: comm.rank },
    );
  }
  const begun = loops;
  begun.open = true;
  return { comm: begun.comm, tag: begun.begun++ % TAGS, loop, close: () => (begun.open = false) };
}
