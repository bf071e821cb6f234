import { Communicator } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree } from './agree.ts';
import { distribute, ranksOf, type LocalVector, type VectorLike } from './argument.ts';
import { LinalgError } from './error.ts';
import { inSession } from './krylov/session.ts';
import type { Operator } from './operator.ts';
import type { Where } from './options.ts';
import { widest } from './scalar.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** Where something is measured. */
export interface MeasureOptions {
  /** Default: the ranks that share the state, else the world. */
  readonly on?: Where | undefined;
}

/**
 * ⟨ψ| H |ψ⟩, on every rank.
 *
 * @param operator square and Hermitian.
 * @param state as it is: its norm counts.
 * @throws LinalgError ERR_SHAPE, ERR_VALUE, ERR_FAILED; ERR_HERMITIAN when the number is not real.
 */
export function expectation(
  operator: Operator,
  state: VectorLike,
  options: MeasureOptions & OnWorkers,
): Promise<number>;
export function expectation(
  operator: Operator,
  state: LocalVector,
  options?: MeasureOptions & OnRanks,
): number;
export function expectation(
  operator: Operator,
  state: VectorLike,
  options: MeasureOptions = {},
): number | Promise<number> {
  const on = options.on ?? ranksOf([state], world);
  if (on instanceof Communicator) return expectationOf(on, operator, state as LocalVector);
  return onWorkers(on, expectationOnWorkers, [operator, state]) as Promise<number>;
}

/** @internal */
export const expectationOnWorkers: WorkerCall = task(
  import.meta,
  function expectationOnWorkers(comm, packed) {
    return inWorker(comm, packed, ([operator, state]) =>
      expectationOf(comm, operator as Operator, state as LocalVector),
    );
  },
);

function expectationOf(comm: Communicator, operator: Operator, given: LocalVector): number {
  const operation = 'expectation';
  mustAgree(comm, operation, [operator.describe(), given.length]);
  if (operator.shape[0] !== operator.shape[1])
    throw new LinalgError(
      'ERR_SHAPE',
      `expectation needs a square operator, not ${operator.shape.join(' × ')}`,
    );
  const state = distribute(comm, operation, operator, given);
  const scalar = widest(operator.scalar, state.scalar);
  return inSession({ comm, operator, scalar, vectors: 2, watch: { operation } }, (space, bank) => {
    const [x, y] = [bank.take(), bank.take()];
    space.local(x).set((scalar === 'complex' ? state.toComplex() : state).local);
    const { size, square } = space.step(space.apply, y, x);
    const [re, im = 0] = space.overlaps([x], y);
    if (Math.abs(im) > 1e-9 * Math.sqrt(size * square))
      throw new LinalgError('ERR_HERMITIAN', `⟨ψ|H|ψ⟩ is ${re} + ${im}i: the operator is not Hermitian`);
    return re!;
  });
}
