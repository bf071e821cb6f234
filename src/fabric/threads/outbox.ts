import { Frame, Type } from './frame.ts';
import { unitsFor, type RingWriter } from './ring.ts';
import type { Send } from './send.ts';

/** Answers to another rank's frames: CTS and ACK. */
interface Answer {
  readonly type: number;
  readonly operation: number;
  readonly extra: number;
}

/** Payload bytes that one DATA frame carries at the most: the reader empties one while the writer fills the next. */
const DATA_BYTES = 32 * 1024;

function finish(send: Send, finished: (send: Send) => void): void {
  finished(send);
  send.finish();
}

/** What is to go to one rank: frames in order, then payloads that the rank has asked for, in turn. */
export class Outbox {
  readonly #frames: (Send | Answer)[] = [];
  readonly #streams: Send[] = [];

  constructor(
    readonly writer: RingWriter,
    private readonly words: Int32Array,
    private readonly floats: Float64Array,
    private readonly bytes: Uint8Array,
    private readonly eagerBytes: number,
    private readonly chunkBytes: number,
  ) {}

  /** No frame waits: one more may go straight into the ring. */
  get clear(): boolean {
    return this.#frames.length === 0;
  }

  isEmpty(): boolean {
    return this.#frames.length === 0 && this.#streams.length === 0;
  }

  add(item: Send | Answer): void {
    this.#frames.push(item);
  }

  /** The receiver of `send` has answered: its payload goes out. */
  stream(send: Send): void {
    this.#streams.push(send);
  }

  /** Writes what there is room for; `finished` hears of each send that is over. True when something moved. */
  pump(finished: (send: Send) => void): boolean {
    let moved = false;
    while (this.#frames.length > 0 && this.#write(this.#frames[0]!)) {
      const item = this.#frames.shift()!;
      // A long send waits for its CTS, a synchronous one for its ACK.
      if ('payload' in item && item.left === 0 && !item.synchronous) finish(item, finished);
      moved = true;
    }
    if (this.#frames.length > 0) return moved;
    while (this.#streams.length > 0 && this.#writeData(this.#streams[0]!)) {
      const send = this.#streams.shift()!;
      if (send.left > 0) this.#streams.push(send);
      else finish(send, finished);
      moved = true;
    }
    return moved;
  }

  #write(item: Send | Answer): boolean {
    if (!('payload' in item)) return this.#writeAnswer(item);
    const eager = item.bytes <= this.eagerBytes;
    const payload = eager ? item.bytes : 0;
    const units = unitsFor(Frame.HEADER_BYTES + payload);
    const frame = this.writer.reserve(units);
    if (frame < 0) return false;
    const { words } = this;
    const type = !eager ? Type.RTS : item.synchronous ? Type.EAGER_SYNC : Type.EAGER;
    words[frame + Frame.TYPE] = type | item.family;
    words[frame + Frame.CONTEXT] = item.context;
    words[frame + Frame.TAG] = item.tag;
    this.floats[(frame + Frame.BYTES) >> 1] = item.bytes;
    words[frame + Frame.OPERATION] = item.id;
    words[frame + Frame.EXTRA] = item.extra;
    if (payload > 0) {
      item.payload.read(this.bytes, frame * 4 + Frame.HEADER_BYTES, payload);
      item.left = 0;
    }
    this.writer.publish(frame, units);
    return true;
  }

  #writeAnswer(answer: Answer): boolean {
    const frame = this.writer.reserve(1);
    if (frame < 0) return false;
    this.words[frame + Frame.TYPE] = answer.type;
    this.words[frame + Frame.OPERATION] = answer.operation;
    this.words[frame + Frame.EXTRA] = answer.extra;
    this.writer.publish(frame, 1);
    return true;
  }

  #writeData(send: Send): boolean {
    const length = Math.min(send.left, DATA_BYTES, this.chunkBytes);
    const units = unitsFor(Frame.HEADER_BYTES + length);
    const frame = this.writer.reserve(units);
    if (frame < 0) return false;
    this.words[frame + Frame.TYPE] = Type.DATA;
    this.words[frame + Frame.OPERATION] = send.remote;
    this.floats[(frame + Frame.BYTES) >> 1] = length;
    send.payload.read(this.bytes, frame * 4 + Frame.HEADER_BYTES, length);
    send.left -= length;
    this.writer.publish(frame, units);
    return true;
  }
}
