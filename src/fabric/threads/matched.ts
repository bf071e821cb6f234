import type { Envelope, Matched } from '../fabric.ts';
import type { TypedArray } from '../memory.ts';
import type { ThreadsCarrier } from './carrier.ts';
import { Contexts, contextOf } from './group.ts';
import { ANY } from './frame.ts';
import type { Unexpected } from './matching.ts';
import { MemoryReceive, ValueReceive, type Receive } from './receive.ts';

/** A message that a matched probe has taken out of the queue of its context. */
export class ThreadsMatched implements Matched {
  constructor(
    readonly carrier: ThreadsCarrier,
    readonly message: Unexpected,
  ) {}

  irecv(array: TypedArray): MemoryReceive {
    const { carrier, message } = this;
    const { peerGroup: group, operation } = carrier;
    return this.#begin(
      new MemoryReceive(
        array,
        contextOf(group.id, Contexts.USER),
        group,
        message.source,
        message.tag,
        operation,
      ),
    );
  }

  irecvMessage(): ValueReceive {
    const { carrier, message } = this;
    const { peerGroup: group, operation } = carrier;
    return this.#begin(
      new ValueReceive(contextOf(group.id, Contexts.USER), group, message.source, message.tag, operation),
    );
  }

  #begin<R extends Receive>(receive: R): R {
    const { engine } = this.carrier.fabric;
    engine.matched.delete(this);
    engine.deliver(receive, this.message);
    return receive;
  }
}

/** Takes the first message that matches, if one has come. */
export function take(
  carrier: ThreadsCarrier,
  source: number,
  tag: number,
  envelope: Envelope,
): ThreadsMatched | undefined {
  const { peerGroup: group } = carrier;
  const { engine } = carrier.fabric;
  engine.progress();
  const peer = source === ANY ? ANY : group.members[source]!;
  const message = engine.context(contextOf(group.id, Contexts.USER)).takeMessage(peer, tag);
  if (message === undefined) return undefined;
  envelope.source = group.rankOf[message.source]!;
  envelope.tag = message.tag;
  envelope.bytes = message.bytes;
  const matched = new ThreadsMatched(carrier, message);
  engine.matched.add(matched);
  return matched;
}
