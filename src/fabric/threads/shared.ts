import type { Reduction } from '../fabric.ts';
import { byteLengthOf, bytesPerElement, copy, kindOf, type TypedArray } from '../memory.ts';
import { SLOT_BYTES } from './memory.ts';
import { unequal, type Meeting, type Slots } from './slots.ts';

/*
 * Collectives on shared memory: data goes through slots that all ranks can read (slots.ts), piece by piece. Every rank walks through the same
 * pieces, so none of them waits for a slot that only it could free.
 */

/** The root shows its array to all. */
export function bcast(slots: Slots, meeting: Meeting, array: TypedArray, root: number): void {
  const { rank, members } = meeting.group;
  if (members.length === 1) return;
  const bytes = byteLengthOf(array);
  if (rank === root) {
    for (let start = 0, piece = 0; start < bytes || piece === 0; start += SLOT_BYTES, piece++) {
      const slot = slots.acquire(meeting);
      slots.write(slot, 0, array, start, Math.min(SLOT_BYTES, bytes - start));
      slots.post(meeting, slot, piece, bytes, -1);
    }
    return;
  }
  for (let start = 0, piece = 0, total = Infinity; start < total; start += SLOT_BYTES, piece++) {
    const slot = slots.find(meeting, root, piece);
    total = slots.total(slot);
    const length = Math.min(SLOT_BYTES, total - start, bytes - start);
    if (length > 0) slots.read(slot, 0, array, start, length);
    slots.release(meeting, root, slot);
    // The root is served to the end, so that it need not wait for one that has failed.
    if (start + SLOT_BYTES >= total && total > bytes) throw unequal(meeting, root, total, bytes);
  }
}

/** Everyone shows its block to all. `from` null: it lies in its place. */
export function allgather(slots: Slots, meeting: Meeting, from: TypedArray | null, into: TypedArray): void {
  const { rank, members } = meeting.group;
  const size = members.length;
  const bytes = byteLengthOf(into) / size;
  const own = from ?? into.subarray((rank * into.length) / size, ((rank + 1) * into.length) / size);
  for (let start = 0, piece = 0; start < bytes; start += SLOT_BYTES, piece++) {
    const length = Math.min(SLOT_BYTES, bytes - start);
    const slot = slots.acquire(meeting);
    slots.write(slot, 0, own, start, length);
    if (size > 1) slots.exchange(meeting, slot, piece, bytes);
    if (from && piece === 0) copy(into, from, (rank * into.length) / size);
    for (let step = 1; step < size; step++) {
      const source = (rank + step) % size;
      const theirs = slots.find(meeting, source, piece);
      const total = slots.total(theirs);
      if (total === bytes) slots.read(theirs, 0, into, source * bytes + start, length);
      slots.release(meeting, source, theirs);
      if (total !== bytes) throw unequal(meeting, source, total, bytes);
    }
  }
}

/** Everyone shows pieces of its blocks for the others; each reads its own. `from` null: the blocks lie in `into`. */
export function alltoall(slots: Slots, meeting: Meeting, from: TypedArray | null, into: TypedArray): void {
  const { rank, members } = meeting.group;
  const size = members.length;
  const source = from ?? into;
  const bytes = byteLengthOf(into) / size;
  // A slot has room for one block less than there are ranks, in the order of the ranks after its own.
  const most = Math.floor(SLOT_BYTES / Math.max(1, size - 1) / 64) * 64;
  for (let start = 0, piece = 0; start < bytes; start += most, piece++) {
    const length = Math.min(most, bytes - start);
    if (size > 1) {
      const slot = slots.acquire(meeting);
      for (let step = 1; step < size; step++) {
        slots.write(slot, (step - 1) * most, source, ((rank + step) % size) * bytes + start, length);
      }
      slots.exchange(meeting, slot, piece, bytes);
    }
    if (from && piece === 0) {
      const count = into.length / size;
      copy(into, from.subarray(rank * count, (rank + 1) * count), rank * count);
    }
    for (let step = 1; step < size; step++) {
      const peer = (rank + step) % size;
      const theirs = slots.find(meeting, peer, piece);
      const total = slots.total(theirs);
      if (total === bytes) slots.read(theirs, (size - step - 1) * most, into, peer * bytes + start, length);
      slots.release(meeting, peer, theirs);
      if (total !== bytes) throw unequal(meeting, peer, total, bytes);
    }
  }
}

/** Bytes of a piece of whole units. A unit has room in a slot (`reducible`). */
const pieceBytes = (unitBytes: number): number => SLOT_BYTES - (SLOT_BYTES % unitBytes);

/** Whether slots have room for a unit of the operation: else its operands travel as messages. */
export const reducible = (op: Reduction, array: TypedArray): boolean =>
  op.unit * array.BYTES_PER_ELEMENT <= SLOT_BYTES;

/** Up to so many bytes everyone who wants the result combines all of it; beyond, each combines a part for all. */
const WHOLE_BYTES = 4096;
/** With more ranks one combines for all: of so many operands the reading is the larger part. */
const MANY = 8;

/**
 * Combines in rank order, so the result is the same at every root and whoever combines. `root` −1: all ranks want it. `from` null: the operand
 * lies in `into`.
 */
