import type { Envelope } from '../fabric.ts';
import { bytesOf, kindOf, type TypedArray } from '../memory.ts';
import { messageBytes, type Decode, type Incoming, type Outgoing } from '../message.ts';
import type { Engine } from './engine.ts';
import { ANY, Frame, Type } from './frame.ts';
import { contextOf, type Group } from './group.ts';
import type { Context } from './matching.ts';
import { ThreadOperation } from './operation.ts';
import { MemoryReceive, ValueReceive } from './receive.ts';
import { Segments } from './segments.ts';
import { Send } from './send.ts';
import { loadSmall } from '../small.ts';

/** Looks at the one ring a directed receive can be served from, before it is posted for all to see. */
const LOOKS = 400;
const NO_PARTS: readonly ArrayBuffer[] = [];

/** Point-to-point messages in one context. Ranks are of the group. */
export class Port {
  readonly contextId: number;
  readonly #context: Context;
  /** Reused for values decoded where they lie in a ring. */
  readonly #lent: { -readonly [K in keyof Incoming]: Incoming[K] };

  constructor(
    readonly engine: Engine,
    readonly group: Group,
    /** One of Contexts. */
    which: number,
  ) {
    this.contextId = contextOf(group.id, which);
    this.#context = engine.context(this.contextId);
    this.#lent = { bytes: engine.bytes, start: 0, length: 0, parts: NO_PARTS };
  }

  send(array: TypedArray, dest: number, tag: number, synchronous: boolean, operation: string): void {
    const peer = this.group.members[dest]!;
    if (!synchronous && this.engine.sendNow(array, this.contextId, peer, tag)) return;
    this.#finish(this.isend(array, dest, tag, synchronous, operation));
  }

  isend(array: TypedArray, dest: number, tag: number, synchronous: boolean, operation: string): Send {
    const payload = new Segments([bytesOf(array)]);
    return this.#start(payload, array.byteLength, 0, kindOf(array), dest, tag, synchronous, operation);
  }

  sendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean, operation: string): void {
    const { engine, contextId, group } = this;
    if (!synchronous && message.parts.length === 0) {
      if (engine.sendValueNow(message, contextId, group.members[dest]!, tag)) return;
    }
    this.#finish(this.isendMessage(message, dest, tag, synchronous, operation));
  }

  isendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean, operation: string): Send {
    const payload = new Segments([message.bytes.subarray(0, message.length), ...message.parts]);
    const bytes = messageBytes(message);
    return this.#start(payload, bytes, Type.VALUE, message.length, dest, tag, synchronous, operation);
  }

  #start(
    payload: Segments,
    bytes: number,
    family: number,
    extra: number,
    dest: number,
    tag: number,
    synchronous: boolean,
    operation: string,
  ): Send {
    const peer = this.group.members[dest]!;
    const { contextId, group } = this;
    return this.engine.start(
      new Send(contextId, group, peer, tag, operation, payload, bytes, family, extra, synchronous),
    );
  }

  recv(array: TypedArray, source: number, tag: number, envelope: Envelope, operation: string): void {
    if (this.recvNow(array, 0, array.length, source, tag, envelope)) return;
    this.#finishReceive(this.irecv(array, source, tag, operation), envelope);
  }

  /** Receives into `count` elements a message that comes soon and may be taken where it lies. */
  recvNow(
    array: TypedArray,
    start: number,
    count: number,
    source: number,
    tag: number,
    envelope: Envelope,
  ): boolean {
    const frame = this.#await(source, tag, 0);
    if (frame < 0) return false;
    const { engine } = this;
    const bytes = engine.floats[(frame + Frame.BYTES) >> 1]!;
    if (bytes > count * array.BYTES_PER_ELEMENT) return false;
    loadSmall(engine, frame * 4 + Frame.HEADER_BYTES, array, bytes, start);
    envelope.source = source;
    envelope.tag = engine.words[frame + Frame.TAG]!;
    envelope.bytes = bytes;
    engine.consume(this.group.members[source]!, frame);
    return true;
  }

  recvMessage<T>(source: number, tag: number, envelope: Envelope, decode: Decode<T>, operation: string): T {
    const frame = this.#await(source, tag, Type.VALUE);
    if (frame < 0) {
      const receive = this.irecvMessage(source, tag, operation);
      this.#finishReceive(receive, envelope);
      return decode(receive.incoming!);
    }
    const { engine } = this;
    envelope.source = source;
    envelope.tag = engine.words[frame + Frame.TAG]!;
    envelope.bytes = engine.floats[(frame + Frame.BYTES) >> 1]!;
    const length = engine.words[frame + Frame.EXTRA]!;
    if (length < envelope.bytes) {
      // Small parts need memory of their own.
      const receive = this.irecvMessage(source, tag, operation);
      this.#finishReceive(receive, envelope);
      return decode(receive.incoming!);
    }
    this.#lent.start = frame * 4 + Frame.HEADER_BYTES;
    this.#lent.length = length;
    const value = decode(this.#lent);
    engine.consume(this.group.members[source]!, frame);
    return value;
  }

  irecv(array: TypedArray, source: number, tag: number, operation: string): MemoryReceive {
    const peer = source === ANY ? ANY : this.group.members[source]!;
    const receive = new MemoryReceive(array, this.contextId, this.group, peer, tag, operation);
    this.engine.post(receive);
    return receive;
  }

  irecvMessage(source: number, tag: number, operation: string): ValueReceive {
    const peer = source === ANY ? ANY : this.group.members[source]!;
    const receive = new ValueReceive(this.contextId, this.group, peer, tag, operation);
    this.engine.post(receive);
    return receive;
  }

  /** Waits for a message that matches and leaves it where it is. */
  probe(source: number, tag: number, envelope: Envelope, operation: string): void {
    if (this.iprobe(source, tag, envelope)) return;
    const peer = source === ANY ? ANY : this.group.members[source]!;
    const waiting = new ThreadOperation('from', this.contextId, this.group, peer, tag, operation);
    this.engine.waitUntil(waiting, () => this.iprobe(source, tag, envelope));
  }

  /** Fills the envelope of the first message that matches, if one has come. */
  iprobe(source: number, tag: number, envelope: Envelope): boolean {
    this.engine.progress();
    const peer = source === ANY ? ANY : this.group.members[source]!;
    const at = this.#context.find(peer, tag);
    if (at < 0) return false;
    const message = this.#context.unexpected[at]!;
    envelope.source = this.group.rankOf[message.source]!;
    envelope.tag = message.tag;
    envelope.bytes = message.bytes;
    return true;
  }

  /**
   * Waits a moment for a plain message that a directed receive may take where it lies in the ring: nothing posted or queued
   * that comes before it. −1: go the ordinary way.
   */
  #await(source: number, tag: number, family: number): number {
    const context = this.#context;
    if (source === ANY || context.posted.length > 0 || context.unexpected.length > 0) return -1;
    const { words } = this.engine;
    const reader = this.engine.reader(this.group.members[source]!);
    let frame = -1;
    for (let looks = 1; (frame = reader.peek()) < 0; looks++) {
      if (!this.engine.backoff.again(looks, 1, LOOKS)) return -1;
    }
    const fits =
      words[frame + Frame.TYPE] === (Type.EAGER | family) &&
      words[frame + Frame.CONTEXT] === this.contextId &&
      (tag === ANY || words[frame + Frame.TAG] === tag);
    return fits ? frame : -1;
  }

  #finishReceive(receive: ThreadOperation, envelope: Envelope): void {
    this.#finish(receive);
    envelope.source = receive.envelope.source;
    envelope.tag = receive.envelope.tag;
    envelope.bytes = receive.envelope.bytes;
  }

  #finish(operation: ThreadOperation): void {
    if (!operation.done) this.engine.wait(operation);
    if (operation.error !== undefined) throw operation.error;
  }
}
