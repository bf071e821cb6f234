import type { Carrier, MemoryCollectives, Operation } from '../fabric/fabric.ts';
import { kindOf, type TypedArray } from '../fabric/memory.ts';
import { IN_PLACE, type InPlace } from './constants.ts';
import { refusal } from './handle.ts';
import { borrow, giveBack } from './staging.ts';
import { isView, type Memory } from './view.ts';
import { whenFinished } from './when-finished.ts';

/** A piece of memory for each peer, each of any type and shape; `null` stands for no elements. */
export type Pieces = readonly (Memory | null)[];

/** Pieces as the fabrics take them: typed arrays, the elements of views packed. */
export interface Staged {
  readonly from: readonly TypedArray[];
  readonly into: readonly TypedArray[];
  /** To be called when all has come: brings the elements of views home, but not those at the places left out. */
  readonly finish: (isOut?: (i: number) => boolean) => void;
}

/**
 * Checks and stages what goes to `sends` peers and comes from `receives` peers. Throws ERR_TYPE, ERR_COUNT and ERR_BUFFER: for what is no memory,
 * another number of pieces, and arrays that overlap. Strided views are not looked at for overlaps.
 */
export function stage(
  carrier: Carrier,
  send: Pieces | InPlace,
  recv: Pieces,
  peers: { readonly sends: number; readonly receives: number; readonly name: string },
): Staged {
  check(carrier, recv, peers.receives, peers.name, 'to receive');
  if (send !== IN_PLACE) check(carrier, send, peers.sends, peers.name, 'to send');
  const from = send === IN_PLACE ? recv.map(copied) : send.map(packed);
  const into = recv.map((memory) => {
    if (memory === null) return NOTHING;
    return isView(memory) ? (memory.contiguous() ?? borrow(memory.array, memory.length)) : memory;
  });
  checkApart(carrier, from, into);
  return {
    from,
    into,
    finish(isOut) {
      for (const array of from) giveBack(array);
      recv.forEach((memory, i) => {
        const landing = into[i]!;
        if (memory === null || !isView(memory) || landing.buffer === memory.array.buffer) return;
        if (isOut?.(i) !== true) memory.unpack(landing);
        giveBack(landing);
      });
    },
  };
}

/** What alltoallw does, whether it blocks or not (`calls` knows); `finish` is for its end. */
export function alltoallw<R>(
  carrier: Carrier,
  calls: MemoryCollectives<R>,
  send: Pieces | InPlace,
  recv: Pieces,
): { readonly result: R; readonly finish: () => void } {
  const { rank, size } = carrier;
  const staged = stage(carrier, send, recv, { sends: size, receives: size, name: 'rank' });
  const [own, home] = [staged.from[rank]!, staged.into[rank]!];
  if (own.length !== home.length || (own.length > 0 && kindOf(own) !== kindOf(home))) {
    const [sent, received] = [own, home].map((array) => `${array.length} of a ${array.constructor.name}`);
    const elements = `${sent!} to send and ${received!} to receive`;
    throw refusal(
      carrier,
      'ERR_COUNT',
      `the pieces for the own rank do not have the same elements: ${elements}`,
    );
  }
  const result = calls.alltoallw(staged.from, staged.into);
  return { result, finish: () => staged.finish() };
}

/** Begins alltoallw. */
export function beginAlltoallw(carrier: Carrier, send: Pieces | InPlace, recv: Pieces): Operation {
  const { result, finish } = alltoallw(carrier, carrier.nonblocking, send, recv);
  whenFinished(result, () => {
    if (result.error === undefined) finish();
  });
  return result;
}

const NOTHING = new Uint8Array(0);

const packed = (memory: Memory | null): TypedArray => {
  if (memory === null) return NOTHING;
  return isView(memory) ? (memory.contiguous() ?? memory.pack(borrow(memory.array, memory.length))) : memory;
};

const copied = (memory: Memory | null): TypedArray => {
  if (memory === null) return NOTHING;
  return isView(memory) ? memory.pack() : memory.slice();
};

function check(carrier: Carrier, pieces: Pieces, wanted: number, name: string, what: string): void {
  if (!Array.isArray(pieces))
    throw refusal(carrier, 'ERR_TYPE', `a list with a piece of memory ${what} for each ${name} is needed`);
  if (pieces.length !== wanted)
    throw refusal(carrier, 'ERR_COUNT', `${pieces.length} pieces ${what} for ${wanted} ${name}s`);
  for (const memory of pieces as Pieces) {
    if (memory === null || isView(memory) || kindOf(memory) >= 0) continue;
    throw refusal(carrier, 'ERR_TYPE', `each piece ${what} must be a typed array, a view or null`);
  }
}

/** No array to receive into may overlap any other (MPI 4.1 §2.3). In order of their starts, each is compared with what reaches furthest before it. */
function checkApart(carrier: Carrier, from: readonly TypedArray[], into: readonly TypedArray[]): void {
  const buffers = new Map<ArrayBufferLike, { start: number; end: number; receives: boolean }[]>();
  const note = (array: TypedArray, receives: boolean) => {
    if (array.length === 0) return;
    const span = { start: array.byteOffset, end: array.byteOffset + array.byteLength, receives };
    const spans = buffers.get(array.buffer);
    if (spans) spans.push(span);
    else buffers.set(array.buffer, [span]);
  };
  for (const array of from) note(array, false);
  for (const array of into) note(array, true);
  for (const spans of buffers.values()) {
    spans.sort((a, b) => a.start - b.start);
    let [sentTo, receivedTo] = [0, 0];
    for (const { start, end, receives } of spans) {
      if (start < receivedTo || (receives && start < sentTo))
        throw refusal(
          carrier,
          'ERR_BUFFER',
          'a piece to receive overlaps another one: use IN_PLACE or other memory',
        );
      if (receives) receivedTo = Math.max(receivedTo, end);
      else sentTo = Math.max(sentTo, end);
    }
  }
}
