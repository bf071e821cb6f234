import { show } from '../internal/index.ts';
import { LoopError } from './error.ts';

/** The items of a loop on one rank, found by their places. */
export interface Source<T> {
  /** How many there are, where that is known. */
  readonly length: number | undefined;
  /** How many are known to exist. */
  readonly known: number;
  /** True where items are kept only from `forget` on. */
  readonly forgets: boolean;
  /** Whether there is an item at this place; reads on where that is not known. */
  has(index: number): boolean;
  /** The item at a place that `has` confirmed. */
  at(index: number): T;
  /** Reads items before they are asked for, up to a place: at least one, unless none are left, and no more than can be had at once. */
  readAhead(end: number): void;
  /** Items below this place will not be asked for again. */
  forget(below: number): void;
  /** The loop is over on this rank. */
  close(): void;
}

/** Reading ahead stops after this time: an iterator may be slow. */
const READ_MS = 0.2;

/**
 * What a program has given a loop, as items.
 *
 * @throws LoopError ERR_ITEMS for what is no iterable
 */
export function sourceOf<T>(of: string, items: Iterable<T>): Source<T> {
  // A JavaScript program may pass anything.
  const given: unknown = items;
  if (Array.isArray(given)) return new List<T>(given as readonly T[]);
  if (ArrayBuffer.isView(given) && 'length' in given) return new List<T>(given as unknown as readonly T[]);
  const iterable = given as Partial<Iterable<T> & AsyncIterable<T>> | null | undefined;
  const begin = iterable?.[Symbol.iterator];
  if (typeof begin === 'function') return new Stepped<T>(begin.call(iterable));
  const hint =
    typeof iterable?.[Symbol.asyncIterator] === 'function'
      ? 'something whose items come by and by; collect them first, or let a pool map them'
      : show(given);
  throw new LoopError('ERR_ITEMS', `${of} needs an array or another iterable, not ${hint}`, {
    operation: of,
  });
}

/** How many items there are; one more than `total` where there are more. */
export function countOf(source: Source<unknown>, total: number): number {
  while (source.known <= total && source.has(source.known)) source.forget(source.known);
  return source.known;
}

/** Items that lie in an array. */
class List<T> implements Source<T> {
  readonly length: number;
  readonly known: number;
  readonly forgets = false;

  constructor(readonly items: readonly T[]) {
    this.length = this.known = items.length;
  }

  has(index: number): boolean {
    return index < this.length;
  }

  at(index: number): T {
    return this.items[index]!;
  }

  readAhead(): void {
    // All of them are there.
  }

  forget(): void {
    // They belong to the program.
  }

  close(): void {
    // Nothing was opened.
  }
}

/** The items of a rank that cannot take part. */
export const NO_ITEMS: Source<never> = new List<never>([]);

/** Items of an iterator, which gives each once. */
class Stepped<T> implements Source<T> {
  readonly forgets = true;
  length: number | undefined;
  #kept: T[] = [];
  /** Place of the first one kept. */
  #base = 0;
  /** No place below is asked for. */
  #floor = 0;

  constructor(readonly iterator: Iterator<T>) {}

  get known(): number {
    return this.#base + this.#kept.length;
  }

  has(index: number): boolean {
    while (this.known <= index && this.#read());
    return index >= this.#base && index < this.known;
  }

  at(index: number): T {
    return this.#kept[index - this.#base]!;
  }

  readAhead(end: number): void {
    const until = performance.now() + READ_MS;
    while (this.known < end && this.#read() && performance.now() < until);
  }

  forget(below: number): void {
    // Items that this rank has not come to yet are dropped when it does.
    this.#floor = Math.max(below, this.#floor);
    const gone = Math.min(below, this.known) - this.#base;
    // At least half of them: so each is moved once, on average.
    if (gone < 1 || 2 * gone < this.#kept.length) return;
    this.#kept = this.#kept.slice(gone);
    this.#base += gone;
  }

  close(): void {
    if (this.length === undefined) this.iterator.return?.();
    this.length = this.known;
  }

  #read(): boolean {
    if (this.length !== undefined) return false;
    const { done, value } = this.iterator.next() as IteratorResult<T, undefined>;
    if (done) this.length = this.known;
    else if (this.known < this.#floor && this.#kept.length === 0) this.#base++;
    else this.#kept.push(value);
    return done !== true;
  }
}
