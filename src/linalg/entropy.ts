import { Communicator, IN_PLACE, SUM } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree, together } from './agree.ts';
import { ranksOf, type LocalVector, type VectorLike } from './argument.ts';
import { cutOf, type Cut, type Parts } from './cut.ts';
import { LinalgError } from './error.ts';
import { hermitianValues } from './krylov/tridiagonalize.ts';
import { reducedDensity, type Density } from './reduced-density.ts';
import { deal } from './ownership.ts';
import type { Where } from './options.ts';
import { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** Options of `entropy`. */
export interface EntropyOptions extends Parts {
  /** Default: the ranks that share the state; a whole state is worked on where the call is made. */
  readonly on?: Where | undefined;
}

/**
 * The entanglement entropy of some sites of a pure state with the others, −Σ p log₂ p in bits.
 *
 * @param state of norm 1: distributed, whole, or kept on the pool of `on`. A whole one needs `of`
 *     or `scalar` when it is complex.
 * @param options which sites; `of` for states of a sector; `dims` where sites are not spins ½.
 * @returns the number, on every rank; a promise with an executor or `'pool'`.
 * @throws LinalgError ERR_OPTION for sites that are not there, ERR_SHAPE for a state that does not
 *     fit them, ERR_VALUE for one of norm 0.
 * @example
 * entropy(state, { sites: 9 }); // the first 9 sites with the rest
 */
export function entropy(state: VectorLike, options: EntropyOptions & OnWorkers): Promise<number>;
export function entropy(state: LocalVector, options: EntropyOptions & OnRanks): number;
export function entropy(state: VectorLike, { on, ...parts }: EntropyOptions): number | Promise<number> {
  if (on === undefined && state instanceof Float64Array) return wholeEntropy(state, parts);
  const where = on ?? ranksOf([state], world);
  if (where instanceof Communicator) return entropyOf(where, state as LocalVector, parts);
  return onWorkers(where, entropyOnWorkers, [state, parts]) as Promise<number>;
}

/** @internal */
export const entropyOnWorkers: WorkerCall = task(import.meta, function entropyOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([state, parts]) => entropyOf(comm, state as LocalVector, parts as Parts));
});

function entropyOf(comm: Communicator, state: LocalVector, parts: Parts): number {
  const { of, ...plain } = parts;
  mustAgree(comm, 'entropy', [of?.describe(), plain, state.length]);
  const cut = together(comm, 'entropy', () => cutOf(state, parts));
  const ranges = deal(cut.rows, comm.size);
  const part =
    state instanceof DistributedVector
      ? { local: state.local, start: state.ownership.start }
      : {
          local: state.subarray(ranges[comm.rank]!.start * cut.width, ranges[comm.rank]!.end * cut.width),
          start: ranges[comm.rank]!.start,
        };
  const density = reducedDensity(comm, cut, part.local, part.start);
  const sums = Float64Array.of(...shares(density, comm.rank, comm.size));
  comm.Allreduce(IN_PLACE, sums, SUM);
  return fromSums(sums[0]!, sums[1]!);
}

function wholeEntropy(state: Float64Array, parts: Parts): number {
  const cut: Cut = cutOf(state, parts);
  const density = reducedDensity(undefined, cut, state, 0);
  return fromSums(...shares(density, 0, 1));
}

/** Σ p and −Σ p log₂ p over this rank's share of the blocks. */
function shares(density: Density, rank: number, size: number): [number, number] {
  let [total, sum] = [0, 0];
  density.blocks.forEach((block, b) => {
    if (b % size !== rank) return;
    for (const p of hermitianValues(block.re, block.im, block.n)) {
      if (p <= 0) continue; // rounding
      total += p;
      sum -= p * Math.log2(p);
    }
  });
  return [total, sum];
}

/** The entropy of p / Σ p. */
function fromSums(total: number, sum: number): number {
  if (!(total > 0)) throw new LinalgError('ERR_VALUE', `a state of norm ${Math.sqrt(total)} has no entropy`);
  return Math.max(0, sum / total + Math.log2(total));
}
