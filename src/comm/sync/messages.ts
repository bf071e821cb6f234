import type { Carrier, Envelope, Steps } from '../../fabric/fabric.ts';
import { Request } from '../request.ts';

/* Short messages by which ranks wake each other. */

/** Sends one; returns at once. */
export function tell(carrier: Carrier, rank: number, tag: number, word = 0): void {
  carrier.send(Int32Array.of(word), rank, tag, false);
}

/** Waits for one; gives its word. */
export function hear(carrier: Carrier, source: number, tag: number): number {
  const word = new Int32Array(1);
  carrier.recv(word, source, tag, ignored);
  return word[0]!;
}

/** A request for one, which cannot be cancelled: its sender counts on the receiver. */
export function hearLater<T>(carrier: Carrier, source: number, tag: number, take: () => T): Request<T> {
  const coming = carrier.irecv(new Int32Array(1), source, tag);
  const steps = function* (): Steps {
    yield [coming];
  };
  return new Request<T>({ fabric: carrier.fabric, operation: carrier.inSteps(steps()) }, take);
}

/** A request for what has come already. */
export const come = <T>(take: () => T): Request<T> => new Request<T>(undefined, take);

const ignored: Envelope = { source: 0, tag: 0, bytes: 0, cancelled: false };
