import type { Communicator } from '../comm/index.ts';
import { getPool, type Executor } from '../pool/index.ts';
import { chosenMpi } from '../mpi-compiler.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import { LinalgError } from './error.ts';
import { keep, KeptVector, keptVector, type KeptReference } from './kept.ts';
import { isPlain, mapPlain, pack, unpack } from './revive.ts';
import { findSlepc } from './slepc/installation.ts';
import { DistributedVector } from './vector.ts';

/** Workers of a pool, or of the one of `getPool()`. */
export type Workers = Executor | 'pool';

/** The option by which a call goes to workers. */
export interface OnWorkers {
  readonly on: Workers;
}

/** The option of a call that ranks make together. */
export interface OnRanks {
  readonly on?: Communicator | undefined;
}

/** A call of this room as the workers run it. @internal */
export type WorkerCall = (comm: Communicator, packed: unknown) => Promise<unknown>;

/**
 * Runs a call on the workers of a pool, as one SPMD section. Vectors come whole from their rank 0,
 * or stay as handles.
 *
 * @param args operators, vectors, plain values; functions as tasks.
 * @throws LinalgError ERR_OPTION for what stays in this process: signals, distributed vectors.
 */
export async function onWorkers(
  on: Workers,
  call: WorkerCall,
  args: readonly unknown[],
  vectors: 'whole' | 'keep' = 'whole',
): Promise<unknown> {
  const executor = executorOf(on, args);
  const packed = pack(outgoing(args, executor));
  const results = await executor.submitAll(call, { args: packed, vectors });
  const result = results.find((one) => one !== null) as Outcome;
  if ('thrown' in result) throw unpackThrown(result.thrown);
  return incoming(result.value, executor);
}

/**
 * The pool that a call goes to. One that is started for it, where the user has not chosen an MPI, is
 * of SLEPc's MPI if the call's options ask for SLEPc.
 */
export function executorOf(on: Workers, args: readonly unknown[]): Executor {
  if (on !== 'pool') return on;
  const bySlepc = args.some((item) => isPlain(item) && item.backend === 'slepc');
  const mpi = bySlepc && chosenMpi() === undefined ? findSlepc()[0]?.mpi : undefined;
  return getPool(mpi === undefined ? {} : { mpi });
}

/** What comes back from rank 0. */
type Outcome = { readonly value: unknown } | { readonly thrown: Thrown };

/** What a call's options may not have when it goes to workers. */
const HERE = ['signal', 'onProgress'];

function outgoing(value: unknown, executor: Executor): unknown {
  return mapPlain(value, (item) => {
    if (item instanceof DistributedVector)
      throw new LinalgError(
        'ERR_OPTION',
        'a distributed vector stays on its ranks: give workers a whole one',
      );
    if (item instanceof KeptVector) {
      if (item.executor !== executor) throw new LinalgError('ERR_OPTION', 'another pool keeps that vector');
      return { $kept: item.reference() };
    }
    if (isPlain(item))
      for (const name of HERE)
        if (item[name] !== undefined)
          throw new LinalgError('ERR_OPTION', `${name} stays in this process: not with an executor`);
    return undefined;
  });
}

function incoming(value: unknown, executor: Executor): unknown {
  return mapPlain(value, (item) =>
    isPlain(item) && '$kept' in item ? new KeptVector(executor, item.$kept as KeptReference) : undefined,
  );
}

/**
 * Runs a call in a worker: its arguments made again, its vectors gathered or kept. Results come from
 * rank 0 alone.
 */
export async function inWorker(
  comm: Communicator,
  packed: unknown,
  call: (args: unknown[]) => unknown,
): Promise<unknown> {
  const { args, vectors } = packed as { readonly args: unknown; readonly vectors: 'whole' | 'keep' };
  const arrived = mapPlain(await unpack(args), (item) =>
    isPlain(item) && '$kept' in item ? keptVector(comm, item.$kept as KeptReference) : undefined,
  );
  const outward = (value: unknown, how: 'whole' | 'keep') =>
    mapPlain(value, (item) => {
      if (!isVector(item)) return undefined;
      return how === 'keep' ? { $kept: keep(comm, item) } : (item.gather() ?? new Float64Array(0));
    });
  try {
    const value = outward(call(arrived as unknown[]), vectors);
    return comm.rank === 0 ? { value } : null;
  } catch (error) {
    // It is the same on all ranks, and so are the vectors in it. Thrown here, it would cost the pool
    // its workers and the vectors that they keep.
    if (!(error instanceof LinalgError)) throw error;
    const { code, message, operation, rank, cause } = error;
    const partial = outward(error.partial, 'whole');
    const details = { operation, cause, partial, ...(rank === undefined ? {} : { rank }) };
    return comm.rank === 0 ? { thrown: packThrown(new LinalgError(code, message, details)) } : null;
  }
}

const isVector = (item: unknown): item is DistributedVector => item instanceof DistributedVector;
