import { AsyncLocalStorage } from 'node:async_hooks';
import { GridError } from './error.ts';

const items = new AsyncLocalStorage<true>();
let any = false;

/** Runs an item of a worker, which may not call what all ranks have to call together. */
export function asItem<T>(work: () => T): T {
  any = true;
  return items.run(true, work);
}

/**
 * Items of workers run when the loop of a rank awaits something, in another order on each rank.
 *
 * @throws GridError ERR_ARGUMENT within an item
 */
export function notInItem(operation: string): void {
  if (!any || items.getStore() === undefined) return;
  const message = `${operation} is called in an item of a Worker; all ranks call it together, so call it before and give the item what it returned`;
  throw new GridError('ERR_ARGUMENT', message, { operation });
}
