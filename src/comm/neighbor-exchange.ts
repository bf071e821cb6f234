import type { Carrier, Messages, Operation, Steps } from '../fabric/fabric.ts';
import type { TypedArray } from '../fabric/memory.ts';
import type { Outgoing } from '../fabric/message.ts';
import { decode } from './codec/decode.ts';
import { PROC_NULL } from './constants.ts';
import { refusal } from './handle.ts';
import { Request } from './request.ts';
import { whenFinished } from './when-finished.ts';

/*
 * Non-blocking collectives among neighbors (MPI 4.1 §8.7), as messages of one collective. Between two ranks these match in the order in which they
 * begin: with several edges between them, both begin in the order of the edges' tags.
 */

/** The edges of one rank: PROC_NULL where there is no neighbor. A tag tells apart the edges between the same two ranks. */
export interface Edges {
  readonly sources: readonly number[];
  readonly destinations: readonly number[];
  readonly sendTag: (i: number) => number;
  readonly receiveTag: (i: number) => number;
}

/** Memory of one exchange: `from[i]` goes to destination i, `into[i]` comes from source i; `finish` is for its end. */
export interface Exchanged {
  readonly from: readonly TypedArray[];
  readonly into: readonly TypedArray[];
  readonly finish: () => void;
}

/** Begins to exchange memory. */
export function beginExchange(carrier: Carrier, edges: Edges, { from, into, finish }: Exchanged): Operation {
  const { operation, rank } = carrier;
  const operations = carrier.nonblocking.compose(function* (messages) {
    const receives = inOrder(edges.sources, (i) => edges.receiveTag(i)).map((i) => ({
      operation: messages.irecv(into[i]!, edges.sources[i]!),
      i,
    }));
    const sends = inOrder(edges.destinations, (i) => edges.sendTag(i)).map((i) =>
      messages.isend(from[i]!, edges.destinations[i]!),
    );
    yield [...receives.map((receive) => receive.operation), ...sends];
    for (const receive of receives) {
      const { bytes } = receive.operation.envelope;
      const wanted = into[receive.i]!.byteLength;
      if (bytes === wanted) continue;
      const source = edges.sources[receive.i]!;
      const message = `${bytes} bytes came from rank ${source} for block ${receive.i}, which takes ${wanted}`;
      throw refusal({ operation, rank }, 'ERR_COUNT', message, source);
    }
  }, -1);
  whenFinished(operations, () => {
    if (operations.error === undefined) finish();
  });
  return operations;
}

/** Begins to exchange values: message i goes to destination i. */
export function requestValues<T>(
  carrier: Carrier,
  edges: Edges,
  messages: readonly Outgoing[],
): Request<(T | null)[]> {
  const receives: (Operation | undefined)[] = edges.sources.map(() => undefined);
  const steps = function* (by: Messages): Steps {
    for (const i of inOrder(edges.sources, (each) => edges.receiveTag(each)))
      receives[i] = by.irecvMessage(edges.sources[i]!);
    const sends = inOrder(edges.destinations, (i) => edges.sendTag(i)).map((i) =>
      by.isendMessage(messages[i]!, edges.destinations[i]!),
    );
    yield [...receives.filter((receive) => receive !== undefined), ...sends];
  };
  const operation = carrier.nonblocking.compose(steps, -1);
  const values = () => receives.map((receive) => (receive ? decode<T>(receive.incoming!) : null));
  return new Request({ fabric: carrier.fabric, operation }, values);
}

/** The places of the neighbors that are there, by the tags of their edges. */
function inOrder(ranks: readonly number[], tagOf: (i: number) => number): number[] {
  const there = [...ranks.keys()].filter((i) => ranks[i] !== PROC_NULL);
  return there.sort((a, b) => tagOf(a) - tagOf(b) || a - b);
}

/** `n` equal parts of an array. */
export function equalParts(array: TypedArray, n: number): TypedArray[] {
  const count = array.length / n;
  return Array.from({ length: n }, (_, i) => array.subarray(i * count, (i + 1) * count));
}
