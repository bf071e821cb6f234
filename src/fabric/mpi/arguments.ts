import { MpiError } from '../error.ts';
import type { Reduction } from '../fabric.ts';
import { Kind, kindOf, type Irregular, type Layout, type TypedArray } from '../memory.ts';

/* How the arguments of collectives are put to native/mpi.c. */

export const Move = { SCATTER: 0, GATHER: 1, ALLGATHER: 2, ALLTOALL: 3 } as const;
export const Reduce = { REDUCE: 0, ALLREDUCE: 1, SCAN: 2, EXSCAN: 3 } as const;
export const INT_MAX: number = 2 ** 31 - 1;

export const isIrregular = (layout: Layout): layout is Irregular => 'counts' in layout;
export const arrayOf = (layout: Layout | null): TypedArray | null =>
  layout !== null && isIrregular(layout) ? layout.data : layout;

/** Bytes of one call. Libraries count them in an int here and there: MPICH 4.0 in Scatter, Open MPI 4.1.4 in Alltoall (faults.ts). */
const PIECE_BYTES = 2 ** 30;

/** Elements of this array's kind, in blocks of `ranks` ranks, that one call may move or reduce; at least one. */
export function pieceOf(array: TypedArray, ranks = 1): number {
  return Math.max(1, Math.floor(PIECE_BYTES / array.BYTES_PER_ELEMENT / ranks));
}

/** So many elements are more bytes than an int counts. */
export const isHuge = (elements: number, array: TypedArray): boolean =>
  elements * array.BYTES_PER_ELEMENT > INT_MAX;

/** Send counts and displs, receive counts and displs; of a single piece only this rank's count is looked at. */
export function irregularCounts(
  carrier: { readonly size: number; readonly operation: string; readonly rank: number },
  send: Layout | null,
  recv: Layout | null,
): Int32Array {
  const { size, operation, rank: own } = carrier;
  const counts = new Int32Array(4 * size);
  [send, recv].forEach((side, i) => {
    if (side === null) return;
    const [most, last] = isIrregular(side)
      ? [Math.max(...side.counts), Math.max(...side.displs)]
      : [side.length, 0];
    if (most > INT_MAX || last > INT_MAX) {
      const message =
        'a block of more than 2147483647 elements, or one that begins beyond them, cannot be described to this MPI: send it by itself';
      throw new MpiError('ERR_COUNT', message, { operation, rank: own });
    }
    if (!isIrregular(side)) {
      counts.fill(side.length, 2 * i * size, (2 * i + 1) * size);
      return;
    }
    counts.set(side.counts, 2 * i * size);
    counts.set(side.displs, (2 * i + 1) * size);
  });
  return counts;
}

/** Clamped bytes saturate, which MPI does not know. */
export function knows(op: Reduction, array: TypedArray): boolean {
  return op.code >= 0 && kindOf(array) !== Kind.Uint8Clamped;
}
