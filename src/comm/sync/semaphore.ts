import { CommunicatorBase } from '../base.ts';
import type { Communicator } from '../communicator.ts';
import { ANY_SOURCE } from '../constants.ts';
import type { Request } from '../request.ts';
import { Hold } from './hold.ts';
import { come, hear, hearLater, tell } from './messages.ts';
import { Mutex } from './mutex.ts';
import { makePlace, SharedWords, type Place, type SyncOptions } from './shared-words.ts';

/** Options of `Semaphore.create`, the same on all ranks. */
export interface SemaphoreOptions extends SyncOptions {
  /** Refuse to release more permits than there were at first (ERR_RMA_SYNC). Default true. */
  readonly bounded?: boolean;
}

/** Words: permits that are free beyond those at first, the first rank that waits, how many wait, and a ring of their ranks. */
const Word = { FREE: 0, FIRST: 1, WAITING: 2, RING: 3 } as const;

const PERMIT = 0;

/** Acquisitions of a rank that may wait at a time: the ring has room for those of all ranks. */
const MOST_WAITING = 256;

const MOST_PERMITS = 2 ** 31 - 1;

/**
 * A number of permits that the ranks of a communicator share, as `Semaphore` of mpi4py.util.sync: at most so many hold one
 * at a time. Who waits gets one in turn; a rank may hold several, and any rank may release.
 *
 * @example
 * const connections = Semaphore.create(comm, 4);
 * await Promise.all(files.map(async (file) => {
 *   using _permit = await connections.iacquire();
 *   await fetchFile(file);
 * }));
 * connections.free();
 */
export class Semaphore extends SharedWords {
  readonly #value: number;
  readonly #bounded: boolean;
  /** Guards the words. Who holds it waits for nothing. */
  readonly #turn: Mutex;
  #waiting = 0;

  private constructor(place: Place, turn: Mutex, value: number, bounded: boolean) {
    super(place);
    this.#turn = turn;
    this.#value = value;
    this.#bounded = bounded;
  }

  /**
   * Collective: `value` permits.
   *
   * @throws MpiError ERR_ARG on all ranks when they give different values, or none from 0 to 2³¹ − 1.
   */
  static create(comm: Communicator, value = 1, options: SemaphoreOptions = {}): Semaphore {
    const carrier = CommunicatorBase.begin(comm, 'Semaphore.create');
    const { bounded = true } = options;
    const valid = Number.isInteger(value) && value >= 0 && value <= MOST_PERMITS;
    const length = Word.RING + MOST_WAITING * comm.size;
    const place = makePlace(carrier, 'Semaphore', [valid ? value : NaN, Number(bounded)], length, options);
    return new Semaphore(place, Mutex.on(carrier, options), value, bounded);
  }

  /** Waits for a permit. */
  acquire(): Hold {
    if (!this.#ask('Semaphore.acquire')) {
      hear(this.carrier, ANY_SOURCE, PERMIT);
      this.#waiting--;
    }
    return this.#permit();
  }

  /** Asks for a permit now; the request is complete when this rank has one. It cannot be cancelled. */
  iacquire(): Request<Hold> {
    if (this.#ask('Semaphore.iacquire')) return come(() => this.#permit());
    return hearLater(this.carrier, ANY_SOURCE, PERMIT, () => {
      this.#waiting--;
      return this.#permit();
    });
  }

  /** Takes a permit if one is free; else null. */
  tryAcquire(): Hold | null {
    this.enter('Semaphore.tryAcquire');
    return this.#guarded(() => this.#take()) ? this.#permit() : null;
  }

  /**
   * Gives permits back: to the ranks that have waited for longest. For permits that were not acquired through a `Hold`,
   * and those that a rank makes where the semaphore is not bounded.
   *
   * @throws MpiError ERR_RMA_SYNC when a bounded semaphore had fewer at first, ERR_ARG when `count` is no whole number from 1 on.
   */
  release(count = 1): void {
    this.enter('Semaphore.release');
    if (!Number.isInteger(count) || count < 1 || count > MOST_PERMITS)
      throw this.refuse(
        'ERR_ARG',
        `${String(count)} permits cannot be released: a whole number from 1 on is needed`,
      );
    const woken = this.#guarded(() => this.#put(count));
    if (woken === undefined) {
      const most = this.#bounded ? `a bounded semaphore of ${this.#value}` : `${MOST_PERMITS}`;
      throw this.refuse('ERR_RMA_SYNC', `more permits would be free than ${most} has`);
    }
    this.enter('Semaphore.release');
    for (const rank of woken) tell(this.carrier, rank, PERMIT);
  }

  /** Collective: the end of the semaphore. ERR_RMA_SYNC on all ranks while one of them waits for a permit. */
  free(): void {
    this.enter('Semaphore.free');
    this.freeUnless(this.#waiting > 0 ? 'this rank waits for a permit' : undefined, 'the semaphore');
    this.#turn.free();
  }

  /** Takes a permit, or queues for one: then it comes as a message. */
  #ask(operation: string): boolean {
    this.enter(operation);
    const has = this.#guarded(() => {
      if (this.#take()) return true;
      if (this.#waiting === MOST_WAITING)
        throw this.refuse('ERR_RMA_SYNC', `${MOST_WAITING} acquisitions of this rank wait already`);
      const { size, rank } = this.carrier;
      const waiting = this.read(Word.WAITING);
      this.swap(Word.RING + ((this.read(Word.FIRST) + waiting) % (MOST_WAITING * size)), rank);
      this.swap(Word.WAITING, waiting + 1);
      this.#waiting++;
      return false;
    });
    this.enter(operation);
    return has;
  }

  #take(): boolean {
    const free = this.read(Word.FREE);
    if (this.#value + free <= 0) return false;
    this.swap(Word.FREE, free - 1);
    return true;
  }

  /** Gives the ranks that get one of `count` permits; undefined when there would be too many. */
  #put(count: number): number[] | undefined {
    const waiting = this.read(Word.WAITING);
    const served = Math.min(count, waiting);
    const free = this.read(Word.FREE) + count - served;
    if (this.#bounded ? free > 0 : this.#value + free > MOST_PERMITS) return undefined;
    const room = MOST_WAITING * this.carrier.size;
    const first = this.read(Word.FIRST);
    const woken = Array.from({ length: served }, (_, i) => this.read(Word.RING + ((first + i) % room)));
    this.swap(Word.FIRST, (first + served) % room);
    this.swap(Word.WAITING, waiting - served);
    this.swap(Word.FREE, free);
    return woken;
  }

  #guarded<T>(change: () => T): T {
    using _turn = this.#turn.acquire();
    return change();
  }

  #permit(): Hold {
    return new Hold(() => this.release());
  }
}
