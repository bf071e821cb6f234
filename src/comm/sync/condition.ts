import type { Request } from '../request.ts';
import { Mutex, type Waiting } from './mutex.ts';
import { makePlace, SharedWords, type Place, type SyncOptions } from './shared-words.ts';

/** Words: the first of those who wait, how many they are, and a ring of their ranks. The mutex guards them. */
const Word = { FIRST: 0, WAITING: 1, RING: 2 } as const;

/**
 * A condition that ranks wait for while they hold a mutex, as `Condition` of mpi4py.util.sync: `wait` gives the mutex
 * back, sleeps until another rank calls `notify`, and returns when this rank holds the mutex again. Ranks are woken in
 * the order in which they have come, and a woken one is put in the line for the mutex at once, by the rank that wakes it.
 *
 * @example
 * using hold = mutex.acquire();
 * changed.waitFor(() => queueLength() > 0); // others change it meanwhile, and notify
 */
export class Condition extends SharedWords {
  readonly #mutex: Mutex;
  #waits = false;

  private constructor(place: Place, mutex: Mutex) {
    super(place);
    this.#mutex = mutex;
  }

  /** Collective, on the ranks of the mutex. */
  static create(mutex: Mutex, options: SyncOptions = {}): Condition {
    const carrier = Mutex.carrierOf(mutex, 'Condition.create');
    return new Condition(makePlace(carrier, 'Condition', [], Word.RING + carrier.size, options), mutex);
  }

  /**
   * Gives the mutex back, waits for a `notify`, and takes the mutex again. Look at what you wait for once more
   * afterwards, as `waitFor` does: another rank may have been there first.
   *
   * @throws MpiError ERR_RMA_SYNC when this rank does not hold the mutex.
   */
  wait(): void {
    const waiting = this.#begin('Condition.wait');
    waiting.now('Condition.wait');
    this.#waits = false;
  }

  /**
   * As `wait`, with a request that is complete when this rank holds the mutex again. It cannot be cancelled.
   *
   * @throws MpiError ERR_RMA_SYNC as `wait`.
   */
  iwait(): Request<void> {
    const waiting = this.#begin('Condition.iwait');
    return waiting.later('Condition.iwait', () => {
      this.#waits = false;
    });
  }

  /**
   * Waits until `predicate` holds, which is called while this rank holds the mutex.
   *
   * @throws MpiError ERR_RMA_SYNC as `wait`.
   */
  waitFor(predicate: () => boolean): void {
    this.#enterHeld('Condition.waitFor');
    while (!predicate()) this.wait();
  }

  /**
   * Wakes up to `count` of the ranks that wait, those first that have waited for longest; they go on when this rank has
   * released the mutex, one after the other. Gives how many.
   *
   * @throws MpiError ERR_RMA_SYNC when this rank does not hold the mutex, ERR_ARG when `count` is no whole number from 0 on.
   */
  notify(count = 1): number {
    return this.#notify('Condition.notify', count);
  }

  /** Wakes all ranks that wait, as `notify`. Gives how many. */
  notifyAll(): number {
    return this.#notify('Condition.notifyAll', this.carrier.size);
  }

  /** Collective: the end of the condition, not of its mutex. ERR_RMA_SYNC on all ranks while one of them waits. */
  free(): void {
    this.enter('Condition.free');
    this.freeUnless(this.#waits ? 'this rank waits for the condition' : undefined, 'the condition');
  }

  #begin(operation: string): Waiting {
    this.#enterHeld(operation);
    const waiting = this.read(Word.WAITING);
    this.swap(Word.RING + ((this.read(Word.FIRST) + waiting) % this.carrier.size), this.carrier.rank);
    this.swap(Word.WAITING, waiting + 1);
    this.#waits = true;
    return Mutex.waitForWake(this.#mutex);
  }

  #notify(operation: string, most: number): number {
    this.#enterHeld(operation);
    if (!Number.isSafeInteger(most) || most < 0)
      throw this.refuse(
        'ERR_ARG',
        `${String(most)} ranks cannot be woken: a whole number from 0 on is needed`,
      );
    const first = this.read(Word.FIRST);
    const waiting = this.read(Word.WAITING);
    const count = Math.min(most, waiting);
    const { size } = this.carrier;
    for (let i = 0; i < count; i++) Mutex.wake(this.#mutex, this.read(Word.RING + ((first + i) % size)));
    this.swap(Word.FIRST, (first + count) % size);
    this.swap(Word.WAITING, waiting - count);
    return count;
  }

  #enterHeld(operation: string): void {
    this.enter(operation);
    Mutex.requireHeld(this.#mutex, operation);
  }
}