export function reduce(
  slots: Slots,
  meeting: Meeting,
  from: TypedArray | null,
  into: TypedArray | null,
  op: Reduction,
  root: number,
): void {
  const { rank, members } = meeting.group;
  const size = members.length;
  const operand = (from ?? into)!;
  const bytes = byteLengthOf(operand);
  if (size === 1) {
    if (from) copy(into!, from);
    return;
  }
  if (root < 0 && size > MANY && bytes <= WHOLE_BYTES) {
    try {
      return reduce(slots, meeting, from, into, op, 0);
    } finally {
      // The others get something from a rank 0 that has failed, too: it is for it to say why.
      bcast(slots, meeting, into!, 0);
    }
  }
  const kind = kindOf(operand);
  const each = bytesPerElement(kind);
  const wants = root < 0 || rank === root;
  if (bytes <= WHOLE_BYTES) {
    if (bytes === 0) return;
    const slot = slots.acquire(meeting);
    slots.write(slot, 0, operand, 0, bytes);
    if (root < 0) slots.exchange(meeting, slot, 0, bytes);
    else if (rank !== root) slots.post(meeting, slot, 0, bytes, root);
    // Where operands and results share their memory, what lies in the slot outlives the operand.
    const own = from ?? slots.view(slot, kind).subarray(0, operand.length);
    if (wants) combine(slots, meeting, 0, own, into!, 0, op, bytes);
    return;
  }
  // Units stay whole.
  const grain = op.unit * each;
  const most = pieceBytes(grain);
  for (let start = 0, piece = 0; start < bytes; start += most, piece += 2) {
    const length = Math.min(most, bytes - start);
    const edge = (part: number) =>
      part === size ? length : Math.floor((length * part) / size / grain) * grain;
    const [low, high] = [edge(rank), edge(rank + 1)];
    const operands = slots.acquire(meeting);
    if (low > 0) slots.write(operands, 0, operand, start, low);
    if (high < length) slots.write(operands, high, operand, start + high, length - high);
    slots.exchange(meeting, operands, piece, bytes);
    const own = operand.subarray((start + low) / each, (start + high) / each);
    const results = rank !== root || !from ? slots.acquire(meeting) : -1;
    // Combined where it is wanted, unless the operands lie there.
    const direct = wants && from !== null;
    const part = direct
      ? into!.subarray((start + low) / each, (start + high) / each)
      : slots.view(results, kind).subarray(0, (high - low) / each);
    combine(slots, meeting, piece, own, part, low / each, op, bytes);
    if (rank !== root) {
      if (direct) slots.write(results, 0, part, 0, high - low);
      if (root < 0) slots.exchange(meeting, results, piece + 1, bytes);
      else slots.post(meeting, results, piece + 1, bytes, root);
    }
    if (!wants) continue;
    if (!direct) slots.read(results, 0, into!, start + low, high - low);
    for (let step = 1; step < size; step++) {
      const source = (rank + step) % size;
      const theirs = slots.find(meeting, source, piece + 1);
      slots.read(theirs, 0, into!, start + edge(source), edge(source + 1) - edge(source));
      slots.release(meeting, source, theirs);
    }
  }
}

/** Everyone shows all its operands, and combines its own part of everyone's, in rank order. `from` null: they lie in `into`. */
export function reduceScatter(
  slots: Slots,
  meeting: Meeting,
  from: TypedArray | null,
  into: TypedArray,
  counts: readonly number[],
  op: Reduction,
): void {
  const { rank } = meeting.group;
  const operand = from ?? into;
  const bytes = byteLengthOf(operand);
  const kind = kindOf(operand);
  const each = bytesPerElement(kind);
  const low = each * counts.slice(0, rank).reduce((sum, count) => sum + count, 0);
  const high = low + each * counts[rank]!;
  const most = pieceBytes(op.unit * each);
  for (let start = 0, piece = 0; start < bytes; start += most, piece++) {
    const length = Math.min(most, bytes - start);
    const within = (offset: number) => Math.min(Math.max(offset - start, 0), length);
    const slot = slots.acquire(meeting);
    slots.write(slot, 0, operand, start, length);
    slots.exchange(meeting, slot, piece, bytes, true);
    // What this writes has been shown, in this piece or before, even where operands and results share their memory.
    const [begin, end] = [within(low), within(high)];
    const first = (start + begin - low) / each;
    const part = into.subarray(...(end > begin ? [first, first + (end - begin) / each] : [0, 0]));
    const own = slots.view(slot, kind).subarray(begin / each, end / each);
    combine(slots, meeting, piece, own, part, begin / each, op, bytes);
    slots.release(meeting, rank, slot);
  }
}

/** All ranks' operands of one piece into `total`, in rank order: this rank's `own`, the others' from element `first` of their slots on. */
function combine(
  slots: Slots,
  meeting: Meeting,
  piece: number,
  own: TypedArray,
  total: TypedArray,
  first: number,
  op: Reduction,
  bytes: number,
): void {
  const { rank, members } = meeting.group;
  const kind = kindOf(total);
  for (let source = 0; source < members.length; source++) {
    if (source === rank) {
      if (source === 0) copy(total, own);
      else op.fold(total, own);
      continue;
    }
    const slot = slots.find(meeting, source, piece);
    const theirs = slots.total(slot);
    if (theirs === bytes) {
      const view = slots.view(slot, kind);
      if (source === 0) slots.read(slot, first * bytesPerElement(kind), total, 0, byteLengthOf(total));
      else op.fold(total, first === 0 ? view : view.subarray(first));
    }
    slots.release(meeting, source, slot);
    if (theirs !== bytes) throw unequal(meeting, source, theirs, bytes);
  }
}
