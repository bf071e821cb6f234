import { MpiError } from '../error.ts';
import type { TypedArray } from '../memory.ts';
import type { Outgoing } from '../message.ts';
import { Backoff } from './backoff.ts';
import { Bell } from './doorbell.ts';
import { ANY, Frame, Type } from './frame.ts';
import { Context, type Unexpected } from './matching.ts';
import type { ThreadsMatched } from './matched.ts';
import { Rank, rankBlock, ringUnitsOf, UNIT_BYTES, World, type ThreadsMemory } from './memory.ts';
import { ThreadOperation } from './operation.ts';
import { Outbox } from './outbox.ts';
import type { Receive } from './receive.ts';
import { RingReader, RingWriter, unitsFor } from './ring.ts';
import { copyBytes } from '../copy.ts';
import type { ScheduledOperation } from './scheduled.ts';
import type { Send } from './send.ts';
import { Slots } from './slots.ts';
import { storeSmall } from '../small.ts';
import { CallSites } from '../where.ts';

/** Frames taken from one ring before the others get their turn. */
const BURST = 64;

/** Looks at the rings of all ranks together before a rank sleeps. */
const PATIENCE = 2500;

/** A rank that waits for the launcher looks up so often, should it miss the bell. */
const LAUNCHER_LOOK_MS = 100;

/** A wait for a change of the shared memory that no frame tells of: a barrier, a slot. */
interface Watch {
  readonly operation: ThreadOperation;
  readonly come: () => boolean;
}

/**
 * One rank's end of the shared memory: moves frames between rings, queues and the user's memory. Progress happens only inside
 * calls, as in most MPI libraries.
 */
export class Engine {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Buffer;
  readonly bell: Bell;
  readonly backoff: Backoff;
  readonly slots: Slots;
  readonly eagerBytes: number;
  readonly contexts: (Context | undefined)[] = [];
  /** Receives and sends that frames from another rank may name, and all that `released` has not let go. */
  readonly active: (Send | Receive | undefined)[] = [];
  readonly #watches = new Set<Watch>();
  /** Non-blocking collectives under way, and those of them that can go on. */
  readonly scheduled: Set<ScheduledOperation> = new Set<ScheduledOperation>();
  readonly ready: ScheduledOperation[] = [];
  /** Messages that matched probes have taken and nobody has received. */
  readonly matched: Set<ThreadsMatched> = new Set<ThreadsMatched>();
  readonly #free: number[] = [];
  readonly #callSites = new CallSites();
  readonly #readers: RingReader[] = [];
  readonly #outboxes: Outbox[] = [];
  /** The ranks that share a communicator with this one: the only ones to look at. */
  readonly #peers: number[] = [];
  /** How many communicators of ours a rank is in, and which of the ranks that had its number our rings are for. */
  readonly #held = new Map<number, { count: number; start: number; listed: boolean }>();
  /** Number of outboxes with something in them. */
  #backlog = 0;
  /** Called between looks of a long wait: answers questions of other ranks. */
  onIdle: (() => void) | undefined;

  constructor(
    readonly memory: ThreadsMemory,
    readonly rank: number,
  ) {
    const { buffer } = memory;
    this.words = new Int32Array(buffer);
    this.floats = new Float64Array(buffer, 0, buffer.byteLength >> 3);
    this.bytes = Buffer.from(buffer);
    this.bell = new Bell(memory, this.words, rank);
    this.backoff = new Backoff(memory, this.words);
    this.eagerBytes = Math.min(8192, (memory.ringUnits * UNIT_BYTES) >> 4);
    this.slots = new Slots(this);
    Atomics.add(this.words, World.AWAKE, 1);
  }

  /** A communicator with these ranks begins: each can now send to us, and we to it. */
  hold(members: Int32Array): void {
    for (const peer of members) {
      const held = this.#held.get(peer);
      if (held?.listed === true) {
        held.count++;
        continue;
      }
      const block = rankBlock(peer);
      if (peer !== this.rank) Atomics.add(this.words, block + Rank.HOLDERS, 1);
      this.#peers.push(peer);
      const start = Atomics.load(this.words, block + Rank.STARTS);
      if (held?.start !== start) this.#connect(peer);
      this.#held.set(peer, { count: 1, start, listed: true });
    }
  }

