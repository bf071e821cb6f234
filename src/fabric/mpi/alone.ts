import type { Carrier } from '../fabric.ts';
import { arrivalMemory } from '../arrivals.ts';
import { padded, partLengths, type Incoming, type Outgoing } from '../message.ts';

/*
 * A value that is one long array and little else is sent as that array, from where it lies: MPI takes it from the sender's memory to
 * the receiver's in one copy, as it does for Send. What else belongs to the value goes before it in a note, on a communicator of its own:
 * messages so short that sending them never waits. The array itself is an ordinary message, which matches,
 * blocks and is probed as any other, and meets receives posted before without help of the receiver.
 *
 * Such a message is known by its length, which is 5 more than a multiple of 8: all others of values are multiples of 8. So the array
 * is cut by up to 2047 bytes, which travel in the note. The length has eight bits of a sequence number too. An array of
 * bytes that Send and its kin send, and whose length happens to be such, has a note of its own, which says so.
 */

/** Shorter messages are sent in one piece. */
const LEAST_BYTES = 65536;
/** What else belongs to the value: its head, shorter arrays, the end of the long one. */
const MOST_BODY_BYTES = 32768;
/** Each value has few arrays, or it is mostly head. */
const MOST_PARTS = 64;
/** The sequence number is in the length's remainder by this. */
const UNIT = 2048;
export const NOTE_TAG = 0;
/** Blocking receives that look at the message first, after one that came alone. */
const EXPECT = 16;
/**
 * So many of a sender's messages at most may be on their way to one rank or wait there, so that no two have one number: fewer than the 256
 * numbers. Who receives tells after ACK_EVERY up to which it has all. One whose message did not fit an Irecv is never told of: after it, and
 * a window of others, values go in one piece.
 */
const WINDOW = 192;
const ACK_EVERY = 64;
const ACK_TAG = 3;

/**
 * Float64 words in front of a note. BODY bytes follow: the head (HEAD bytes), all arrays but the one numbered MAIN, padded to 8 bytes,
 * and the end of that one. They travel in pieces, see native/mpi.c.
 */
const Note = {
  CONTEXT: 0,
  TAG: 1,
  BYTES: 2,
  SEQUENCE: 3,
  HEAD: 4,
  BODY: 5,
  MAIN: 6,
  BYTES_OF_WORDS: 56,
} as const;
const NOTE_BYTES = Note.BYTES_OF_WORDS + MOST_BODY_BYTES;

/** Whether a message of this length has a note. As in native/mpi.c. */
export const isAlone = (bytes: number): boolean => bytes >= LEAST_BYTES && bytes % 8 === 5;

interface Taken {
  /** All before this one. */
  all: number;
  /** What the sender knows of that. */
  told: number;
  readonly beyond: Set<number>;
}

const scratch = { source: 0, tag: 0, bytes: 0, cancelled: false };

/** What goes before a message that travels alone. */
export class Noted {
  readonly words: Float64Array;

  constructor(readonly bytes: Buffer<ArrayBuffer>) {
    this.words = new Float64Array(bytes.buffer, 0, Note.BYTES_OF_WORDS / 8);
  }

  isOf(context: number, tag: number, bytes: number): boolean {
    const { words } = this;
    return words[Note.CONTEXT] === context && words[Note.TAG] === tag && words[Note.BYTES] === bytes;
  }

  /** Memory has no head. */
  get isValue(): boolean {
    return this.words[Note.HEAD]! > 0;
  }

  /** The same in memory of its own. */
  copy(): Noted {
    const { buffer } = this.bytes;
    return new Noted(Buffer.from(buffer.slice(0, Note.BYTES_OF_WORDS + this.words[Note.BODY]!)));
  }
}

/** The value whose long array `land` receives: into the front of new memory that it is given, so many bytes. */
export function join({ bytes, words }: Noted, land: (into: Uint8Array, bytes: number) => void): Incoming {
  const start = Note.BYTES_OF_WORDS;
  const length = words[Note.HEAD]!;
  let at = start + length;
  let main: Buffer<ArrayBuffer> | undefined;
  const parts = partLengths(bytes, start, length).map((size, i) => {
    const part = arrivalMemory(size);
    if (i === words[Note.MAIN]) {
      main = part;
    } else {
      bytes.copy(part, 0, at, at + size);
      at += padded(size);
    }
    return part.buffer;
  });
  const came = words[Note.BYTES]!;
  land(main!, came);
  bytes.copy(main!, came, at, start + words[Note.BODY]!);
  return { bytes, start, length, parts };
}

/** Length of the whole value, as if it had come in one piece. */
export const joinedBytes = ({ length, parts }: Incoming): number =>
  length + parts.reduce((sum, part) => sum + padded(part.byteLength), 0);

/** What of a long array travels as a message: its first bytes. */
export interface Main {
  readonly part: Uint8Array;
  readonly bytes: number;
}

/** The notes of this rank, of all communicators made of the world. */
export class Notes {
  /** Blocking receives that are still to look at their message first. */
  #expected = 0;
  /** Of the next note, by the receiver's rank in the world. */
  readonly #sequences: number[] = [];
  /** All notes before this one have been taken, by the receiver's rank in the world. */
  readonly #acknowledged: number[] = [];
  /** What has been taken, by the sender's rank in the world. */
  readonly #taken: Taken[] = [];
  /** Ranks that are to be told. */
  readonly #toTell = new Set<number>();
  /** Notes whose messages nobody has received, by the sender's rank in the world. */
  readonly #waiting: Noted[][] = [];
  readonly #outgoing = new Noted(Buffer.from(new ArrayBuffer(NOTE_BYTES)));
  readonly #incoming = new Noted(Buffer.from(new ArrayBuffer(NOTE_BYTES)));

