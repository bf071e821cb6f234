import type { Communicator } from '../../comm/index.ts';
import { describeError, packThrown, unpackThrown, type Thrown } from '../../internal/index.ts';
import { KernelError } from '../../kernel/index.ts';
import { GridError } from '../error.ts';

/** What became of a part of a call on one rank. */
type Outcome<T> = { readonly value: T } | { readonly thrown: Thrown };

/**
 * Collective: what rank 0 does, with the value on all ranks.
 *
 * @throws GridError ERR_FILE on all ranks where it throws
 */
export function onRoot<T>(comm: Communicator, operation: string, work: () => T): T {
  const mine = comm.rank === 0 ? outcomeOf(work) : null;
  const outcome = (comm.size === 1 ? mine : comm.bcast(mine, 0))!;
  if ('thrown' in outcome) throw failure(operation, 0, outcome.thrown);
  return outcome.value;
}

/**
 * Collective: what every rank does. None goes on where one of them could not.
 *
 * @throws GridError ERR_FILE on all ranks, with the error of the lowest rank that failed
 */
export function onAll<T>(comm: Communicator, operation: string, work: () => T): T {
  const outcome = outcomeOf(work);
  const thrown = 'thrown' in outcome ? outcome.thrown : null;
  const all = comm.size === 1 ? [thrown] : comm.allgather(thrown);
  const rank = all.findIndex((each) => each !== null);
  if (rank >= 0) throw failure(operation, rank, all[rank]!);
  return (outcome as { readonly value: T }).value;
}

function outcomeOf<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { thrown: packThrown(error) };
  }
}

function failure(operation: string, rank: number, thrown: Thrown): GridError | KernelError {
  const cause = unpackThrown(thrown);
  if (cause instanceof GridError || cause instanceof KernelError) return cause;
  const words = cause instanceof Error ? cause.message : describeError(cause);
  return new GridError('ERR_FILE', `${operation}: ${words}`, { operation, rank, cause });
}
