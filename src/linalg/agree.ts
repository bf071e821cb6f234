import { createHash, type Hash } from 'node:crypto';
import { IN_PLACE, MAX, type Communicator } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import { LinalgError } from './error.ts';

/** What a rank could not do, as it travels. */
interface Failure {
  readonly rank: number;
  readonly thrown: Thrown;
}

/**
 * Work of each rank that may fail on some of them: then all ranks throw, with the error of the
 * lowest rank that failed as the cause.
 *
 * @throws LinalgError of the rank that failed; ERR_FAILED with `cause` and `rank` for an error of
 *     another class.
 */
export function together<T>(comm: Communicator, operation: string, work: () => T): T {
  let result: { readonly value: T } | undefined;
  let failed: { readonly error: unknown } | undefined;
  try {
    result = { value: work() };
  } catch (error) {
    failed = { error };
  }
  const some = Int32Array.of(failed ? 1 : 0);
  comm.Allreduce(IN_PLACE, some, MAX);
  if (some[0] === 0) return result!.value;
  throw shareFailure(comm, operation, failed);
}

/** Collective: the error that all ranks throw when at least one of them failed. */
export function shareFailure(
  comm: Communicator,
  operation: string,
  failed: { readonly error: unknown } | undefined,
): LinalgError {
  const mine: Failure | null = failed ? { rank: comm.rank, thrown: packThrown(failed.error) } : null;
  const all = comm.allgather<Failure | null>(mine);
  const first = all.find((failure) => failure !== null);
  if (first == null)
    return new LinalgError('ERR_VALUE', `${operation}: a product has entries that are not finite`);
  const { rank } = first;
  // The rank where it happened keeps its own error, with what cannot travel.
  const error = rank === comm.rank ? failed!.error : unpackThrown(first.thrown);
  if (error instanceof LinalgError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new LinalgError('ERR_FAILED', `${operation}: rank ${rank}: ${text}`, {
    operation,
    rank,
    cause: error,
  });
}

/**
 * Collective: refuses a call that the ranks do not make alike.
 *
 * @param description plain values and functions that make up the call.
 * @throws LinalgError ERR_DIVERGED when they differ.
 */
export function mustAgree(comm: Communicator, operation: string, description: unknown): void {
  if (comm.size === 1) return;
  const hash = createHash('sha256');
  addTo(hash, description);
  const words = new Int32Array(16);
  const digest = hash.digest();
  for (let i = 0; i < 8; i++) {
    words[i] = digest.readInt32LE(4 * i);
    words[8 + i] = ~words[i]!;
  }
  // The largest word is also the smallest when all are equal, and ~ turns the order round.
  comm.Allreduce(IN_PLACE, words, MAX);
  for (let i = 0; i < 8; i++) {
    if (words[i] === ~words[8 + i]!) continue;
    throw new LinalgError('ERR_DIVERGED', `the ranks call ${operation} with different operators or options`, {
      operation,
    });
  }
}

function addTo(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    hash.update(`${value.constructor.name} ${value.byteLength}:`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (typeof value === 'function') {
    hash.update(Function.prototype.toString.call(value));
  } else if (typeof value === 'object' && value !== null) {
    hash.update(Array.isArray(value) ? '[' : '{');
    for (const [key, item] of Object.entries(value)) {
      hash.update(`${key}:`);
      addTo(hash, item);
    }
    hash.update('}');
  } else {
    hash.update(`${typeof value} ${String(value)};`);
  }
}
