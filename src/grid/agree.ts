import type { Communicator } from '../comm/index.ts';
import { GridError } from './error.ts';

/**
 * Collective: refuses a call that ranks do not make alike, on all of them.
 *
 * @throws GridError ERR_MISMATCH with what the first rank that differs gave
 */
export function mustAgree(comm: Communicator, operation: string, description: string): void {
  if (comm.size === 1) return;
  const all = comm.allgather(description);
  const other = all.findIndex((text) => text !== all[0]);
  if (other < 0) return;
  const message = `${operation}: rank 0 gives ${all[0]!}, rank ${other} gives ${all[other]!}`;
  throw new GridError('ERR_MISMATCH', message, { operation });
}

/**
 * Collective: what the root found out, on all ranks.
 *
 * @param refused the root's reason to refuse, if any
 * @throws GridError ERR_ARGUMENT on all ranks
 */
export function rootDecides(
  comm: Communicator,
  operation: string,
  root: number,
  refused: string | undefined,
): void {
  const reason =
    comm.size === 1
      ? refused
      : (comm.bcast(comm.rank === root ? (refused ?? null) : null, root) ?? undefined);
  if (reason !== undefined) throw new GridError('ERR_ARGUMENT', `${operation}: ${reason}`, { operation });
}
