import { siteNow } from './where.ts';

/** Our own functions between a send and the user's call of it, and one of the user's. */
const FRAMES = 10;

/**
 * Stacks that may be noted at once, and milliseconds until there is room for one more: a stack costs 2 µs, so that sends become slower by half a percent
 * at the most.
 */
const MOST_AT_ONCE = 64;
const REFILL_MS = 0.4;

/** Sends of a stream that go by without a look at the clock while there is no room: a look costs as much as a fifth of a small message. */
const MOST_PASSED = 64;

/** Notes that a stream keeps, and streams that a communicator keeps. */
const MOST_NOTES = 8;
const MOST_STREAMS = 1024;

/** Streams that are found without a search; a power of two. */
const RECENT = 16;

/** Messages to one rank with one tag: they are received in the order sent (MPI 4.1 §3.5). */
interface Stream {
  readonly dest: number;
  readonly tag: number;
  sent: number;
  /** The next send to note if there is room, and how many went by before it. */
  next: number;
  gap: number;
  readonly notes: { readonly nth: number; readonly site: Error }[];
}

/** What is known of a stream, fit for another thread. */
export interface StreamReport {
  readonly dest: number;
  readonly tag: number;
  /** Messages sent; NaN when some have not left. */
  readonly sent: number;
  /** From where the nth one was sent. */
  readonly places: readonly { readonly nth: number; readonly place: string }[];
}

/**
 * From where the messages of one communicator were sent, for reports of those that nobody received. A stack for each would take ten times as long as a
 * small message. Since messages of one stream are received in order, those left over are its last ones: it is enough to count the messages of each
 * stream and to note the stacks of a few.
 */
export class SendSites {
  readonly #recent = new Array<Stream | undefined>(RECENT).fill(undefined);
  #streams: Map<number, Stream> | undefined;
  readonly #dests = new Set<number>();

  /** Ranks that messages were sent to. */
  get dests(): ReadonlySet<number> {
    return this.#dests;
  }

  /** Counts a message; to be called by the send, while its caller is on the stack. */
  note(dest: number, tag: number): void {
    const stream = this.#recent[(dest + 5 * tag) & (RECENT - 1)];
    if (stream?.dest !== dest || stream.tag !== tag) this.#search(dest, tag);
    else if (++stream.sent === stream.next) this.#note(stream);
  }

  /** `placeOf` turns a stack into a place, once; `unsent` tells of ranks that messages still wait to be sent to. */
  report(placeOf: (site: Error) => string, unsent: (dest: number) => boolean): StreamReport[] {
    return [...(this.#streams?.values() ?? [])].map(({ dest, tag, sent, notes }) => ({
      dest,
      tag,
      sent: unsent(dest) ? NaN : sent,
      places: notes.map(({ nth, site }) => ({ nth, place: placeOf(site) })),
    }));
  }

  #search(dest: number, tag: number): void {
    const key = dest * 2 ** 31 + tag;
    const streams = (this.#streams ??= new Map<number, Stream>());
    let stream = streams.get(key);
    if (stream === undefined) {
      this.#dests.add(dest);
      if (!room()) return;
      if (streams.size >= MOST_STREAMS) streams.delete(streams.keys().next().value!);
      stream = { dest, tag, sent: 1, next: 2, gap: 1, notes: [{ nth: 1, site: siteNow(FRAMES) }] };
      streams.set(key, stream);
    } else if (++stream.sent === stream.next) {
      this.#note(stream);
    }
    this.#recent[(dest + 5 * tag) & (RECENT - 1)] = stream;
  }

  #note(stream: Stream): void {
    const { sent, notes, gap } = stream;
    if (room()) {
      notes.push({ nth: sent, site: siteNow(FRAMES) });
      // The first ones and the last ones stay.
      if (notes.length > MOST_NOTES) notes.splice(MOST_NOTES >> 1, 1);
      stream.gap = Math.max(1, gap >> 1);
    } else {
      stream.gap = Math.min(2 * gap, MOST_PASSED);
    }
    stream.next = sent + stream.gap;
  }
}

let left = MOST_AT_ONCE;
let filled = performance.now();

/** Whether a stack may be noted now; it then counts. */
function room(): boolean {
  if (left < 1) {
    const now = performance.now();
    left = Math.min(MOST_AT_ONCE, left + (now - filled) / REFILL_MS);
    filled = now;
    if (left < 1) return false;
  }
  left--;
  return true;
}

/**
 * From where the last but `later` message of a stream was sent, as a report puts it: ", sent at file:line:column". The streams are those of
 * the sender on that communicator. Where the message itself was not noted, among very many: from where its like was. '' if that is not known either.
 */
export function whereSent(
  streams: readonly StreamReport[],
  dest: number,
  tag: number,
  later: number,
  resolve: (place: string) => string,
): string {
  const own = streams.find((stream) => stream.dest === dest && stream.tag === tag);
  const exact = own?.places.find(({ nth }) => nth === own.sent - later);
  if (exact !== undefined) {
    const line = resolve(exact.place);
    return line === '' ? '' : `, sent at ${line}`;
  }
  const like = own ? [own] : streams.filter((stream) => stream.dest === dest);
  const places = new Set(like.flatMap((stream) => stream.places.map(({ place }) => place)));
  const lines = [...new Set([...places].map(resolve))].filter((line) => line !== '');
  if (lines.length === 0 || lines.length > MOST_GUESSES) return '';
  return ` (${own ? `tag ${tag}` : 'others'} sent at ${lines.join(' and ')})`;
}

const MOST_GUESSES = 4;
