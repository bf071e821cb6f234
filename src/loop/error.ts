import { FlotillaError, registerErrorClass } from '../internal/index.ts';

/** Why a loop refused something. */
export type LoopErrorCode =
  /** Items that are no iterable, or not the same on all ranks. */
  | 'ERR_ITEMS'
  /** A loop inside another one over the same ranks. */
  | 'ERR_NESTED'
  /** An option that does not exist or makes no sense. */
  | 'ERR_OPTION'
  /** One rank alone, where `allowSingleWorker` is false. */
  | 'ERR_WORKERS';

/** An error of the loop itself. What a body throws is not one. */
export class LoopError extends FlotillaError<LoopErrorCode> {
  override readonly name = 'LoopError';
}

registerErrorClass(LoopError);

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

registerErrorClass(ItemError);

/** How the items of two ranks differ, as an error that every rank of the loop gets. */
export function differ(operation: string, rank: number, how: string): LoopError {
  return new LoopError(
    'ERR_ITEMS',
    `${how}: ${operation} hands out places in a list that must be the same on all ranks`,
    { operation, rank },
  );
}

/** The AggregateError that ends a loop with failed items. */
export function failures(errors: readonly ItemError[]): AggregateError {
  const sorted = [...errors].sort((a, b) => a.index - b.index);
  const indices = sorted.map(({ index }) => index);
  return new AggregateError(
    sorted,
    `${sorted.length} item${sorted.length === 1 ? '' : 's'} failed: ${list(indices)}`,
  );
}

const SHOWN = 20;
/** The items of a range, in the error that says that they differ. */
export function unlike(start: number, end: number, rank: number, root: number): string {
  const which = end - start === 1 ? `item ${start}` : `item ${start} or ${end - 1}`;
  return `${which} on rank ${rank} is not that of rank ${root}`;
}

/** Places of items in a message. */
export const list = (indices: readonly number[]): string =>
  indices.slice(0, SHOWN).join(', ') + (indices.length > SHOWN ? ', …' : '');
