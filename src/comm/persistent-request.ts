import { MpiError } from '../fabric/error.ts';
import type { Envelope } from '../fabric/fabric.ts';
import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import { Request, type Pending } from './request.ts';
import { Status } from './status.ts';

const NO_MESSAGE: Envelope = { source: ANY_SOURCE, tag: ANY_TAG, bytes: 0, cancelled: false };

/**
 * A send, receive or collective that is described once and begun again and again (MPI 4.1 §3.9, §6.13). Between `start()` and its completion it is a request like any
 * other. Before and after it is inactive: `wait()` returns at once, `test()` is true, and waitAny and its kin take it for null.
 */
export class PersistentRequest extends Request<void> {
  readonly #begin: () => Pending | undefined;
  readonly #rank: number;
  #freed = false;
  /** How the last communication ended has been told, or there was none. */
  #told = true;
  #begun = false;

  /** @internal `begin` starts the communication. */
  constructor(rank: number, begin: () => Pending | undefined) {
    super(undefined, () => undefined);
    this.#rank = rank;
    this.#begin = begin;
    this.deactivate();
  }

  /** Begins the communication (§3.9). ERR_REQUEST while it is active, or after `free()`. */
  start(): void {
    this.#check();
    // One that `test` found complete may begin again, as in MPI; an error must not get lost.
    if (this.isOpen()) this.wait();
    this.activate(this.#begin());
    this.#told = false;
    this.#begun = true;
  }

  /** How the last communication has ended; before the first one, that of no message (§3.7.3). ERR_REQUEST while one is under way. */
  override get status(): Status {
    return this.#begun ? super.status : new Status().set(NO_MESSAGE);
  }

  /** Blocks until complete. While inactive it returns at once, with the status of no message (§3.7.3: any source, any tag, 0 bytes). */
  override wait(status?: Status): void {
    if (!this.#told) {
      this.#told = true;
      super.wait(status);
    } else status?.set(NO_MESSAGE);
  }

  /** Gives it back; a communication under way completes by itself (§3.9). */
  override free(): void {
    super.free();
    this.#freed = true;
  }

  #check(): void {
    const state = this.#freed ? 'has been freed' : !this.isDone() ? 'is active: wait for it first' : '';
    if (state === '') return;
    throw new MpiError('ERR_REQUEST', `the request ${state}`, { operation: 'start', rank: this.#rank });
  }

  /** @internal Begins all, or throws before any has begun. */
  static start(requests: readonly PersistentRequest[]): void {
    for (const request of requests) request.#check();
    for (const request of requests) request.start();
  }
}

/** Begins all of these requests, in any order (MPI 4.1 §3.9). ERR_REQUEST, and none has begun, if one is active or freed. */
export function startAll(requests: readonly PersistentRequest[]): void {
  PersistentRequest.start(requests);
}
