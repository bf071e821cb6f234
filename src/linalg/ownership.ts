import type { Communicator } from '../comm/index.ts';

/** A half-open range of global rows: `start`, `start + 1`, … `end − 1`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Anything whose rows are dealt: an operator. */
export interface Dealt {
  readonly shape: readonly [number, number];
  /** Rows that stay together: ranges begin at multiples of it. */
  readonly block: number;
}

/**
 * The rows of each rank, in rank order: ranges of nearly equal length that begin at multiples of
 * the operator's block (16 for matrix-free spin operators, else 1). With more ranks than blocks
 * some are empty.
 *
 * @example
 * ownership(hamHeis(18), world())[world().rank]; // { start, end } of this rank
 */
export function ownership(operator: Dealt, comm: Pick<Communicator, 'size'>): Range[] {
  return deal(operator.shape[0], comm.size, operator.block);
}

/** n rows in blocks dealt to `ranks`: block b goes to rank r with ⌊B·r/p⌋ ≤ b < ⌊B·(r+1)/p⌋. */
export function deal(n: number, ranks: number, block = 1): Range[] {
  const blocks = Math.ceil(n / block);
  // Quotient and remainder apart, since blocks · rank may exceed 2⁵³.
  const [quotient, remainder] = [Math.floor(blocks / ranks), blocks % ranks];
  const begin = (rank: number) =>
    Math.min(n, block * (quotient * rank + Math.floor((remainder * rank) / ranks)));
  return Array.from({ length: ranks }, (_, rank) => ({
    start: begin(rank),
    end: rank === ranks - 1 ? n : begin(rank + 1),
  }));
}

/** The rank that owns a row: the last one whose range begins at or before it and is not empty. */
export function ownerOf(ranges: readonly Range[], row: number): number {
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.end > row) high = middle;
    else low = middle + 1;
  }
  return low;
}
