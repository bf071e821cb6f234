import type { Reduction } from '../fabric.ts';
import { allocate, copy, type Irregular, type Layout, type TypedArray } from '../memory.ts';
import type { Port } from './port.ts';
import type { Meeting } from './slots.ts';

/**
 * Collectives as patterns of messages: those whose blocks differ from rank to rank. Each is called with the port of the communicator's
 * collective context; its number is the tag. Blocks of other ranks are received where the user wants them.
 */
export interface Call extends Meeting {
  readonly port: Port;
}

const scratch = { source: 0, tag: 0, bytes: 0, cancelled: false };

const send = ({ port, number, operation }: Call, array: TypedArray, dest: number) =>
  port.send(array, dest, number, false, operation);
const isend = ({ port, number, operation }: Call, array: TypedArray, dest: number) =>
  port.isend(array, dest, number, false, operation);
const recv = ({ port, number, operation }: Call, array: TypedArray, source: number) =>
  port.recv(array, source, number, scratch, operation);
const irecv = ({ port, number, operation }: Call, array: TypedArray, source: number) =>
  port.irecv(array, source, number, operation);

export function exchange(
  call: Call,
  outgoing: TypedArray,
  dest: number,
  incoming: TypedArray,
  source: number,
): void {
  const { engine } = call.port;
  if (outgoing.byteLength <= engine.eagerBytes) {
    // An eager send never waits for its receiver.
    send(call, outgoing, dest);
    return recv(call, incoming, source);
  }
  const receiving = irecv(call, incoming, source);
  const sending = isend(call, outgoing, dest);
  engine.wait(receiving);
  engine.wait(sending);
  if (receiving.error) throw receiving.error;
}

/** What collectives cut into blocks: one array, blocks within one, or an array for each rank. */
export type Blocks = Layout | readonly TypedArray[];

const isList = (blocks: Blocks): blocks is readonly TypedArray[] => Array.isArray(blocks);
const isIrregular = (layout: Layout): layout is Irregular => 'counts' in layout;

/** The block of one rank. */
export function block(layout: Blocks, rank: number, size: number): TypedArray {
  if (isList(layout)) return layout[rank]!;
  if (isIrregular(layout)) {
    const start = layout.displs[rank]!;
    return layout.data.subarray(start, start + layout.counts[rank]!);
  }
  const count = layout.length / size;
  return layout.subarray(rank * count, (rank + 1) * count);
}

export function scatter(call: Call, from: Layout | null, into: TypedArray | null, root: number): void {
  const { rank, members } = call.group;
  if (rank !== root) return recv(call, into!, root);
  const sends = [];
  for (let dest = 0; dest < members.length; dest++) {
    const piece = block(from!, dest, members.length);
    if (dest !== root) sends.push(isend(call, piece, dest));
    else if (into !== null) copy(into, piece);
  }
  for (const sending of sends) call.port.engine.wait(sending);
}

export function gather(call: Call, from: TypedArray | null, into: Layout | null, root: number): void {
  const { rank, members } = call.group;
  if (rank !== root) return send(call, from!, root);
  const receives = [];
  for (let source = 0; source < members.length; source++) {
    const piece = block(into!, source, members.length);
    if (source !== root) receives.push(irecv(call, piece, source));
    else if (from !== null) copy(piece, from);
  }
  for (const receiving of receives) {
    call.port.engine.wait(receiving);
    if (receiving.error) throw receiving.error;
  }
}

/** Round a ring: each step passes on the block that came in the step before. */
export function allgather(call: Call, from: TypedArray | null, into: Layout): void {
  const { rank, members } = call.group;
  const size = members.length;
  if (from !== null) copy(block(into, rank, size), from);
  const next = (rank + 1) % size;
  const previous = (rank - 1 + size) % size;
  for (let step = 0; step < size - 1; step++) {
    const outgoing = block(into, (rank - step + size) % size, size);
    const incoming = block(into, (rank - step - 1 + size) % size, size);
    exchange(call, outgoing, next, incoming, previous);
  }
}

/** Everyone's receives are posted before anyone's sends, and each starts with another rank. */
export function alltoall(call: Call, from: Blocks | null, into: Blocks): void {
  const { rank, members } = call.group;
  const size = members.length;
  const source = from ?? duplicate(into);
  copy(block(into, rank, size), block(source, rank, size));
  const operations = [];
  for (let step = 1; step < size; step++) {
    const peer = (rank - step + size) % size;
    operations.push(irecv(call, block(into, peer, size), peer));
  }
  for (let step = 1; step < size; step++) {
    const peer = (rank + step) % size;
    operations.push(isend(call, block(source, peer, size), peer));
  }
  for (const operation of operations) {
    call.port.engine.wait(operation);
    if (operation.error) throw operation.error;
  }
}

export function duplicate(layout: Blocks): Blocks {
  if (isList(layout)) return layout.map((array) => array.slice());
  if (!isIrregular(layout)) return layout.slice();
  return { ...layout, data: layout.data.slice() };
}

/** Along the ranks. `exclusive`: what the ranks below have; rank 0's array stays as it was. */
export function scan(
  call: Call,
  from: TypedArray | null,
  into: TypedArray,
  op: Reduction,
  exclusive: boolean,
): void {
  const { rank, members } = call.group;
  const own = (from ?? into).slice();
  if (rank === 0) {
    if (!exclusive) copy(into, own);
  } else {
    const before = allocate(own, own.length);
    recv(call, before, rank - 1);
    if (exclusive) copy(into, before);
    op.fold(before, own);
    copy(own, before);
    if (!exclusive) copy(into, own);
  }
  if (rank + 1 < members.length) send(call, own, rank + 1);
}
