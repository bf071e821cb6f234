import type { Carrier } from '../fabric.ts';
import { allocateBytes, padded, partLengths, type Incoming, type Outgoing } from '../message.ts';

/*
 * A value that is one long array and little else is sent as that array, from where it lies: MPI takes it from the sender's memory to
 * the receiver's in one copy, as it does for Send. What else belongs to the value goes before it in a note, on a communicator of its own:
 * a message so short that sending it never waits. The array itself is an ordinary message, which matches,
 * blocks and is probed as any other, and meets receives posted before without help of the receiver.
 *
 * Such a message is known by its length, which is 5 more than a multiple of 8: all others of values are multiples of 8. So the array
 * is cut by up to 2047 bytes, which travel in the note. The length has eight bits of a sequence number too. An array of
 * bytes that Send and its kin send, and whose length happens to be such, has a note of its own, which says so.
 */

/** Shorter messages are sent in one piece. */
const LEAST_BYTES = 65536;
/** Length of a head that goes into a note. */
const MOST_HEAD_BYTES = 1024;
/** The sequence number is in the length's remainder by this. Notes stay below 4 KiB, which every transport sends at once. */
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

/** Float64 words in front of a note. */
const Note = { CONTEXT: 0, TAG: 1, BYTES: 2, SEQUENCE: 3, HEAD: 4, BYTES_OF_WORDS: 40 } as const;
const NOTE_BYTES = Note.BYTES_OF_WORDS + MOST_HEAD_BYTES + UNIT;

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

  constructor(readonly bytes: Uint8Array<ArrayBuffer>) {
    this.words = new Float64Array(bytes.buffer, 0, Note.BYTES_OF_WORDS / 8);
  }

  isOf(context: number, tag: number): boolean {
    return this.words[Note.CONTEXT] === context && this.words[Note.TAG] === tag;
  }

  /** Memory has no head. */
  get isValue(): boolean {
    return this.words[Note.HEAD]! > 0;
  }

  get head(): Buffer {
    return Buffer.from(this.bytes.buffer, Note.BYTES_OF_WORDS, this.words[Note.HEAD]);
  }

  /** The end of the array, which its message lacks. */
  get cut(): Uint8Array {
    return this.bytes.subarray(Note.BYTES_OF_WORDS + this.words[Note.HEAD]!);
  }
}

/** A message to be sent, and its note. */
export interface Alone {
  readonly note: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array;
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

  /**
   * @param apart a duplicate of the world, on which nobody else uses NOTE_TAG and ACK_TAG.
   * @param receive blocks until a note has come from a rank, and gives its length.
   */
  constructor(
    private readonly apart: Carrier,
    private readonly receive: (into: Uint8Array, source: number) => number,
  ) {}

  /** Whether a blocking receive should look at the message before it receives it: after one that came alone, for a while. */
  expects(): boolean {
    return this.#expected > 0 && this.#expected-- > 0;
  }

  /** How to send a value, if it is to be sent in this way. */
  split(message: Outgoing, dest: number, context: number, tag: number): Alone | undefined {
    const part = message.parts[0];
    if (message.parts.length !== 1 || part!.length < LEAST_BYTES + UNIT) return undefined;
    if (message.length > MOST_HEAD_BYTES) return undefined;
    const sequence = this.#sequences[dest] ?? 0;
    if (!this.#mayFollow(dest, sequence)) return undefined;
    this.#sequences[dest] = sequence + 1;
    const cut = (part!.length - 5 - ((8 * sequence) % UNIT) + UNIT) % UNIT;
    const bytes = part!.subarray(0, part!.length - cut);
    const note = this.#note([context, tag, bytes.length, sequence, message.length], cut);
    note.set(message.bytes.subarray(0, message.length), Note.BYTES_OF_WORDS);
    note.set(part!.subarray(bytes.length), Note.BYTES_OF_WORDS + message.length);
    return { note, bytes };
  }

  /** The note of memory that could be taken for a value. */
  ofMemory(bytes: number, context: number, tag: number): Uint8Array {
    return this.#note([context, tag, bytes, -1, 0], 0);
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

  #note(words: readonly number[], cut: number): Uint8Array<ArrayBuffer> {
    const note = new Uint8Array(Note.BYTES_OF_WORDS + words[Note.HEAD]! + cut);
    new Float64Array(note.buffer, 0, words.length).set(words);
    return note;
  }

  /** Sends a note to a rank of the world; the message follows. */
  send(note: Uint8Array, dest: number): void {
    this.apart.isend(note, dest, NOTE_TAG, false);
  }

  /** The note of a message that has come from a rank of the world: it was sent before. */
  take(source: number, context: number, tag: number, bytes: number): Noted {
    const waiting = (this.#waiting[source] ??= []);
    const fits = (noted: Noted) => noted.isOf(context, tag) && noted.words[Note.BYTES] === bytes;
    let at = waiting.findIndex(fits);
    while (at < 0) {
      const noted = this.#receive(source);
      waiting.push(noted);
      if (fits(noted)) at = waiting.length - 1;
    }
    const [taken] = waiting.splice(at, 1);
    if (taken!.isValue) {
      this.#expected = EXPECT;
      this.#acknowledge(source, taken!.words[Note.SEQUENCE]!);
    }
    return taken!;
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

  #receive(source: number): Noted {
    const bytes = new Uint8Array(NOTE_BYTES);
    return new Noted(bytes.slice(0, this.receive(bytes, source)));
  }
}

/** The value whose array `land` receives: into the front of new memory that it is given, so many bytes. */
export function join(noted: Noted, land: (into: Uint8Array, bytes: number) => void): Incoming {
  const { head } = noted;
  const [length] = partLengths(head, 0, head.length);
  const part = allocateBytes(length!);
  const bytes = noted.words[Note.BYTES]!;
  land(part, bytes);
  part.set(noted.cut, bytes);
  return { bytes: head, start: 0, length: head.length, parts: [part.buffer] };
}

/** Length of the whole value, as if it had come in one piece. */
export const joinedBytes = ({ length, parts }: Incoming): number =>
  length + parts.reduce((sum, part) => sum + padded(part.byteLength), 0);