  /**
   * @param apart a duplicate of the world, on which nobody else uses NOTE_TAG and ACK_TAG.
   * @param post sends so many bytes of a note to a rank, and does not wait.
   * @param receive blocks until a note has come from a rank.
   */
  constructor(
    private readonly apart: Carrier,
    private readonly post: (note: Uint8Array, bytes: number, dest: number) => void,
    private readonly receive: (into: Uint8Array, source: number) => void,
  ) {}

  /** Whether a blocking receive should look at the message before it receives it: after one that came alone, for a while. */
  expects(): boolean {
    return this.#expected > 0 && this.#expected-- > 0;
  }

  /** Sends the note of a value to a rank of the world, and says what is to follow: undefined, and nothing is sent, if it is to go in one piece. */
  split(message: Outgoing, dest: number, context: number, tag: number): Main | undefined {
    const { parts, length } = message;
    const index = longest(parts);
    const part = parts[index];
    if (part === undefined || part.length < LEAST_BYTES + UNIT) return undefined;
    let body = length + UNIT;
    for (const other of parts) if (other !== part) body += padded(other.length);
    if (body > MOST_BODY_BYTES) return undefined;
    const sequence = this.#sequences[dest] ?? 0;
    if (!this.#mayFollow(dest, sequence)) return undefined;
    this.#sequences[dest] = sequence + 1;
    const cut = (part.length - 5 - ((8 * sequence) % UNIT) + UNIT) % UNIT;
    const { bytes, words } = this.#outgoing;
    words[Note.CONTEXT] = context;
    words[Note.TAG] = tag;
    words[Note.BYTES] = part.length - cut;
    words[Note.SEQUENCE] = sequence;
    words[Note.HEAD] = length;
    words[Note.BODY] = body - UNIT + cut;
    words[Note.MAIN] = index;
    let at: number = Note.BYTES_OF_WORDS;
    bytes.set(message.bytes.subarray(0, length), at);
    at += length;
    for (const other of parts) {
      if (other === part) continue;
      bytes.set(other, at);
      at += padded(other.length);
    }
    bytes.set(part.subarray(part.length - cut), at);
    this.post(bytes, at + cut, dest);
    return { part, bytes: part.length - cut };
  }

  /** Sends the note of memory that could be taken for a value. */
  sendOfMemory(bytes: number, dest: number, context: number, tag: number): void {
    const note = this.#outgoing;
    note.words.set([context, tag, bytes, -1, 0, 0, 0]);
    this.post(note.bytes, Note.BYTES_OF_WORDS, dest);
  }

  #mayFollow(dest: number, sequence: number): boolean {
    const may = () => sequence - (this.#acknowledged[dest] ?? 0) < WINDOW;
    if (!may()) this.#hear(dest);
    return may();
  }

  #hear(dest: number): void {
    const ack = new Float64Array(1);
    while (this.apart.iprobe(dest, ACK_TAG, scratch)) {
      this.apart.recv(ack, dest, ACK_TAG, scratch);
      this.#acknowledged[dest] = ack[0]!;
    }
  }

  /** At the end: UCX warns of messages that nobody has received. */
  finish(): void {
    this.#sequences.forEach((_, dest) => this.#hear(dest));
  }

  /** The note of a message that has come from a rank of the world: it was sent before. Valid until the next one is taken. */
  take(source: number, context: number, tag: number, bytes: number): Noted {
    const taken = this.#find(source, context, tag, bytes);
    if (taken.isValue) {
      this.#expected = EXPECT;
      this.#acknowledge(source, taken.words[Note.SEQUENCE]!);
    }
    return taken;
  }

  #find(source: number, context: number, tag: number, bytes: number): Noted {
    const waiting = (this.#waiting[source] ??= []);
    const at = waiting.findIndex((noted) => noted.isOf(context, tag, bytes));
    if (at >= 0) return waiting.splice(at, 1)[0]!;
    const incoming = this.#incoming;
    for (;;) {
      this.receive(incoming.bytes, source);
      if (incoming.isOf(context, tag, bytes)) return incoming;
      waiting.push(incoming.copy());
    }
  }

  #acknowledge(source: number, sequence: number): void {
    const taken = (this.#taken[source] ??= { all: 0, told: 0, beyond: new Set() });
    taken.beyond.add(sequence);
    while (taken.beyond.delete(taken.all)) taken.all++;
    if (taken.all - taken.told >= ACK_EVERY) this.#toTell.add(source);
  }

  /** Tells senders what has been taken. Not while a message lies in a landing: sending may move others on. */
  tell(): void {
    if (this.#toTell.size === 0) return;
    const sources = [...this.#toTell];
    this.#toTell.clear();
    for (const source of sources) {
      const taken = this.#taken[source]!;
      taken.told = taken.all;
      this.apart.isend(Float64Array.of(taken.all), source, ACK_TAG, false);
    }
  }
}

/** The place of the longest of a few arrays. */
function longest(parts: readonly Uint8Array[]): number {
  if (parts.length > MOST_PARTS) return -1;
  let found = 0;
  for (let i = 1; i < parts.length; i++) if (parts[i]!.length > parts[found]!.length) found = i;
  return found;
}
