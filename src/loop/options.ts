import type { Communicator } from '../comm/index.ts';
import { FlotillaError } from '../internal/index.ts';

/** What all loops take. */
export interface LoopOptions {
  /** The ranks that share the loop; the world by default. All of them must begin it. */
  readonly comm?: Communicator;
  /** Shows a progress bar at the root: on a terminal one bar, elsewhere a line now and then. `true` or its title. */
  readonly progress?: boolean | string;
}

/** What happens when a body throws: the error goes on as usual, or all failures are told at the end. */
export type OnError = 'abort' | 'collect';

/** An item that failed. `cause` is what its body threw, where that is known. */
export class ItemError extends FlotillaError<'ERR_ITEM'> {
  override readonly name = 'ItemError';

  constructor(
    /** Place of the item in the loop. */
    readonly index: number,
    /** Who worked on it. */
    override readonly rank: number,
    reason: string,
    cause?: unknown,
  ) {
    super('ERR_ITEM', `item ${index} on rank ${rank}: ${reason}`, { operation: 'forEach', rank, cause });
  }
}