  /** The communicator is over. Nobody looks at rings of ranks that are in no other. */
  letGo(members: Int32Array): void {
    for (const peer of members) {
      const held = this.#held.get(peer)!;
      // What is still to go out goes out.
      if (--held.count > 0 || !this.#outboxes[peer]!.isEmpty()) continue;
      held.listed = false;
      this.#peers.splice(this.#peers.indexOf(peer), 1);
      if (peer !== this.rank) Atomics.sub(this.words, rankBlock(peer) + Rank.HOLDERS, 1);
    }
  }

  #connect(peer: number): void {
    const { memory, words, rank } = this;
    const chunk = (ringUnitsOf(memory, rank, peer) * UNIT_BYTES) >> 3;
    const writer = new RingWriter(memory, words, rank, peer);
    this.#readers[peer] = new RingReader(memory, words, peer, rank);
    this.#outboxes[peer] = new Outbox(writer, words, this.floats, this.bytes, this.eagerBytes, chunk);
  }

  context(id: number): Context {
    return (this.contexts[id] ??= new Context());
  }

  reader(source: number): RingReader {
    return this.#readers[source]!;
  }

  /** Sends a small array, or `count` elements of one, at once if nothing is in the way. */
  sendNow(
    array: TypedArray,
    context: number,
    dest: number,
    tag: number,
    start = 0,
    count: number = array.length,
  ): boolean {
    const bytes = count * array.BYTES_PER_ELEMENT;
    const frame = this.#reserve(dest, bytes);
    if (frame < 0) return false;
    storeSmall(this, frame * 4 + Frame.HEADER_BYTES, array, start, count);
    this.#publish(dest, frame, Type.EAGER, context, tag, bytes, 0);
    return true;
  }

  /** The same for an encoded value without parts. */
  sendValueNow(message: Outgoing, context: number, dest: number, tag: number): boolean {
    const bytes = message.length;
    const frame = this.#reserve(dest, bytes);
    if (frame < 0) return false;
    const at = frame + (Frame.HEADER_BYTES >> 2);
    if (bytes <= 512) {
      const from = message.words;
      const { words } = this;
      for (let i = 0, n = bytes >> 2; i < n; i++) words[at + i] = from[i]!;
    } else {
      copyBytes(this.bytes, at * 4, message.bytes, 0, bytes);
    }
    this.#publish(dest, frame, Type.EAGER | Type.VALUE, context, tag, bytes, bytes);
    return true;
  }

