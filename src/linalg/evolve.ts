import { Communicator } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { ranksOf, type LocalVector, type VectorLike } from './argument.ts';
import { evolution, type EvolutionOptions, type Moment } from './evolution.ts';
import type { KeptVector } from './kept.ts';
import type { Operator } from './operator.ts';
import type { Where } from './options.ts';
import type { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** Options of `evolve`. */
export interface EvolveOptions extends EvolutionOptions {
  /** Default: the ranks that share the state, else the world. */
  readonly on?: Where | undefined;
  /** `keep`: states stay on the workers of the pool, and handles come back. */
  readonly vectors?: 'keep' | undefined;
}

/**
 * The states exp(−i (t − t₀) H) ψ at the times t, by Chebyshev expansion to rounding error. A real
 * state under a real operator is expanded with real products up to the first time.
 *
 * On ranks an iterable that computes the next state when it is asked for; every rank iterates. With
 * an executor or `'pool'` one SPMD section computes all of them, and an async iterable gives them:
 * `for await` reads both.
 *
 * @param operator square and Hermitian.
 * @param state at time `from`.
 * @param times in any order; each state is computed from the one before.
 * @throws LinalgError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_HERMITIAN, ERR_DIVERGED, ERR_MEMORY,
 *     ERR_FAILED; the same on every rank.
 * @example
 * for (const { t, state } of evolve(H, basisState(H, '010101'), [1, 2, 5]))
 *   console.log(t, entropy(state, { sites: 3 }));
 */
export function evolve(
  operator: Operator,
  state: VectorLike,
  times: readonly number[],
  options: EvolveOptions & OnWorkers & { readonly vectors: 'keep' },
): AsyncGenerator<Moment<KeptVector>, void, void>;
export function evolve(
  operator: Operator,
  state: VectorLike,
  times: readonly number[],
  options: EvolveOptions & OnWorkers,
): AsyncGenerator<Moment<Float64Array>, void, void>;
export function evolve(
  operator: Operator,
  state: LocalVector,
  times: Iterable<number>,
  options?: EvolveOptions & OnRanks,
): Generator<Moment<DistributedVector>, void, void>;
export function evolve(
  operator: Operator,
  state: VectorLike,
  times: Iterable<number>,
  options: EvolveOptions = {},
): AsyncGenerator<Moment<unknown>, void, void> | Generator<Moment<DistributedVector>, void, void> {
  const { on = ranksOf([state], world), vectors, ...rest } = options;
  if (on instanceof Communicator) return evolution(on, operator, state as LocalVector, times, rest);
  return moments(onWorkers(on, evolveOnWorkers, [operator, state, [...times], rest], vectors));
}

async function* moments(all: Promise<unknown>): AsyncGenerator<Moment<unknown>, void, void> {
  yield* (await all) as Moment<unknown>[];
}

/** @internal */
export const evolveOnWorkers: WorkerCall = task(import.meta, function evolveOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, state, times, options]) =>
    Array.from(
      evolution(
        comm,
        operator as Operator,
        state as LocalVector,
        times as number[],
        options as EvolutionOptions,
      ),
    ),
  );
});
