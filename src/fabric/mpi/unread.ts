import type { Carrier, Fabric, Matched } from '../fabric.ts';
import { whereSent, type SendSites } from '../send-sites.ts';
import { linesOfUnread } from '../unread.ts';
import { userLine } from '../where.ts';
import type { Farewell } from './farewell.ts';

const ANY = -1;

/** Freed communicators that a report may tell of. */
const MOST_FREED = 32;

/** Lines of a rank's report: a program may leave any number of messages. */
const MOST_LINES = 40;

/** Messages that are here when a probe finds them, and how often to look until they are received. */
const HERE_BYTES = 1024;
const LOOKS = 1000;

/** A message that MPI had for this rank and that nobody has received. */
interface Unread {
  /** The communicator, as all its ranks know it and as reports call it. */
  readonly key: string;
  readonly name: string;
  /** Rank of the communicator. */
  readonly source: number;
  /** Its rank in the world; −1 for one of another world. */
  readonly sender: number;
  readonly tag: number;
  readonly bytes: number;
  /** Our rank there, as senders number it. */
  readonly dest: number;
}

/** A communicator that knows what was sent on it. */
interface Watchable extends Carrier {
  readonly name: string;
  readonly sites: SendSites;
}

/** What is known of a communicator. */
interface Watched {
  readonly key: string;
  /** The processes that its messages come from, in rank order. */
  readonly members: () => Int32Array;
}

interface Sent {
  readonly key: string;
  readonly sites: SendSites;
}

/** What a rank asks of a sender: from where the last but `later` message to rank `dest` was sent. */
interface Question extends Pick<Unread, 'sender' | 'key' | 'dest' | 'tag'> {
  readonly later: number;
}

/**
 * Messages that nobody receives. MPI does not tell of them; here each rank takes them out of the library's queues at its end, when all ranks have come to
 * theirs, and asks their senders from where they were sent.
 */
export class UnreadMessages {
  readonly #fabric: Pick<Fabric, 'world' | 'progress'>;
  readonly #watched = new Map<Watchable, Watched>();
  readonly #unread: Unread[] = [];
  readonly #freed: Sent[] = [];

  constructor(fabric: Pick<Fabric, 'world' | 'progress'>) {
    this.#fabric = fabric;
  }

  /** A communicator of the user's, which all its ranks call `key`. */
  watch(carrier: Watchable, key: string): void {
    this.#watched.set(carrier, { key, members: () => carrier.members() });
  }

  /** Two groups that can talk, and the communicator of both. */
  watchJoined(across: Watchable, union: Watchable, low: boolean): void {
    const all = union.members();
    const members = low ? all.slice(across.size) : all.slice(0, across.peers);
    this.#watched.set(across, { key: `across ${all.join()}`, members: () => members });
    this.watch(union, `union ${all.join()}`);
  }

  keyOf(carrier: Watchable): string {
    return this.#watched.get(carrier)?.key ?? carrier.name;
  }

  ignore(carrier: Watchable): void {
    this.#watched.delete(carrier);
  }

  /** It is about to be freed. */
  forget(carrier: Watchable): void {
    const watched = this.#watched.get(carrier);
    if (watched === undefined) return;
    this.#take(carrier, watched);
    this.#watched.delete(carrier);
    const { sites } = carrier;
    if (sites.dests.size === 0) return;
    if (this.#freed.push({ key: watched.key, sites }) > MOST_FREED) this.#freed.shift();
  }

  /** At the end, when all ranks have come to theirs: a line for each message. Without `farewell` nobody else can be asked. */
  lines(farewell: Farewell | undefined): string[] {
    for (const [carrier, watched] of this.#watched) this.#take(carrier, watched);
    const unread = this.#unread;
    const { rank } = this.#fabric.world;
    if (farewell?.anywhere(unread.length > 0) === false || (farewell === undefined && unread.length === 0))
      return [];
    const questions = this.#questions();
    const asked = farewell?.exchange(questions) ?? [];
    const own = questions.map((question) => (question.sender === rank ? this.#answer(question) : ''));
    const answers = asked.map((each) =>
      each.map((question) => (question.sender === rank ? this.#answer(question) : '')),
    );
    const told = farewell?.exchange(answers) ?? [];
    const lines = linesOfUnread(
      unread.map((each, i) => ({
        ...each,
        where: told[each.sender]?.[rank]?.[i] ?? own[i]!,
        late: false,
      })),
    ).map((line) => `rank ${rank}  ${line}`);
    if (lines.length <= MOST_LINES) return lines;
    return [
      ...lines.slice(0, MOST_LINES),
      `rank ${rank}  ${lines.length - MOST_LINES} more lines like these`,
    ];
  }

  #take(carrier: Watchable, { key, members }: Watched): void {
    const envelope = { source: 0, tag: 0, bytes: 0, cancelled: false };
    // Taken out of the queue: MPI shows no more than the first one that is there.
    for (let matched; (matched = carrier.improbe(ANY, ANY, envelope)) !== undefined;) {
      const { source, tag, bytes } = envelope;
      if (bytes <= HERE_BYTES) this.#drop(matched, bytes);
      const sender = this.#fabric.world.members().indexOf(members()[source]!);
      this.#unread.push({ key, name: carrier.name, source, sender, tag, bytes, dest: carrier.rank });
    }
  }

  /** UCX warns of short messages that it still holds at the end. A long one would need its sender, who may have ended. */
  #drop(matched: Matched, bytes: number): void {
    const receiving = matched.irecv(new Uint8Array(bytes));
    for (let looks = 0; looks < LOOKS && !receiving.done; looks++) this.#fabric.progress();
  }

  #questions(): Question[] {
    const streamOf = ({ key, source, tag }: Unread) => `${key} ${source} ${tag}`;
    const later = new Map<string, number>();
    for (const each of this.#unread) later.set(streamOf(each), (later.get(streamOf(each)) ?? 0) + 1);
    return this.#unread.map((each) => {
      const behind = later.get(streamOf(each))! - 1;
      later.set(streamOf(each), behind);
      const { sender, key, dest, tag } = each;
      return { sender, key, dest, tag, later: behind };
    });
  }

  #answer({ key, dest, tag, later }: Question): string {
    const live = [...this.#watched].map(([{ sites }, watched]): Sent => ({ key: watched.key, sites }));
    const sent = [...live, ...this.#freed].find((each) => each.key === key);
    const streams = sent?.sites.report(userLine, () => false);
    return whereSent(streams ?? [], dest, tag, later, (place) => place);
  }
}
