import type { Communicator } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import { checkOptions, checkRoot, ranksOf } from './options.ts';

export interface RootOptions {
  readonly comm?: Communicator;
  readonly root?: number;
}

const OPTIONS = ['comm', 'root'] as const satisfies readonly (keyof RootOptions)[];

/**
 * All ranks' values in rank order at the root, undefined elsewhere: `comm.gather` on the world.
 *
 * @throws MpiError ERR_ROOT for a root that is no rank
 */
export function gather<T>(value: T, options: RootOptions = {}): T[] | undefined {
  const { comm, root } = placesOf('gather', options);
  return comm.gather(value, root);
}

type Outcome<T> = { readonly value: T } | { readonly thrown: Thrown };

/**
 * Runs a function, async or not, on the root alone and gives its result to all ranks. If it throws, that is thrown on every rank, and so is the
 * refusal of a result that cannot travel.
 *
 * @throws MpiError ERR_ROOT for a root that is no rank, ERR_TYPE for a result that cannot travel
 */
export async function callOnRootAndBroadcast<T>(
  fn: () => T | PromiseLike<T>,
  options: RootOptions = {},
): Promise<T> {
  const { comm, root } = placesOf('callOnRootAndBroadcast', options);
  if (comm.rank !== root) return resultOf(comm.bcast<Outcome<T>>(undefined, root));
  let outcome: Outcome<T>;
  try {
    outcome = { value: await fn() };
  } catch (error) {
    outcome = { thrown: packThrown(error) };
  }
  return resultOf(tell(comm, outcome));
}

/** The others wait for something: of a result that is refused, before any of it is sent, they get the refusal. */
function tell<T>(comm: Communicator, outcome: Outcome<T>): Outcome<T> {
  try {
    return comm.bcast(outcome, comm.rank);
  } catch (error) {
    return comm.bcast<Outcome<T>>({ thrown: packThrown(error) }, comm.rank);
  }
}

function resultOf<T>(outcome: Outcome<T>): T {
  if ('thrown' in outcome) throw unpackThrown(outcome.thrown);
  return outcome.value;
}

function placesOf(of: string, options: RootOptions): { readonly comm: Communicator; readonly root: number } {
  checkOptions(of, options, OPTIONS);
  const comm = ranksOf(of, options);
  const root = options.root ?? 0;
  checkRoot(of, root, comm);
  return { comm, root };
}
