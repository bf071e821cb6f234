import type { Communicator } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import type { Channel } from './channel.ts';
import { differ, ItemError, unlike } from './error.ts';
import { likeness, likenessOfAll } from './likeness.ts';
import type { Work } from './map-options.ts';
import { CLOSE, END, FAULT } from './protocol.ts';
import { countOf, type Source } from './source.ts';

/** An item's result on its way to the root. */
export type Result<R> =
  | { readonly index: number; readonly value: R; readonly seconds: number }
  | { readonly index: number; readonly error: Thrown; readonly seconds: number };

/** What a worker says of its items: how many (−1: it does not know), and the likeness of all. */
export interface Count {
  readonly length: number;
  readonly alike: number;
}

/**
 * What the ranks of a map say to each other. A worker: what items it has, first of all and when it is asked with CLOSE; results; what ends the loop on all ranks. Each word of the root but END and FAULT has one answer.
 *
 *     root → worker     two doubles: place and likeness of an item to work on; CLOSE and how many items there are;
 *                       END; FAULT, and what ends the loop on all ranks follows, packed
 */
export type MapWord<R> = Result<R> | Count | { readonly fault: Thrown };

/** The worker's side of a map. */
export async function workFor<T, R>(
  channel: Channel,
  root: number,
  work: Work<T, R>,
  source: Source<T>,
  refusal: Thrown | undefined,
): Promise<void> {
  const { comm, tag } = channel;
  const say = (word: MapWord<R>) => comm.send(word, root, tag);
  const attempt = (body: () => MapWord<R>): MapWord<R> => {
    try {
      return body();
    } catch (error) {
      return { fault: packThrown(error) };
    }
  };
  say(
    refusal === undefined
      ? { length: source.length ?? -1, alike: likenessOfAll(source) }
      : { fault: refusal },
  );
  for (;;) {
    const heard = new Float64Array(2);
    await comm.Irecv(heard, root, tag);
    const [index, alike] = heard as unknown as [number, number];
    if (index === END) return;
    if (index === FAULT) throw unpackThrown(comm.recv<Thrown>(root, tag));
    if (index === CLOSE) {
      say(attempt(() => ({ length: countOf(source, alike), alike: 0 })));
      continue;
    }
    const fault = faultOf(channel, root, source, index, alike);
    if (fault === undefined) send(comm, root, tag, await resultOf(work, source, index));
    else say({ fault });
    source.forget(index + 1);
  }
}

/** What ends the loop where the item at a place is not that of the root, as far as that can be told. */
function faultOf(
  { comm, loop }: Channel,
  root: number,
  source: Source<unknown>,
  index: number,
  alike: number,
): Thrown | undefined {
  try {
    if (!source.has(index)) {
      const has = `rank ${comm.rank} has ${source.length} items, rank ${root} has at least ${index + 1}`;
      throw differ(loop, comm.rank, has);
    }
    if (likeness(source, index, index + 1) === alike) return undefined;
    throw differ(loop, comm.rank, unlike(index, index + 1, comm.rank, root));
  } catch (error) {
    return packThrown(error);
  }
}

async function resultOf<T, R>(work: Work<T, R>, source: Source<T>, index: number): Promise<Result<R>> {
  const began = performance.now();
  const took = () => (performance.now() - began) / 1000;
  try {
    return { index, value: await work(source.at(index), index), seconds: took() };
  } catch (error) {
    return { index, error: packThrown(error), seconds: took() };
  }
}

/** A result that cannot travel is an error of its item. */
function send<R>(comm: Communicator, root: number, tag: number, result: Result<R>): void {
  try {
    comm.send(result, root, tag);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const thrown = packThrown(new TypeError(reason));
    comm.send({ index: result.index, error: thrown, seconds: result.seconds }, root, tag);
  }
}

/** The error of an item, from what its body threw. */
export function itemError(index: number, rank: number, error: unknown): ItemError {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new ItemError(index, rank, reason, error);
}
