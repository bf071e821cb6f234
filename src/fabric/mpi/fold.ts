import type { Carrier, Reduction } from '../fabric.ts';
import { allocate, copy, type TypedArray } from '../memory.ts';

/*
 * Reductions that MPI does not know (operations of the user, MAXLOC of any element kind): operands are gathered piece by piece and
 * combined in rank order, so memory is bounded by ranks × CHUNK, or by ranks × unit where a unit of the operation is longer.
 */
const CHUNK = 32 * 1024;

/** Elements of a piece: whole units. */
const pieceOf = ({ unit }: Reduction): number => Math.max(unit, CHUNK - (CHUNK % unit));

/** The operands of the first `ranks` ranks, `length` elements each, combined in rank order; it lies where the first one was. */
export function foldFirst(ranks: number, all: TypedArray, length: number, op: Reduction): TypedArray {
  const total = all.subarray(0, length);
  for (let r = 1; r < ranks; r++) op.fold(total, all.subarray(r * length, (r + 1) * length));
  return total;
}

/** As MPI_Reduce; at the root a null `send` means that its operand lies in `recv`. */
export function foldReduce(
  carrier: Carrier,
  send: TypedArray | null,
  recv: TypedArray | null,
  op: Reduction,
  root: number,
): void {
  const { size, rank } = carrier;
  const own = send ?? recv!;
  const most = pieceOf(op);
  for (let start = 0; start < own.length || start === 0; start += most) {
    const piece = own.subarray(start, start + most);
    if (rank !== root) {
      carrier.gather(piece, null, root);
      continue;
    }
    const all = allocate(piece, size * piece.length);
    carrier.gather(piece, all, root);
    copy(recv!.subarray(start, start + piece.length), foldFirst(size, all, piece.length, op));
  }
}

/** As MPI_Scan. */
export function foldScan(carrier: Carrier, send: TypedArray | null, recv: TypedArray, op: Reduction): void {
  foldBelow(carrier, send ?? recv, recv, op, carrier.rank + 1);
}

/** As MPI_Exscan: rank 0's array stays. */
export function foldExscan(carrier: Carrier, send: TypedArray | null, recv: TypedArray, op: Reduction): void {
  foldBelow(carrier, send ?? recv, recv, op, carrier.rank);
}

/** Combines the operands of the first `ranks` ranks. */
function foldBelow(carrier: Carrier, send: TypedArray, recv: TypedArray, op: Reduction, ranks: number): void {
  const most = pieceOf(op);
  for (let start = 0; start < send.length || start === 0; start += most) {
    const piece = send.subarray(start, start + most);
    const all = allocate(piece, carrier.size * piece.length);
    carrier.allgather(piece, all);
    if (ranks === 0) continue;
    copy(recv.subarray(start, start + piece.length), foldFirst(ranks, all, piece.length, op));
  }
}
