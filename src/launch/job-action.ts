import { ClusterError } from '../cluster/scripts.ts';
import { UsageError } from './usage-error.ts';

/** An action of the command line whose errors about jobs are mistakes in the command: told in a line, with code 2. */
export function jobAction<A extends unknown[]>(
  action: (...args: A) => void | Promise<void>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      throw error instanceof ClusterError ? new UsageError(error.message, error) : error;
    }
  };
}
