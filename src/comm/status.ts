import type { Envelope } from '../fabric/fabric.ts';
import { ANY_TAG, PROC_NULL, UNDEFINED } from './constants.ts';

/**
 * What a receive or probe found (MPI 4.1 §3.2.5). Make one with `new Status()` and pass it to `recv`, `Recv`, …; probes return one.
 */
export class Status implements Envelope {
  /** Rank of the sender in the communicator of the call. */
  source: number = PROC_NULL;
  tag: number = ANY_TAG;
  /** Bytes of the message; of a value, of its encoding. */
  bytes = 0;
  /** The receive was cancelled before anything matched it. */
  cancelled = false;

  /** Number of elements of this size in the message, or UNDEFINED when they do not come out whole. */
  count(bytesPerElement = 1): number {
    const count = this.bytes / bytesPerElement;
    return Number.isInteger(count) ? count : UNDEFINED;
  }

  /** Takes over what a fabric reports. */
  set(envelope: Envelope): this {
    this.source = envelope.source;
    this.tag = envelope.tag;
    this.bytes = envelope.bytes;
    this.cancelled = envelope.cancelled;
    return this;
  }
}