  #reserve(dest: number, bytes: number): number {
    const outbox = this.#outboxes[dest]!;
    if (!outbox.clear || bytes > this.eagerBytes) return -1;
    return outbox.writer.reserve(unitsFor(Frame.HEADER_BYTES + bytes));
  }

  #publish(
    dest: number,
    frame: number,
    type: number,
    context: number,
    tag: number,
    bytes: number,
    extra: number,
  ): void {
    const { words } = this;
    words[frame + Frame.TYPE] = type;
    words[frame + Frame.CONTEXT] = context;
    words[frame + Frame.TAG] = tag;
    this.floats[(frame + Frame.BYTES) >> 1] = bytes;
    words[frame + Frame.EXTRA] = extra;
    this.#outboxes[dest]!.writer.publish(frame, unitsFor(Frame.HEADER_BYTES + bytes));
    this.bell.ring(dest);
  }

  /** Gives back a frame that was read where it lies. */
  consume(source: number, frame: number): void {
    const reader = this.#readers[source]!;
    if (reader.advance(this.words[frame]!)) this.bell.ring(source);
  }

  /** Starts a send. */
  start(send: Send): Send {
    this.#register(send);
    send.site = this.#callSites.note();
    const outbox = this.#outboxes[send.peer]!;
    if (outbox.isEmpty()) this.#backlog++;
    outbox.add(send);
    this.#pump(send.peer);
    return send;
  }

  /** Begins a non-blocking collective. */
  begin(operation: ScheduledOperation): void {
    this.scheduled.add(operation);
    operation.site = this.#callSites.note();
    operation.advance();
  }

  /** Posts a receive. */
  post(receive: Receive): Receive {
    const context = this.context(receive.context);
    // What has come in must be seen first: an earlier message matches before a later one.
    const message = context.takeMessage(receive.peer, receive.tag);
    if (message === undefined) {
      this.#register(receive);
      receive.site = this.#callSites.note();
      context.posted.push(receive);
    } else {
      this.deliver(receive, message);
    }
    return receive;
  }

  /** Withdraws a posted receive that nothing has matched. */
  cancel(receive: ThreadOperation): void {
    const { posted } = this.context(receive.context);
    const at = posted.findIndex((candidate) => candidate === receive);
    if (at < 0) return;
    const [withdrawn] = posted.splice(at, 1);
    withdrawn!.envelope.cancelled = true;
    this.#finish(withdrawn!);
  }

  /** Moves everything as far as it goes. True when something moved. */
  progress(): boolean {
    let moved = false;
    const peers = this.#peers;
    for (let i = 0; i < peers.length; i++) if (this.#drain(peers[i]!)) moved = true;
    if (this.#backlog > 0) {
      for (const dest of peers) if (this.#pump(dest)) moved = true;
    }
    if (this.#watches.size > 0 && this.#checkWatches()) moved = true;
    while (this.ready.length > 0) {
      this.ready.shift()!.advance();
      moved = true;
    }
    return moved;
  }

  /** At the end of the rank: takes what has come, and lets writers and the launcher see how far it has read. */
  settle(): void {
    while (this.progress());
    for (const peer of this.#peers) if (this.#readers[peer]!.tell()) this.bell.ring(peer);
  }

  /** Whether messages to a rank still wait for room in its ring. */
  unsent(dest: number): boolean {
    return this.#outboxes[dest]?.clear === false;
  }

  /** Blocks until one operation is done. */
  wait(operation: ThreadOperation, ranks: number = ranksOf(operation)): void {
    let looks = 0;
    while (!operation.done) {
      if (this.progress()) looks = 0;
      else if (!this.backoff.again(++looks, ranks, PATIENCE / this.memory.size)) {
        this.sleep([operation]);
        looks = 0;
      }
    }
  }

  /** Blocks until `come` is true; whoever makes it so rings this rank's bell. `operation` says for reports what is waited for. */
  watch(operation: ThreadOperation, come: () => boolean): void {
    this.#watches.add({ operation, come });
    this.wait(operation, operation.group.members.length);
  }

  waitAny(operations: readonly ThreadOperation[]): void {
    this.#waitFor(operations, () => operations.some((operation) => operation.done));
  }

  /** Blocks until `come` finds what it looks for in what `progress` has brought; `waiting` says for reports what that is. */
  waitUntil(waiting: ThreadOperation, come: () => boolean): void {
    this.#waitFor([waiting], come);
  }

  #waitFor(operations: readonly ThreadOperation[], come: () => boolean): void {
    const ranks = Math.min(...operations.map(ranksOf));
    for (let looks = 0; !come(); looks++) {
      if (this.progress()) looks = 0;
      else if (!this.backoff.again(looks, ranks, PATIENCE / this.memory.size)) {
        this.sleep(operations);
        looks = 0;
      }
    }
  }

  /** Sleeps until another rank has done something, unless it already has. */
  sleep(operations: readonly ThreadOperation[]): void {
    this.bell.prepare();
    this.#wantRoom();
    this.onIdle?.();
    if (this.progress()) return this.bell.up();
    if (this.memory.size === 1 && Atomics.load(this.words, World.SPAWNED) === 0) {
      this.bell.up();
      throw this.#alone(operations);
    }
    this.bell.sleep(operations);
    this.#checkEnd();
  }

  /** Sleeps for so many milliseconds at the most: whoever looks for deadlocks finds this rank at work. */
  nap(longest: number): void {
    this.bell.prepare();
    this.onIdle?.();
    if (this.busy()) this.bell.up();
    else this.bell.doze(longest);
    this.#checkEnd();
  }

  /** Blocks until `come` is true, which the launcher sees to, in naps. */
  watchLauncher(come: () => boolean): void {
    while (!come()) {
      this.bell.prepare();
      if (this.progress() || come()) this.bell.up();
      else this.bell.doze(LAUNCHER_LOOK_MS);
      this.#checkEnd();
    }
  }

  #wantRoom(): void {
    for (const peer of this.#peers) {
      const outbox = this.#outboxes[peer]!;
      if (!outbox.isEmpty()) outbox.writer.want();
    }
  }

  /** A job that is over ends this rank too, should nobody else be able to. */
  #checkEnd(): void {
    const aborted = Atomics.load(this.words, World.ABORT);
    if (aborted !== 0) process.exit(aborted - 1);
  }

  /** True when something moved or may move: for a doorbell that has just been set. */
  busy(): boolean {
    this.#wantRoom();
    return this.progress();
  }

  #alone(operations: readonly ThreadOperation[]): MpiError {
    const calls = operations.map((operation) => operation.describe()).join('; or ');
    const { operation, group } = operations[0]!;
    const message = `deadlock: there is no other rank that could complete ${calls}`;
    return new MpiError('ERR_DEADLOCK', message, { operation, rank: group.rank });
  }

  #register(operation: Send | Receive): void {
    operation.id = this.#free.pop() ?? this.active.length;
    this.active[operation.id] = operation;
  }

  #finish(operation: Send | Receive): void {
    this.#forget(operation);
    if (!operation.done) operation.finish();
  }

  #forget(operation: Send | Receive): void {
    if (operation.id < 0 || this.active[operation.id] !== operation) return;
    this.active[operation.id] = undefined;
    this.#free.push(operation.id);
  }

  #pump(dest: number): boolean {
    const outbox = this.#outboxes[dest]!;
    if (outbox.isEmpty()) return false;
    const moved = outbox.pump((send) => this.#forget(send));
    if (moved) this.bell.ring(dest);
    if (outbox.isEmpty()) this.#backlog--;
    return moved;
  }

  #answer(dest: number, type: number, operation: number, extra: number): void {
    const outbox = this.#outboxes[dest]!;
    if (outbox.isEmpty()) this.#backlog++;
    outbox.add({ type, operation, extra });
    this.#pump(dest);
  }

  #drain(source: number): boolean {
    const reader = this.#readers[source]!;
    let frame = reader.peek();
    if (frame < 0) {
      if (reader.tell()) this.bell.ring(source);
      return false;
    }
    for (let n = 0; frame >= 0 && n < BURST; n++) {
      const units = this.words[frame]!;
      this.#accept(source, frame);
      if (reader.advance(units)) this.bell.ring(source);
      frame = reader.peek();
    }
    return true;
  }

  #accept(source: number, frame: number): void {
    const { words } = this;
    const type = words[frame + Frame.TYPE]!;
    const id = words[frame + Frame.OPERATION]!;
    const bytes = this.floats[(frame + Frame.BYTES) >> 1]!;
    switch (type & Type.MASK) {
      case Type.CTS: {
        const send = this.active[id] as Send;
        send.remote = words[frame + Frame.EXTRA]!;
        const outbox = this.#outboxes[source]!;
        if (outbox.isEmpty()) this.#backlog++;
        outbox.stream(send);
        this.#pump(source);
        return;
      }
      case Type.DATA: {
        const receive = this.active[id] as Receive;
        receive.take(this.bytes, frame * 4 + Frame.HEADER_BYTES, bytes);
        if (receive.done) this.#forget(receive);
        return;
      }
      case Type.ACK:
        this.#finish(this.active[id]!);
        return;
      default:
        this.#arrive(source, frame, type, id, bytes);
    }
  }

  /** A message, or the first frame of one. */
  #arrive(source: number, frame: number, type: number, operation: number, bytes: number): void {
    const { words } = this;
    const context = this.context(words[frame + Frame.CONTEXT]!);
    const tag = words[frame + Frame.TAG]!;
    const extra = words[frame + Frame.EXTRA]!;
    const eager = (type & Type.MASK) !== Type.RTS;
    const receive = context.takeReceive(source, tag);
    if (receive === undefined) {
      const start = frame * 4 + Frame.HEADER_BYTES;
      const payload = eager ? Uint8Array.prototype.slice.call(this.bytes, start, start + bytes) : undefined;
      context.unexpected.push({ source, tag, bytes, type, operation, extra, payload });
      return;
    }
    if (!receive.match(source, tag, bytes, type, extra))
      return this.#refuse(receive, source, type, operation);
    if (!eager) return this.#answer(source, Type.CTS, operation, receive.id);
    receive.take(this.bytes, frame * 4 + Frame.HEADER_BYTES, bytes);
    this.#forget(receive);
    if ((type & Type.MASK) === Type.EAGER_SYNC) this.#answer(source, Type.ACK, operation, 0);
  }

  /** Gives a receive its message, which came before it. */
  deliver(receive: Receive, message: Unexpected): void {
    const { source, tag, bytes, type, operation, extra, payload } = message;
    if (!receive.match(source, tag, bytes, type, extra))
      return this.#refuse(receive, source, type, operation);
    if (payload === undefined) {
      this.#register(receive);
      return this.#answer(source, Type.CTS, operation, receive.id);
    }
    receive.take(payload, 0, bytes);
    if ((type & Type.MASK) === Type.EAGER_SYNC) this.#answer(source, Type.ACK, operation, 0);
  }

  /** The receive has failed; the sender's part is over all the same. */
  #refuse(receive: Receive, source: number, type: number, operation: number): void {
    if ((type & Type.MASK) !== Type.EAGER) this.#answer(source, Type.ACK, operation, 0);
    this.#finish(receive);
  }

  #checkWatches(): boolean {
    let moved = false;
    for (const watch of this.#watches) {
      if (!watch.come()) continue;
      this.#watches.delete(watch);
      watch.operation.finish();
      moved = true;
    }
    return moved;
  }
}

/** How many ranks may have to act before an operation is done. */
const ranksOf = ({ peer, group }: ThreadOperation): number => (peer === ANY ? group.members.length : 1);
