import type { Carrier } from '../../fabric/fabric.ts';
import { CommunicatorBase } from '../base.ts';
import { ANY_SOURCE } from '../constants.ts';
import type { Communicator } from '../communicator.ts';
import type { Request } from '../request.ts';
import { Hold } from './hold.ts';
import { come, hear, hearLater, tell } from './messages.ts';
import { makePlace, SharedWords, type Place, type SyncOptions } from './shared-words.ts';

/** The one word: the last rank in line, from 1 on; 0 where nobody holds the mutex. */
const TAIL = 0;

const Tag = { NEXT: 0, TOKEN: 1 } as const;

/** What is left of a wait: to do it now, or later. @internal */
export interface Waiting {
  now(operation: string): void;
  later(operation: string, then: () => void): Request<void>;
}

/**
 * Mutual exclusion among the ranks of a communicator, as `Mutex` of mpi4py.util.sync: one rank at a time holds it, ranks
 * get it in the order in which they have asked. It is not recursive.
 *
 * The line of J. M. Mellor-Crummey and M. L. Scott, "Algorithms for scalable synchronization on shared-memory
 * multiprocessors" (ACM TOCS 9, 1991), with messages in place of flags: who asks swaps itself to the end of the line and
 * tells the rank before it; who releases finds nobody behind it with one compare-and-swap, or hands over by a message. So
 * ranks that wait sleep, and a mutex that is free costs one access to the memory of one rank.
 *
 * A rank that ends by an error ends the job, whoever waits; one that ends normally and holds the mutex leaves the others
 * waiting, which over threads is reported as a deadlock.
 *
 * @example
 * const mutex = Mutex.create(comm);
 * {
 *   using hold = mutex.acquire(); // or `await mutex.iacquire()`
 *   appendFileSync('log.txt', line);
 * }
 * mutex.free();
 */
export class Mutex extends SharedWords {
  #state: 'free' | 'waiting' | 'held' = 'free';
  #hold: Hold | undefined;

  /** @internal */
  private constructor(place: Place) {
    super(place);
  }

  /** Collective. */
  static create(comm: Communicator, options: SyncOptions = {}): Mutex {
    return Mutex.on(CommunicatorBase.begin(comm, 'Mutex.create'), options);
  }

  /** @internal */
  static on(carrier: Carrier, options: SyncOptions): Mutex {
    return new Mutex(makePlace(carrier, 'Mutex', [], 1, options));
  }

  /** @internal Conditions live on the communicator of their mutex. */
  static carrierOf(mutex: Mutex, operation: string): Carrier {
    mutex.enter(operation);
    return mutex.carrier;
  }

  /** Whether this rank holds it. */
  get held(): boolean {
    return this.#state === 'held';
  }

  /**
   * Waits until this rank holds the mutex.
   *
   * @throws MpiError ERR_RMA_SYNC when it holds it already, or is about to by `iacquire`.
   */
  acquire(): Hold {
    const before = this.#queue('Mutex.acquire');
    if (before >= 0) hear(this.carrier, before, Tag.TOKEN);
    return this.#get();
  }

  /**
   * Asks for the mutex now; once the request is complete this rank holds it. Such a request cannot be cancelled.
   *
   * @throws MpiError ERR_RMA_SYNC as `acquire`.
   */
  iacquire(): Request<Hold> {
    const before = this.#queue('Mutex.iacquire');
    const take = () => this.#get();
    return before >= 0 ? hearLater(this.carrier, before, Tag.TOKEN, take) : come(take);
  }

  /** Takes the mutex if nobody holds it; else null. */
  tryAcquire(): Hold | null {
    this.#enterIdle('Mutex.tryAcquire');
    return this.compareAndSwap(TAIL, 0, this.carrier.rank + 1) === 0 ? this.#get() : null;
  }

  /**
   * Gives the mutex to the rank that has waited for longest. Complete your one-sided accesses before: see `Window.flush`.
   *
   * @throws MpiError ERR_RMA_SYNC when this rank does not hold it.
   */
  release(): void {
    this.enter('Mutex.release');
    this.#checkHeld();
    this.#state = 'free';
    this.#hold = undefined;
    const own = this.carrier.rank + 1;
    if (this.compareAndSwap(TAIL, own, 0) === own) return;
    // Somebody has swapped itself in behind this rank, and its message is on its way.
    tell(this.carrier, hear(this.carrier, ANY_SOURCE, Tag.NEXT), Tag.TOKEN);
  }

  /** Collective: the end of the mutex. ERR_RMA_SYNC on all ranks while one of them holds it or waits for it. */
  free(): void {
    this.enter('Mutex.free');
    const uses = this.#state === 'held' ? 'holds' : 'waits for';
    this.freeUnless(this.#state === 'free' ? undefined : `this rank ${uses} the mutex`, 'the mutex');
  }

  /** @internal For conditions: gives the mutex back until `wake` on another rank puts this one in line again. */
  static waitForWake(mutex: Mutex): Waiting {
    const hold = mutex.#hold;
    mutex.release();
    mutex.#state = 'waiting';
    const back = () => {
      mutex.#state = 'held';
      mutex.#hold = hold;
    };
    return {
      now(operation) {
        mutex.enter(operation);
        hear(mutex.carrier, ANY_SOURCE, Tag.TOKEN);
        back();
      },
      later(operation, then) {
        mutex.enter(operation);
        return hearLater(mutex.carrier, ANY_SOURCE, Tag.TOKEN, () => {
          back();
          then();
        });
      },
    };
  }

  /** @internal For conditions: puts a rank in line that waits to be woken. This rank holds the mutex. */
  static wake(mutex: Mutex, rank: number): void {
    tell(mutex.carrier, mutex.swap(TAIL, rank + 1) - 1, Tag.NEXT, rank);
  }

  /** @internal */
  static requireHeld(mutex: Mutex, operation: string): void {
    mutex.enter(operation);
    mutex.#checkHeld();
  }

  /** Puts this rank in line; gives the rank before it, −1 when there is none. */
  #queue(operation: string): number {
    this.#enterIdle(operation);
    const { rank } = this.carrier;
    const before = this.swap(TAIL, rank + 1) - 1;
    this.#state = 'waiting';
    if (before >= 0) tell(this.carrier, before, Tag.NEXT, rank);
    return before;
  }

  #get(): Hold {
    this.#state = 'held';
    const hold: Hold = new Hold(() => {
      if (this.#hold === hold) this.release();
    });
    this.#hold = hold;
    return hold;
  }

  #enterIdle(operation: string): void {
    this.enter(operation);
    if (this.#state === 'free') return;
    const words = this.#state === 'held' ? 'holds the mutex already' : 'waits for the mutex already';
    throw this.refuse('ERR_RMA_SYNC', `this rank ${words}: it is not recursive`);
  }

  #checkHeld(): void {
    if (this.#state !== 'held') throw this.refuse('ERR_RMA_SYNC', 'this rank does not hold the mutex');
  }
}
