import type { Messages, Operation, Reduction } from '../fabric.ts';
import { allocate, byteLengthOf, copy, type Layout, type TypedArray } from '../memory.ts';
import type { Incoming, Outgoing } from '../message.ts';
import type { Steps } from '../schedule.ts';
import { block, duplicate, type Blocks, type Call } from './collectives.ts';
import type { ThreadOperation } from './operation.ts';

/*
 * Non-blocking collectives (MPI 4.1 §6.12) as steps of messages: slots (slots.ts) are too few for calls that may stay open for long. What one step
 * can do is one step: a rank that computes for long then holds up nobody.
 */

/** The single messages are of no interest to reports: those tell of the collective. */
function quiet<O extends ThreadOperation>(operation: O): O {
  operation.released = true;
  return operation;
}

const isend = ({ port, number, operation }: Call, array: TypedArray, dest: number) =>
  quiet(port.isend(array, dest, number, false, operation));
const irecv = ({ port, number, operation }: Call, array: TypedArray, source: number) =>
  quiet(port.irecv(array, source, number, operation));
const here = ({ group }: Call) => ({ rank: group.rank, size: group.members.length });

/** What other collectives are made of. */
export function messagesOf(call: Call): Messages {
  const { port, number, operation } = call;
  return {
    isend: (array, dest) => isend(call, array, dest),
    irecv: (array, source) => irecv(call, array, source),
    isendMessage: (message, dest) => quiet(port.isendMessage(message, dest, number, false, operation)),
    irecvMessage: (source) => quiet(port.irecvMessage(source, number, operation)),
  };
}

/** In round k everyone hears from the rank 2^k below: after the last round from all. */
export function* barrier(call: Call): Steps {
  const { rank, size } = here(call);
  const nothing = new Uint8Array(0);
  for (let span = 1; span < size; span <<= 1) {
    yield [irecv(call, nothing, (rank - span + size) % size), isend(call, nothing, (rank + span) % size)];
  }
}

/** A binomial tree. */
export function* bcast(call: Call, array: TypedArray, root: number): Steps {
  const { rank, size } = here(call);
  const place = (rank - root + size) % size;
  let span = 1;
  while (span < size && (place & span) === 0) span <<= 1;
  if (place !== 0) yield [irecv(call, array, (place - span + root) % size)];
  const sends = [];
  for (let step = span >> 1; step > 0; step >>= 1) {
    if (place + step < size) sends.push(isend(call, array, (place + step + root) % size));
  }
  yield sends;
}

export function* scatter(call: Call, from: Layout | null, into: TypedArray | null, root: number): Steps {
  const { rank, size } = here(call);
  if (rank !== root) return yield [irecv(call, into!, root)];
  const sends = [];
  for (let dest = 0; dest < size; dest++) {
    const piece = block(from!, dest, size);
    if (dest !== root) sends.push(isend(call, piece, dest));
    else if (into !== null) copy(into, piece);
  }
  yield sends;
}

export function* gather(call: Call, from: TypedArray | null, into: Layout | null, root: number): Steps {
  const { rank, size } = here(call);
  if (rank !== root) return yield [isend(call, from!, root)];
  const receives = [];
  for (let source = 0; source < size; source++) {
    const piece = block(into!, source, size);
    if (source !== root) receives.push(irecv(call, piece, source));
    else if (from !== null) copy(piece, from);
  }
  yield receives;
}

export function* allgather(call: Call, from: TypedArray | null, into: Layout): Steps {
  const { rank, size } = here(call);
  const own = block(into, rank, size);
  if (from !== null) copy(own, from);
  const receives = others(call, -1).map((source) => irecv(call, block(into, source, size), source));
  const sends = others(call, 1).map((dest) => isend(call, own, dest));
  yield [...receives, ...sends];
}

export function* alltoall(call: Call, from: Blocks | null, into: Blocks): Steps {
  const { rank, size } = here(call);
  const pieces = from ?? duplicate(into);
  copy(block(into, rank, size), block(pieces, rank, size));
  const receives = others(call, -1).map((source) => irecv(call, block(into, source, size), source));
  const sends = others(call, 1).map((dest) => isend(call, block(pieces, dest, size), dest));
  yield [...receives, ...sends];
}

/** The other ranks, upward (1) or downward (−1) from the own one, so that not all begin with the same. */
function others(call: Call, direction: 1 | -1): number[] {
  const { rank, size } = here(call);
  return Array.from({ length: size - 1 }, (_, i) => (rank + direction * (i + 1) + size) % size);
}

