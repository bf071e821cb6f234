import type { Carrier, Operation } from '../fabric/fabric.ts';
import { allocate, copy, type TypedArray } from '../fabric/memory.ts';
import type { Outgoing } from '../fabric/message.ts';
import { decode } from './codec/decode.ts';
import { refusal } from './handle.ts';
import type { Op } from './ops.ts';
import { Request } from './request.ts';

/*
 * Collectives between two groups (MPI 4.1 §6.2.3) that begin now: each rank sends what it has for ranks of the other group to them directly, in one
 * step, so that nobody waits for a rank that computes. Lists have an entry for each rank of the other group, undefined where nothing goes or comes.
 */

/** One rank of one of the groups: the other begins at rank `far` of the union. */
export interface Side {
  readonly union: Carrier;
  readonly far: number;
}

type Arrays = readonly (TypedArray | undefined)[];

/** Moves memory; `then` is called when all has come. */
export function move({ union, far }: Side, from: Arrays, into: Arrays, then?: () => void): Operation {
  const { operation, rank } = union;
  return union.nonblocking.compose(function* ({ isend, irecv }) {
    const receives = into.map((array, i) => array && irecv(array, far + i));
    const sends = from.map((array, i) => array && isend(array, far + i));
    yield [...receives, ...sends].filter((each) => each !== undefined);
    receives.forEach((receive, i) => {
      if (receive) checkWhole({ operation, rank }, receive, into[i]!, i);
    });
    then?.();
  }, -1);
}

/** Moves values: message i to rank i of the other group. `finish` gets those that came from `sources`, in that order. */
export function requestValues<T, R>(
  { union, far }: Side,
  messages: readonly (Outgoing | undefined)[],
  sources: readonly number[],
  finish: (values: T[]) => R,
): Request<R> {
  let receives: readonly Operation[] = [];
  const operation = union.nonblocking.compose(function* ({ isendMessage, irecvMessage }) {
    receives = sources.map((source) => irecvMessage(far + source));
    const sends = messages.map((message, i) => message && isendMessage(message, far + i));
    yield [...receives, ...sends.filter((send) => send !== undefined)];
  }, -1);
  const values = () => receives.map(({ incoming }) => decode<T>(incoming!));
  return new Request({ fabric: union.fabric, operation }, () => finish(values()));
}

/** Combines, in rank order, arrays as long as `into` that the other group's ranks send; `from` goes to those who want it. */
export function moveAndFold(side: Side, from: Arrays, into: TypedArray | null, op: Op<never>): Operation {
  if (into === null) return move(side, from, []);
  const parts = from.map(() => allocate(into, into.length));
  return move(side, from, parts, () => fold(parts, into, op));
}

/**
 * The other group's arrays combined, of which this rank gets `counts[rank]` elements. Only the receiving side knows which: it says so first.
 */
export function moveAndScatter(
  { union, far }: Side,
  ranks: number,
  send: TypedArray,
  recv: TypedArray,
  start: number,
  op: Op<never>,
): Operation {
  const { operation, rank } = union;
  const others = Array.from({ length: ranks }, (_, i) => far + i);
  return union.nonblocking.compose(function* ({ isend, irecv }) {
    const mine = Float64Array.of(start, recv.length, send.length);
    const wanted = others.map(() => new Float64Array(3));
    yield [
      ...others.map((other, i) => irecv(wanted[i]!, other)),
      ...others.map((other) => isend(mine, other)),
    ];
    const parts = others.map(() => allocate(recv, recv.length));
    const unlike = wanted.findIndex(([, , total]) => total !== send.length);
    const pieces = wanted.map(([from, count]) => send.subarray(from, from! + count!));
    const receives = others.map((other, i) => irecv(parts[i]!, other));
    yield [...receives, ...others.map((other, i) => isend(pieces[i]!, other))];
    if (unlike >= 0) {
      const lengths = `${send.length} elements here, ${wanted[unlike]![2]!} on rank ${unlike} of the other group`;
      throw refusal(
        { operation, rank },
        'ERR_COUNT',
        `the groups give arrays of different lengths: ${lengths}`,
      );
    }
    receives.forEach((receive, i) => checkWhole({ operation, rank }, receive, parts[i]!, i));
    fold(parts, recv, op);
  }, -1);
}

function fold(parts: readonly TypedArray[], into: TypedArray, op: Op<never>): void {
  const [total, ...rest] = parts;
  for (const part of rest) op.fold(total!, part);
  copy(into, total!);
}

function checkWhole(
  at: { readonly operation: string; readonly rank: number },
  { envelope }: Operation,
  array: TypedArray,
  source: number,
): void {
  if (envelope.bytes === array.byteLength) return;
  const message = `${envelope.bytes} bytes came from rank ${source} of the other group for an array of ${array.byteLength}`;
  throw refusal(at, 'ERR_COUNT', message, source);
}
