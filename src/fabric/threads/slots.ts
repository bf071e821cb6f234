import { copyBytes, FILL_BYTES } from '../copy.ts';
import { MpiError } from '../error.ts';
import { bytesOf, bytesPerElement, viewOf, type TypedArray } from '../memory.ts';
import { loadSmall, storeSmall } from '../small.ts';
import { LOOKS } from './backoff.ts';
import type { Engine } from './engine.ts';
import { meet } from './gate.ts';
import { placeOf } from './ledger.ts';
import { Contexts, contextOf, type Group } from './group.ts';
import { Rank, rankBlock, Slot, SLOT_BYTES, SLOTS, slotStart } from './memory.ts';
import { ThreadOperation } from './operation.ts';

/** A collective call under way on one communicator. */
export interface Meeting {
  readonly group: Group;
  /** As the ledger gives it, the same on every rank; the tag of its messages. */
  readonly number: number;
  /** The call as the user wrote it. */
  readonly operation: string;
}

/* Literals: V8 would compute powers anew in each call. */
const PIECE_BITS = 13;
const PIECES = 0x1fff;

/** What is posted under this name is found under it; never 0. */
const keyOf = (number: number, piece: number): number =>
  ((placeOf(number) + 1) << PIECE_BITS) | (piece & PIECES);

/**
 * How collectives share data: each rank has a few slots of memory that all ranks can read. It posts a piece of data there under the number of
 * the collective and of the piece; the others find it, use it where it lies, and release it. The last release frees the slot. So a
 * broadcast costs one copy in and one copy out however many ranks read it, and nobody waits for readers that are late.
 */
