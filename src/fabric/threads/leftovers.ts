import { whereSent, type StreamReport } from '../send-sites.ts';
import { linesOfUnread, type UnreadMessage } from '../unread.ts';
import { userLineOf } from '../where.ts';
import { Frame, Type } from './frame.ts';
import { Contexts } from './group.ts';
import type { ThreadsMemory } from './memory.ts';
import { RingReader } from './ring.ts';

/** A message that nobody received; ranks are numbers of the job. */
interface Unread {
  readonly context: number;
  readonly source: number;
  readonly tag: number;
  readonly bytes: number;
  /** Whether it is one of the last of its stream; not so when a matched probe has taken it out of its turn. */
  readonly inTurn: boolean;
}

/** A communicator as one of its ranks knows it. */
interface Known {
  readonly context: number;
  readonly name: string;
  /** The ranks that messages go to and come from. */
  readonly members: Int32Array;
  readonly streams: readonly StreamReport[];
  /** Those to which something was sent. */
  readonly dests: readonly number[];
}

/** What a rank tells the launcher at its end. */
export interface Left {
  /** Requests never completed, a line each. */
  readonly incomplete: readonly string[];
  readonly unread: readonly Unread[];
  readonly communicators: readonly Known[];
}

interface Item extends Unread {
  readonly dest: number;
  readonly receiver: string;
  readonly communicator: Known;
  readonly late: boolean;
}

/** Lines of a report: a program may leave any number of messages. */
const MOST_LINES = 40;

/**
 * What MPI_Finalize would find unfinished: requests never completed, and messages never received. Of the latter some wait in the queues of their receivers,
 * others lie in rings whose readers had ended. Who sent them knows from where.
 */
export class Leftovers {
  readonly #memory: ThreadsMemory;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #incomplete: string[] = [];
  readonly #items: Item[] = [];
  readonly #left = new Map<number, { readonly name: string; readonly left: Left }>();
  /** By the number of the sender: numbers of spawned ranks are given out again. */
  readonly #senders = new Map<number, Known[]>();

  constructor(memory: ThreadsMemory) {
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#floats = new Float64Array(memory.buffer, 0, memory.buffer.byteLength >> 3);
  }

  /** A rank has ended in an orderly way; `name` is what reports call it. */
  add(rank: number, name: string, left: Left): void {
    this.#left.set(rank, { name, left });
    this.#incomplete.push(...left.incomplete.map((line) => `${name}  never completed: ${line}`));
    this.#senders.set(rank, [...left.communicators, ...(this.#senders.get(rank) ?? [])]);
    for (const unread of left.unread) this.#push(rank, unread, false);
  }

  /** Takes what has come for a rank after its end, before its number is given out again. */
  empty(rank: number): void {
    this.#collect(rank, [...Array(rank).keys()]);
    this.#left.delete(rank);
  }

  /** All that was left since the last report, a line each. */
  lines(): string[] {
    for (const dest of this.#left.keys()) this.#collect(dest, this.#sendersTo(dest));
    this.#left.clear();
    const lines = this.#incomplete.splice(0);
    const items = this.#items.splice(0);
    for (const receiver of new Set(items.map((item) => item.receiver))) {
      const own = items.filter((item) => item.receiver === receiver);
      lines.push(...linesOfUnread(this.#told(own)).map((line) => `${receiver}  ${line}`));
    }
    this.#senders.clear();
    const tally = new Map<string, number>();
    for (const line of lines) tally.set(line, (tally.get(line) ?? 0) + 1);
    const told = [...tally].map(([line, times]) => (times === 1 ? line : `${line} (${times} times)`));
    if (told.length <= MOST_LINES) return told;
    return [...told.slice(0, MOST_LINES), `${told.length - MOST_LINES} more lines like these`];
  }

  #push(dest: number, unread: Unread, late: boolean): void {
    const { name: receiver, left } = this.#left.get(dest)!;
    const communicator = left.communicators.find(({ context }) => context === unread.context);
    if (communicator) this.#items.push({ ...unread, dest, receiver, communicator, late });
  }

  #sendersTo(dest: number): number[] {
    return [...this.#senders.keys()].filter((source) =>
      this.#senders.get(source)!.some(({ members, dests }) => dests.includes(members.indexOf(dest))),
    );
  }

  /** Reads the rings to a rank from where it has stopped. */
  #collect(dest: number, sources: readonly number[]): void {
    if (!this.#left.has(dest)) return;
    const words = this.#words;
    for (const source of sources) {
      const reader = new RingReader(this.#memory, words, source, dest, true);
      for (let frame = reader.peek(); frame >= 0; frame = reader.peek()) {
        reader.skip(words[frame]!);
        const type = words[frame + Frame.TYPE]! & Type.MASK;
        const context = words[frame + Frame.CONTEXT]!;
        const message = type === Type.EAGER || type === Type.EAGER_SYNC || type === Type.RTS;
        if (!message || context % Contexts.COUNT !== Contexts.USER) continue;
        const tag = words[frame + Frame.TAG]!;
        const bytes = this.#floats[(frame + Frame.BYTES) >> 1]!;
        this.#push(dest, { context, source, tag, bytes, inTurn: true }, true);
      }
    }
  }

  /** Messages for one rank, in the order in which those of each stream were sent, with what their senders know. */
  #told(items: readonly Item[]): UnreadMessage[] {
    const streamOf = ({ context, source, tag, inTurn }: Item) => `${context} ${source} ${tag} ${inTurn}`;
    const later = new Map<string, number>();
    for (const item of items) later.set(streamOf(item), (later.get(streamOf(item)) ?? 0) + 1);
    return items.map((item) => {
      const { context, source, tag, bytes, inTurn, dest, communicator, late } = item;
      const behind = later.get(streamOf(item))! - 1;
      later.set(streamOf(item), behind);
      const sender = this.#senders.get(source)?.find((known) => known.context === context);
      const to = sender?.members.indexOf(dest) ?? -1;
      const where = whereSent(sender?.streams ?? [], to, tag, inTurn ? behind : NaN, lineOf);
      return {
        source: communicator.members.indexOf(source),
        tag,
        bytes,
        name: communicator.name,
        where,
        late,
      };
    });
  }
}

/** Of the places that a rank has noted without source maps; a solo rank has looked itself. */
const lineOf = (places: string): string => (places.includes('\n') ? userLineOf(places) : places);
