import type { MapOptions } from './executor.ts';
import type { Future } from './future.ts';

const CHUNKS_A_WORKER = 64;

/** Who runs the chunks of a map. */
export interface Submitter {
  readonly submit: (lists: readonly (readonly unknown[])[]) => Future<unknown>;
  /** The map is over or has been left; so many results were taken. */
  readonly left: (taken: number) => void;
}

/** Submits chunks of items, at most so many as may be under way, and yields their results. */
export async function* mapItems<T, R>(
  { submit, left }: Submitter,
  items: Iterable<T> | AsyncIterable<T>,
  list: (item: T) => readonly unknown[],
  workers: number,
  options: MapOptions,
): AsyncGenerator<R, void, void> {
  const { chunkSize = 1, ordered = true, buffer = CHUNKS_A_WORKER * workers * chunkSize } = options;
  const source = new Chunks(items, chunkSize, () => wake());
  const limit = Math.max(1, Math.floor(buffer / chunkSize));
  const open = new Set<Future<unknown>>();
  const inLine: Future<unknown>[] = [];
  const ready: Future<unknown>[] = [];
  let first = 0;
  let taken = 0;
  let wake = () => undefined as void;

  const feed = () => {
    while (open.size < limit) {
      const chunk = source.take();
      if (chunk === undefined) return;
      const future = submit(chunk.map(list));
      open.add(future);
      if (ordered) inLine.push(future);
      const ended = () => {
        if (!ordered) ready.push(future);
        wake();
      };
      future.then(ended, ended);
    }
  };
  const next = () => {
    if (!ordered) return ready.shift();
    if (!inLine[first]?.done) return undefined;
    if (first >= 1024) {
      inLine.splice(0, first);
      first = 0;
    }
    return inLine[first++];
  };

  try {
    for (;;) {
      feed();
      const future = next();
      if (future !== undefined) {
        const value = await future;
        open.delete(future);
        taken++;
        if (options.chunkSize === undefined) yield value as R;
        else yield* value as R[];
      } else if (source.ended && open.size === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    for (const future of open) if (!future.done) withdraw(future);
    source.close();
    left(taken);
  }
}

/** What cannot be withdrawn runs, and nobody hears of it. */
function withdraw(future: Future<unknown>): void {
  try {
    future.cancel();
  } catch {
    // Synchro mode: all ranks run it.
  }
}

const isAsync = <T>(items: Iterable<T> | AsyncIterable<T>): items is AsyncIterable<T> =>
  Symbol.asyncIterator in Object(items);

/** Items in chunks, from an iterable or an async one, which is asked for the next item only when there is room for it. */
class Chunks<T> {
  readonly #size: number;
  readonly #sync: Iterator<T> | undefined;
  readonly #async: AsyncIterator<T> | undefined;
  readonly #arrived: () => void;
  #asking = false;
  #here: T[] = [];
  #failed: { readonly error: unknown } | undefined;
  #over = false;

  constructor(items: Iterable<T> | AsyncIterable<T>, size: number, arrived: () => void) {
    this.#size = size;
    this.#arrived = arrived;
    // A string is an iterable, and no object.
    if (isAsync(items)) this.#async = items[Symbol.asyncIterator]();
    else this.#sync = items[Symbol.iterator]();
  }

  /** Whether there is nothing left to take. */
  get ended(): boolean {
    return this.#over && this.#here.length === 0;
  }

  /** The next chunk; undefined at the end, or when it has yet to arrive. */
  take(): T[] | undefined {
    if (this.#failed) throw this.#failed.error;
    if (this.#sync) while (!this.#over && this.#here.length < this.#size) this.#add(this.#sync.next());
    if (this.#here.length < this.#size && !this.#over) {
      this.#ask();
      return undefined;
    }
    if (this.#here.length === 0) return undefined;
    const chunk = this.#here;
    this.#here = [];
    return chunk;
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#sync?.return?.();
    void this.#async?.return?.();
  }

  #add(result: IteratorResult<T, unknown>): void {
    if (result.done === true) this.#over = true;
    else this.#here.push(result.value);
  }

  #ask(): void {
    if (this.#asking || this.#async === undefined) return;
    this.#asking = true;
    this.#async.next().then(
      (result) => {
        this.#asking = false;
        this.#add(result);
        this.#arrived();
      },
      (error: unknown) => {
        this.#over = true;
        this.#failed = { error };
        this.#arrived();
      },
    );
  }
}