export class Slots {
  readonly #engine: Engine;
  /** The word indices of a rank's slots, by rank. */
  readonly #places: (readonly number[])[] = [];
  /** The own slot that has been free for longest. */
  #oldest = 0;
  /** Slots as elements of a kind, by kind, rank and slot. */
  readonly #views = new Map<number, TypedArray>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  #slotsOf(rank: number): readonly number[] {
    const { memory } = this.#engine;
    return (this.#places[rank] ??= Array.from(
      { length: SLOTS },
      (_, slot) => slotStart(memory, rank, slot) / 4,
    ));
  }

  /** A free slot of this rank: the word index of its header. */
  acquire(meeting: Meeting): number {
    let slot = this.#free();
    if (slot >= 0) return slot;
    const { words, rank } = this.#engine;
    Atomics.store(words, rankBlock(rank) + Rank.WANTS_SLOT, 1);
    this.#wait(meeting, -1, () => (slot = this.#free()) >= 0);
    Atomics.store(words, rankBlock(rank) + Rank.WANTS_SLOT, 0);
    return slot;
  }

  #free(): number {
    const { words, rank } = this.#engine;
    const own = this.#slotsOf(rank);
    for (let i = 0; i < SLOTS; i++) {
      const slot = own[(this.#oldest + i) % SLOTS]!;
      if (Atomics.load(words, slot + Slot.READERS) !== 0) continue;
      this.#oldest = (this.#oldest + i + 1) % SLOTS;
      return slot;
    }
    return -1;
  }

  /**
   * Lets all others of the group (or `reader` alone, where it is not −1) have what lies in a slot; `total` are the bytes of all pieces.
   */
  post(meeting: Meeting, slot: number, piece: number, total: number, reader: number): void {
    const { members } = meeting.group;
    this.#publish(meeting, slot, piece, total, reader < 0 ? members.length - 1 : 1);
    if (reader >= 0) return this.#engine.bell.ring(members[reader]!);
    this.#ringAll(meeting);
  }

  /**
   * The same where all ranks of the group do so at a time. With more ranks than cores, each is woken once when all have, not by each of the
   * others. Until it releases it too, this rank may `keep` the slot.
   */
  exchange(meeting: Meeting, slot: number, piece: number, total: number, keep = false): void {
    this.#publish(meeting, slot, piece, total, meeting.group.members.length - (keep ? 0 : 1));
    if (this.#engine.backoff.oversubscribed) meet(this.#engine, meeting.group, meeting.operation);
    else this.#ringAll(meeting);
  }

  #publish(meeting: Meeting, slot: number, piece: number, total: number, readers: number): void {
    const { words, floats } = this.#engine;
    Atomics.store(words, slot + Slot.KEY, 0);
    words[slot + Slot.GROUP] = meeting.group.id;
    floats[(slot + Slot.TOTAL) >> 1] = total;
    Atomics.store(words, slot + Slot.READERS, readers);
    Atomics.store(words, slot + Slot.KEY, keyOf(meeting.number, piece));
  }

  #ringAll({ group }: Meeting): void {
    const { bell, rank } = this.#engine;
    for (const member of group.members) if (member !== rank) bell.ring(member);
  }

  /** Waits for what a rank of the group posts: the word index of the slot's header. */
  find(meeting: Meeting, source: number, piece: number): number {
    const { members, id } = meeting.group;
    const key = keyOf(meeting.number, piece);
    const rank = members[source]!;
    const theirs = this.#slotsOf(rank);
    let slot = -1;
    let looks = 0;
    do {
      slot = this.#posted(theirs, key, id);
      if (slot >= 0) return slot;
    } while (this.#engine.backoff.again(++looks, members.length, LOOKS));
    this.#wait(meeting, rank, () => (slot = this.#posted(theirs, key, id)) >= 0);
    return slot;
  }

  #posted(slots: readonly number[], key: number, group: number): number {
    const { words } = this.#engine;
    for (let i = 0; i < SLOTS; i++) {
      const slot = slots[i]!;
      // An atomic load is a call; a plain one costs nothing and may at worst be late.
      if (words[slot + Slot.KEY] !== key || words[slot + Slot.GROUP] !== group) continue;
      // One that all have read may be left from a communicator that had this number before.
      if (Atomics.load(words, slot + Slot.READERS) === 0) continue;
      // Its owner may be writing the header anew: what was read belongs together only if the key, which goes first, is still there.
      if (Atomics.load(words, slot + Slot.KEY) === key) return slot;
    }
    return -1;
  }

  /** This rank has read a slot; its owner is rung only if it waits for one, for it may sleep for another reason. */
  release({ group }: Meeting, source: number, slot: number): void {
    const { words, bell } = this.#engine;
    const owner = group.members[source]!;
    if (Atomics.sub(words, slot + Slot.READERS, 1) !== 1) return;
    if (Atomics.load(words, rankBlock(owner) + Rank.WANTS_SLOT) === 1) bell.ring(owner);
  }

  /** Bytes of all pieces of what lies in a slot. */
  total(slot: number): number {
    return this.#engine.floats[(slot + Slot.TOTAL) >> 1]!;
  }

  /** Copies bytes of an array, whole elements, into a slot. */
  write(slot: number, at: number, array: TypedArray, start: number, length: number): void {
    const to = slot * 4 + Slot.HEADER_BYTES + at;
    const each = array.BYTES_PER_ELEMENT;
    if (length < FILL_BYTES) storeSmall(this.#engine, to, array, start / each, length / each);
    else copyBytes(this.#engine.bytes, to, bytesOf(array), start, length);
  }

  /** Copies bytes of a slot into an array, whole elements. */
  read(slot: number, at: number, array: TypedArray, start: number, length: number): void {
    const from = slot * 4 + Slot.HEADER_BYTES + at;
    if (length < FILL_BYTES) loadSmall(this.#engine, from, array, length, start / array.BYTES_PER_ELEMENT);
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

/** A rank has other lengths for a call than this one. */
export function unequal(
  { group, operation }: Meeting,
  source: number,
  bytes: number,
  room: number,
): MpiError {
  const message = `rank ${source} has ${bytes} bytes for this call, the array here ${room}`;
  const code = bytes > room ? 'ERR_TRUNCATE' : 'ERR_COUNT';
  return new MpiError(code, message, { operation, rank: group.rank, peer: source });
}
