import type { Communicator } from '../../comm/index.ts';
import type { Reference } from '../task.ts';

/** On the world: the beginning of a pool, or the end of the script (null). */
export const CONTROL_TAG = 30_011;
/** On the pool's own communicator: orders and replies. */
export const POOL_TAG = 1;

/** What a serving rank is told when a pool begins. */
export interface Begin {
  /** It takes part; otherwise it only helps to make the communicator of those who do. */
  readonly active: boolean;
  readonly concurrency: number;
  readonly initializer: Reference | undefined;
  readonly initializerArgs: readonly unknown[];
}

/** The communicators of one pool. */
export interface Channels {
  readonly comm: Communicator;
  /** Of its workers alone; null on others. */
  readonly workers: Communicator | null;
}

/** Collective over the world: rank 0 and the workers can talk, and the workers among themselves. */
export function openChannels(world: Communicator, active: boolean): Channels {
  const comm = world.dup();
  return { comm, workers: comm.split(active ? 0 : null) };
}
