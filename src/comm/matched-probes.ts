import type { Matched } from '../fabric/fabric.ts';
import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import { Message } from './message.ts';
import { NonblockingMemory } from './nonblocking-memory.ts';
import { Status } from './status.ts';

/**
 * Probes that take the message they find (MPI 4.1 §3.8.2): with probe and then recv, another receive that was posted meanwhile may get it.
 * `status`, where given, is filled too.
 */
export class MatchedProbes extends NonblockingMemory {
  /** Blocks until a message can be received, and takes it. */
  mprobe(source: number = ANY_SOURCE, tag: number = ANY_TAG, status: Status = new Status()): Message {
    const carrier = this.enter('mprobe');
    if (this.checkSource(source, tag)) return this.#message(undefined, status.set(new Status()));
    const matched = carrier.mprobe(source, tag, status);
    return this.#message(matched, new Status().set(status));
  }

  /** As mprobe; null if no message is there (§3.8.2). */
  improbe(source: number = ANY_SOURCE, tag: number = ANY_TAG, status: Status = new Status()): Message | null {
    const carrier = this.enter('improbe');
    if (this.checkSource(source, tag)) return this.#message(undefined, status.set(new Status()));
    const matched = carrier.improbe(source, tag, status);
    return matched === undefined ? null : this.#message(matched, new Status().set(status));
  }

  #message(matched: Matched | undefined, status: Status): Message {
    return new Message(this.carrier, matched, status, {
      of: (memory) => this.landing(memory, 'the array to receive'),
      receive: (from, memory, landing) => {
        const operation = from.irecv(landing);
        this.landWhenFinished(operation, memory, landing, () => operation.envelope.bytes);
        return operation;
      },
    });
  }
}
