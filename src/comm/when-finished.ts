import type { Operation } from '../fabric/fabric.ts';

/** Acts as soon as the operation is done, however the user finds out; at once if it is. For an operation that has just begun. */
export function whenFinished(operation: Operation, act: () => void): void {
  if (operation.done) act();
  else operation.onDone = act;
}
