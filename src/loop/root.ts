import type { Communicator } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import { world } from '../world.ts';

export interface RootOptions {
  readonly comm?: Communicator;
  readonly root?: number;
}

/** All ranks' values in rank order at the root, undefined elsewhere: `comm.gather` on the world. */
export function gather<T>(value: T, { comm = world(), root = 0 }: RootOptions = {}): T[] | undefined {
  return comm.gather(value, root);
}

type Outcome<T> = { readonly value: T } | { readonly thrown: Thrown };

/**
 * Runs a function, async or not, on the root alone and gives its result to all ranks. If it throws, that is thrown on every rank.
 */
export async function callOnRootAndBroadcast<T>(
  fn: () => T | PromiseLike<T>,
  { comm = world(), root = 0 }: RootOptions = {},
): Promise<T> {
  let outcome: Outcome<T> | undefined;
  if (comm.rank === root) {
    try {
      outcome = { value: await fn() };
    } catch (error) {
      outcome = { thrown: packThrown(error) };
    }
  }
  const known = comm.bcast<Outcome<T>>(outcome, root);
  if ('thrown' in known) throw unpackThrown(known.thrown);
  return known.value;
}
