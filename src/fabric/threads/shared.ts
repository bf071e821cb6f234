import { MpiError } from '../error.ts';
import type { Reduction } from '../fabric.ts';
import { byteLengthOf, bytesPerElement, kindOf, type TypedArray } from '../memory.ts';
import { SLOT_BYTES } from './memory.ts';
import type { Meeting, Slots } from './slots.ts';

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
    if (from) slots.read(slot, 0, into, rank * bytes + start, length);
    if (size > 1) slots.post(meeting, slot, piece, bytes, -1);
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

/** Everyone shows a piece of each of its blocks; each reads its own. `from` null: the blocks lie in `into`. */
export function alltoall(slots: Slots, meeting: Meeting, from: TypedArray | null, into: TypedArray): void {
  const { rank, members } = meeting.group;
  const size = members.length;
  const source = from ?? into;
  const bytes = byteLengthOf(into) / size;
  const most = Math.floor(SLOT_BYTES / size / 64) * 64;
  for (let start = 0, piece = 0; start < bytes; start += most, piece++) {
    const length = Math.min(most, bytes - start);
    const slot = slots.acquire(meeting);
    for (let dest = 0; dest < size; dest++) {
      slots.write(slot, dest * most, source, dest * bytes + start, length);
    }
    if (from) slots.read(slot, rank * most, into, rank * bytes + start, length);
    if (size > 1) slots.post(meeting, slot, piece, bytes, -1);
    for (let step = 1; step < size; step++) {
      const peer = (rank + step) % size;
      const theirs = slots.find(meeting, peer, piece);
      const total = slots.total(theirs);
      if (total === bytes) slots.read(theirs, rank * most, into, peer * bytes + start, length);
      slots.release(meeting, peer, theirs);
      if (total !== bytes) throw unequal(meeting, peer, total, bytes);
    }
  }
}

/** Up to so many bytes everyone who wants the result combines all of it; beyond, each combines a part for all. */
const WHOLE_BYTES = 4096;

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
    if (from) (into as Float64Array).set(from as Float64Array);
    return;
  }
  const kind = kindOf(operand);
  if (bytes <= WHOLE_BYTES) {
    if (bytes === 0) return;
    const slot = slots.acquire(meeting);
    slots.write(slot, 0, operand, 0, bytes);
    if (rank !== root) slots.post(meeting, slot, 0, bytes, root);
    if (root < 0 || rank === root) combine(slots, meeting, slot, 0, kind, into!, op, bytes);
    return;
  }
  const wants = root < 0 || rank === root;
  // Pairs of value and index stay together.
  const grain = 2 * bytesPerElement(kind);
  for (let start = 0, piece = 0; start < bytes; start += SLOT_BYTES, piece += 2) {
    const length = Math.min(SLOT_BYTES, bytes - start);
    const edge = (part: number) =>
      part === size ? length : Math.floor((length * part) / size / grain) * grain;
    const [low, high] = [edge(rank), edge(rank + 1)];
    const operands = slots.acquire(meeting);
    slots.write(operands, 0, operand, start, length);
    slots.post(meeting, operands, piece, bytes, -1, true);
    const results = slots.acquire(meeting);
    const each = bytesPerElement(kind);
    const part = slots.view(results, kind).subarray(0, (high - low) / each);
    combine(slots, meeting, operands, piece, kind, part, op, bytes, low / each);
    slots.release(meeting, rank, operands);
    if (rank !== root) slots.post(meeting, results, piece + 1, bytes, root);
    if (!wants) continue;
    slots.read(results, 0, into!, start + low, high - low);
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
  for (let start = 0, piece = 0; start < bytes; start += SLOT_BYTES, piece++) {
    const length = Math.min(SLOT_BYTES, bytes - start);
    const within = (offset: number) => Math.min(Math.max(offset - start, 0), length);
    const slot = slots.acquire(meeting);
    slots.write(slot, 0, operand, start, length);
    slots.post(meeting, slot, piece, bytes, -1, true);
    // What this writes has been shown, in this piece or before, even where operands and results share their memory.
    const [begin, end] = [within(low), within(high)];
    const part =
      end > begin
        ? into.subarray((start + begin - low) / each, (start + end - low) / each)
        : into.subarray(0, 0);
    combine(slots, meeting, slot, piece, kind, part, op, bytes, begin / each);
    slots.release(meeting, rank, slot);
  }
}

/** Everyone's operands of one piece, from element `first` on, combined into `total`. */
function combine(
  slots: Slots,
  meeting: Meeting,
  own: number,
  piece: number,
  kind: number,
  total: TypedArray,
  op: Reduction,
  bytes: number,
  first = 0,
): void {
  const { rank, members } = meeting.group;
  for (let source = 0; source < members.length; source++) {
    const slot = source === rank ? own : slots.find(meeting, source, piece);
    const theirs = source === rank ? bytes : slots.total(slot);
    if (theirs === bytes) {
      if (source === 0) slots.read(slot, first * bytesPerElement(kind), total, 0, byteLengthOf(total));
      else op.fold(total, first === 0 ? slots.view(slot, kind) : slots.view(slot, kind).subarray(first));
    }
    if (source !== rank) slots.release(meeting, source, slot);
    if (theirs !== bytes) throw unequal(meeting, source, theirs, bytes);
  }
}

function unequal({ group, operation }: Meeting, source: number, bytes: number, room: number): MpiError {
  const message = `rank ${source} has ${bytes} bytes for this call, the array here ${room}`;
  const code = bytes > room ? 'ERR_TRUNCATE' : 'ERR_COUNT';
  return new MpiError(code, message, { operation, rank: group.rank, peer: source });
}