/** Up to so many bytes everyone who wants the result combines all of it; beyond, each combines a part for all, as in shared.ts. */
const WHOLE_BYTES = 4096;

/** Combines in rank order. `root` −1: all ranks want the result. `from` null: the operand lies in `into`. */
export function* reduce(
  call: Call,
  from: TypedArray | null,
  into: TypedArray | null,
  op: Reduction,
  root: number,
): Steps {
  const { rank, size } = here(call);
  const operand = (from ?? into)!;
  const wanting = root < 0 ? others(call, 1) : root === rank ? [] : [root];
  const wants = root < 0 || root === rank;
  if (byteLengthOf(operand) <= WHOLE_BYTES) {
    const total = yield* combine(call, () => operand, wants, wanting, op);
    if (wants) copy(into!, total);
    return;
  }
  // Units stay whole.
  const units = operand.length / op.unit;
  const edge = (part: number) => op.unit * Math.floor((units * part) / size);
  const partOf = (array: TypedArray, owner: number) => array.subarray(edge(owner), edge(owner + 1));
  const part = yield* combine(call, (owner) => partOf(operand, owner), true, others(call, 1), op);
  const sends = wanting.map((dest) => isend(call, part, dest));
  if (!wants) return yield sends;
  copy(partOf(into!, rank), part);
  const receives = others(call, -1).map((source) => irecv(call, partOf(into!, source), source));
  yield [...receives, ...sends];
}

/** Sends to each of `dests` its piece; what comes for the own piece from all ranks is combined in rank order, if anything is to come. */
function* combine(
  call: Call,
  pieceOf: (owner: number) => TypedArray,
  receives: boolean,
  dests: readonly number[],
  op: Reduction,
): Generator<readonly Operation[], TypedArray, void> {
  const { rank, size } = here(call);
  const own = pieceOf(rank);
  const all = allocate(own, receives ? size * own.length : 0);
  const pieceFrom = (source: number) => all.subarray(source * own.length, (source + 1) * own.length);
  const incoming = receives ? others(call, -1) : [];
  yield [
    ...incoming.map((source) => irecv(call, pieceFrom(source), source)),
    ...dests.map((dest) => isend(call, pieceOf(dest), dest)),
  ];
  if (!receives) return own;
  copy(pieceFrom(rank), own);
  const total = pieceFrom(0);
  for (let source = 1; source < size; source++) op.fold(total, pieceFrom(source));
  return total;
}

/** Along the ranks. `exclusive`: what the ranks below have; rank 0's array stays as it was. */
export function* scan(
  call: Call,
  from: TypedArray | null,
  into: TypedArray,
  op: Reduction,
  exclusive: boolean,
): Steps {
  const { rank, size } = here(call);
  let total: TypedArray = (from ?? into).slice();
  if (rank > 0) {
    const below = allocate(total, total.length);
    yield [irecv(call, below, rank - 1)];
    if (exclusive) copy(into, below);
    op.fold(below, total);
    total = below;
  }
  if (!exclusive) copy(into, total);
  if (rank + 1 < size) yield [isend(call, total, rank + 1)];
}

export function* reduceScatter(
  call: Call,
  from: TypedArray | null,
  into: TypedArray,
  counts: readonly number[],
  op: Reduction,
): Steps {
  const { rank } = here(call);
  let end = 0;
  const ends = counts.map((count) => (end += count));
  const input = from ?? into;
  const pieceOf = (owner: number) => input.subarray(ends[owner]! - counts[owner]!, ends[owner]);
  const own = yield* combine(call, pieceOf, true, others(call, 1), op);
  copy(into.subarray(0, counts[rank]), own);
}

/** Messages of values, each handed to `take` in the end. */
export function* exchange(
  { port, number, operation }: Call,
  outgoing: readonly (Outgoing | undefined)[],
  sources: readonly number[],
  take: (source: number, incoming: Incoming | undefined) => void,
): Steps {
  const receives = sources.map((source) => quiet(port.irecvMessage(source, number, operation)));
  const sends = outgoing.flatMap((message, dest) =>
    message === undefined ? [] : [quiet(port.isendMessage(message, dest, number, false, operation))],
  );
  yield [...receives, ...sends];
  receives.forEach(({ incoming }, i) => take(sources[i]!, incoming));
}
