import { copyBytes } from '../copy.ts';
import { byteLengthOf, bytesOf, bytesPerElement, viewOf, type TypedArray } from '../memory.ts';
import { loadSmall, storeSmall } from '../small.ts';
import type { Engine } from './engine.ts';
import { Contexts, contextOf, type Group } from './group.ts';
import { Slot, SLOT_BYTES, SLOTS, slotStart } from './memory.ts';
import { ThreadOperation } from './operation.ts';

/** A collective call under way on one communicator. */
export interface Meeting {
  readonly group: Group;
  /** Its place in the communicator's history, the same on every rank. */
  readonly number: number;
  /** The call as the user wrote it. */
  readonly operation: string;
}

/** Looks at a slot before the rank progresses its messages, and may sleep. */
const LOOKS = 400;

const PIECE_BITS = 13;
const NUMBER_BITS = 18;

/** What is posted under this name is found under it; never 0. */
const keyOf = (number: number, piece: number): number =>
  (((number % (2 ** NUMBER_BITS - 1)) + 1) << PIECE_BITS) | (piece & (2 ** PIECE_BITS - 1));

/**
 * How collectives share data: each rank has a few slots of memory that all ranks can read. It posts a piece of data there under the number of
 * the collective and of the piece; the others find it, use it where it lies, and release it. The last release frees the slot. So a
 * broadcast costs one copy in and one copy out however many ranks read it, and nobody waits for readers that are late.
 */
export class Slots {
  readonly #engine: Engine;
  readonly #looks: number;
  readonly #own: readonly number[];
  /** Slots as elements of a kind, by kind, rank and slot. */
  readonly #views = new Map<number, TypedArray>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#looks = engine.oversubscribed ? 1 : LOOKS;
    this.#own = this.#slotsOf(engine.rank);
  }

  #slotsOf(rank: number): number[] {
    const { memory } = this.#engine;
    return Array.from({ length: SLOTS }, (_, slot) => slotStart(memory, rank, slot) / 4);
  }

  /** A free slot of this rank: the word index of its header. */
  acquire(meeting: Meeting): number {
    const { words } = this.#engine;
    let slot = -1;
    const free = () => {
      for (const candidate of this.#own) {
        if (Atomics.load(words, candidate + Slot.READERS) !== 0) continue;
        slot = candidate;
        return true;
      }
      return false;
    };
    if (!free()) this.#wait(meeting, -1, free);
    return slot;
  }

  /**
   * Lets all others of the group (or `reader` alone, where it is not −1) have what lies in a slot; `total` are the bytes of all pieces. Until it
   * releases it too, this rank may `keep` it.
   */
  post(meeting: Meeting, slot: number, piece: number, total: number, reader: number, keep = false): void {
    const { words, floats, bell, rank } = this.#engine;
    const { members, id } = meeting.group;
    Atomics.store(words, slot + Slot.KEY, 0);
    words[slot + Slot.GROUP] = id;
    floats[(slot + Slot.TOTAL) >> 1] = total;
    Atomics.store(words, slot + Slot.READERS, (reader < 0 ? members.length - 1 : 1) + (keep ? 1 : 0));
    Atomics.store(words, slot + Slot.KEY, keyOf(meeting.number, piece));
    if (reader >= 0) return bell.ring(members[reader]!);
    for (const member of members) if (member !== rank) bell.ring(member);
  }

  /** Waits for what a rank of the group posts: the word index of the slot's header. */
  find(meeting: Meeting, source: number, piece: number): number {
    const { words, memory } = this.#engine;
    const { members, id } = meeting.group;
    const key = keyOf(meeting.number, piece);
    const rank = members[source]!;
    const first = slotStart(memory, rank, 0) / 4;
    const step = (slotStart(memory, rank, 1) - slotStart(memory, rank, 0)) / 4;
    let slot = -1;
    const posted = () => {
      for (let i = 0, candidate = first; i < SLOTS; i++, candidate += step) {
        if (Atomics.load(words, candidate + Slot.KEY) !== key) continue;
        // One that all have read may be left from a communicator that had this number before.
        if (words[candidate + Slot.GROUP] !== id || Atomics.load(words, candidate + Slot.READERS) === 0)
          continue;
        slot = candidate;
        return true;
      }
      return false;
    };
    for (let looks = this.#looks; looks > 0; looks--) if (posted()) return slot;
    this.#wait(meeting, rank, posted);
    return slot;
  }

  release(meeting: Meeting, source: number, slot: number): void {
    const { words, bell } = this.#engine;
    if (Atomics.sub(words, slot + Slot.READERS, 1) === 1) bell.ring(meeting.group.members[source]!);
  }

  /** Bytes of all pieces of what lies in a slot. */
  total(slot: number): number {
    return this.#engine.floats[(slot + Slot.TOTAL) >> 1]!;
  }

  /** Copies bytes of an array into a slot. */
  write(slot: number, at: number, array: TypedArray, start: number, length: number): void {
    const to = slot * 4 + Slot.HEADER_BYTES + at;
    if (start === 0 && length === byteLengthOf(array)) storeSmall(this.#engine, to, array);
    else copyBytes(this.#engine.bytes, to, bytesOf(array), start, length);
  }

  /** Copies bytes of a slot into an array. */
  read(slot: number, at: number, array: TypedArray, start: number, length: number): void {
    const from = slot * 4 + Slot.HEADER_BYTES + at;
    if (start === 0) loadSmall(this.#engine, from, array, length);
    else copyBytes(bytesOf(array), start, this.#engine.bytes, from, length);
  }

  /** All of a slot as elements. */
  view(slot: number, kind: number): TypedArray {
    const name = slot * 16 + kind;
    let view = this.#views.get(name);
    if (view === undefined) {
      const start = slot * 4 + Slot.HEADER_BYTES;
      const length = SLOT_BYTES / bytesPerElement(kind);
      view = viewOf(kind, this.#engine.memory.buffer, start, length);
      this.#views.set(name, view);
    }
    return view;
  }

  #wait({ group, operation }: Meeting, peer: number, come: () => boolean): void {
    const preposition = peer < 0 ? 'with' : 'from';
    this.#engine.watch(
      new ThreadOperation(preposition, contextOf(group.id, Contexts.COLLECTIVE), group, peer, -1, operation),
      come,
    );
  }
}
