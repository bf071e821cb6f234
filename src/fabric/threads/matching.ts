import { ANY } from './frame.ts';
import type { Receive } from './receive.ts';

/** A message that came before its receive: an eager one in memory of its own, or one that asked to be sent. */
export interface Unexpected {
  readonly source: number;
  readonly tag: number;
  readonly bytes: number;
  /** Type word of its frame. */
  readonly type: number;
  readonly operation: number;
  readonly extra: number;
  readonly payload: Uint8Array | undefined;
}

/**
 * The two queues of one context, both in the order that MPI 4.1 §3.5 asks for: receives in the order posted, messages in the order
 * arrived (from one source that is the order sent).
 */
export class Context {
  readonly posted: Receive[] = [];
  readonly unexpected: Unexpected[] = [];

  /** Takes the first receive that a message from `source` with `tag` matches. */
  takeReceive(source: number, tag: number): Receive | undefined {
    const { posted } = this;
    for (let i = 0; i < posted.length; i++) {
      const receive = posted[i]!;
      if ((receive.peer === source || receive.peer === ANY) && (receive.tag === tag || receive.tag === ANY)) {
        return removeAt(posted, i);
      }
    }
    return undefined;
  }

  /** The place of the first message that matches, or −1. */
  find(source: number, tag: number): number {
    const { unexpected } = this;
    for (let i = 0; i < unexpected.length; i++) {
      const message = unexpected[i]!;
      if ((source === message.source || source === ANY) && (tag === message.tag || tag === ANY)) return i;
    }
    return -1;
  }

  takeMessage(source: number, tag: number): Unexpected | undefined {
    const at = this.find(source, tag);
    return at < 0 ? undefined : removeAt(this.unexpected, at);
  }
}

/** As `splice(at, 1)[0]`, quicker at the front, where nearly all removals are. */
function removeAt<T>(list: T[], at: number): T {
  return at === 0 ? list.shift()! : list.splice(at, 1)[0]!;
}
