import type { Communicator } from '../comm/index.ts';
import { together } from './agree.ts';
import { LinalgError } from './error.ts';
import type { KeptVector } from './kept.ts';
import type { Operator } from './operator.ts';
import { deal, type Range } from './ownership.ts';
import { width, type Scalar } from './scalar.ts';
import { DistributedVector } from './vector.ts';

/**
 * A vector as an argument: distributed over ranks, whole (real, or complex with (re, im)
 * interleaved), or kept on the workers of the pool that the call goes to.
 */
export type VectorLike = DistributedVector | Float64Array | KeptVector;

/** One that ranks can work with. */
export type LocalVector = DistributedVector | Float64Array;

/** The ranges of an operator's rows, or of its columns. */
export function rangesOf(
  operator: Operator,
  comm: Pick<Communicator, 'size'>,
  side: 'rows' | 'columns' = 'rows',
): Range[] {
  const [rows, columns] = operator.shape;
  if (side === 'rows' || rows === columns) return deal(rows, comm.size, operator.block);
  return deal(columns, comm.size);
}

/**
 * Collective: an argument as a vector that is distributed like the rows or columns of an operator.
 *
 * @throws LinalgError ERR_SHAPE for one of another length or distribution, on all ranks.
 */
export function distribute(
  comm: Communicator,
  operation: string,
  operator: Operator,
  vector: LocalVector,
  side: 'rows' | 'columns' = 'columns',
): DistributedVector {
  const ranges = rangesOf(operator, comm, side);
  const n = ranges.at(-1)!.end;
  return together(comm, operation, () => {
    if (vector instanceof Float64Array) return cut(comm, ranges, n, vector);
    if (!(vector instanceof DistributedVector))
      throw new LinalgError(
        'ERR_OPTION',
        `${operation} on ranks takes no vector that a pool keeps: give { on }`,
      );
    const fits = ranges.every(({ start, end }, rank) => {
      const range = vector.ranges[rank];
      return range?.start === start && range.end === end;
    });
    if (vector.length !== n || !fits)
      throw new LinalgError(
        'ERR_SHAPE',
        vector.length === n
          ? `${operation}: the vector is distributed in another way than the ${side} of the operator`
          : `${operation}: a vector of ${vector.length} for an operator of ${operator.shape.join(' × ')}`,
      );
    return vector;
  });
}

/** This rank's part of a whole vector. */
function cut(
  comm: Communicator,
  ranges: readonly Range[],
  n: number,
  whole: Float64Array,
): DistributedVector {
  if (whole.length !== n && whole.length !== 2 * n)
    throw new LinalgError('ERR_SHAPE', `${whole.length} numbers are no real or complex vector of ${n}`);
  const scalar: Scalar = whole.length === n ? 'real' : 'complex';
  const { start, end } = ranges[comm.rank]!;
  const w = width(scalar);
  return new DistributedVector(comm, scalar, ranges, whole.slice(start * w, end * w));
}

/** Where a call runs whose arguments may tell: on the ranks that share a vector, else on `otherwise`. */
export function ranksOf(vectors: readonly VectorLike[], otherwise: () => Communicator): Communicator {
  return vectors.find((vector) => vector instanceof DistributedVector)?.comm ?? otherwise();
}
