import { MpiError } from '../fabric/error.ts';
import type { Envelope, Fabric, Operation } from '../fabric/fabric.ts';
import { whenDone } from './awaiting.ts';
import { Status } from './status.ts';

/** A communication of a communicator: undefined when it was over at once, as with PROC_NULL. */
export interface Pending {
  readonly fabric: Fabric;
  readonly operation: Operation;
  /** What a status tells of it, where that is not the operation's own: of a receive that is a part of it. */
  readonly envelope?: Envelope;
}

/**
 * A send or receive under way (MPI 4.1 §3.7): `wait()` blocks, `test()` asks, and `await request` waits while the event loop goes on.
 * Complete it in one of these ways; over threads an unfinished one is reported at the end.
 */
export class Request<T> implements PromiseLike<T> {
  private pending: Pending | undefined;
  readonly #take: () => T;
  readonly #status: Status;
  #taken: { readonly value: T } | undefined;
  // Not #private: requests of another copy of this package in the same thread must do.
  private consumed = false;

  /** @internal `take` gives the value once the operation is done. */
  constructor(pending: Pending | undefined, take: () => T, status: Status = new Status()) {
    this.pending = pending;
    this.#take = take;
    this.#status = status;
  }

  /** @internal For requests that begin again. */
  protected activate(pending: Pending | undefined): void {
    this.pending = pending;
    this.consumed = false;
  }

  /** @internal Nothing is under way. */
  protected deactivate(): void {
    this.consumed = true;
  }

  /** @internal Nobody has asked for how it ended. */
  protected isOpen(): boolean {
    return !this.consumed;
  }

  /** Blocks until complete and returns what arrived (nothing for sends, undefined after a cancel). Throws what went wrong. */
  wait(status?: Status): T {
    if (!this.isDone()) this.pending!.fabric.wait([this.pending!.operation], 'all');
    return this.#finish(status);
  }

  /** Whether it is complete; moves communication on. Then `wait()` returns at once. */
  test(): boolean {
    if (!this.isDone()) this.pending!.fabric.progress();
    return this.isDone();
  }

  /**
   * How it has ended, once it is complete: of a receive who sent what, of anything else ANY_SOURCE, ANY_TAG and no bytes (MPI 4.1 §3.7.3).
   * Reading it neither completes the request nor moves communication on.
   *
   * @throws MpiError ERR_REQUEST while it is under way.
   * @example
   * const value = await request;
   * console.log(`rank ${request.status.source} has sent`, value);
   */
  get status(): Status {
    if (this.isDone()) return new Status().set(this.#envelope());
    throw new MpiError('ERR_REQUEST', 'the request is not complete yet', { operation: 'status' });
  }

  /** Withdraws a receive that nothing has matched yet (MPI 4.1 §3.8.4); the request then completes with `status.cancelled`. */
  cancel(): void {
    if (!this.isDone()) this.pending!.fabric.cancel(this.pending!.operation);
  }

  /** Lets it complete by itself; do not use the request afterwards (MPI 4.1 §3.7.3). */
  free(): void {
    this.consumed = true;
    if (!this.isDone()) this.pending!.fabric.release(this.pending!.operation);
  }

  /** Makes `await request` work. */
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#settled().then(onFulfilled, onRejected);
  }

  async #settled(): Promise<T> {
    if (!this.test()) await whenDone(this.pending!.fabric, this.pending!.operation);
    return this.#finish();
  }

  protected isDone(): boolean {
    return this.pending === undefined || this.pending.operation.done;
  }

  #finish(status?: Status): T {
    this.consumed = true;
    status?.set(this.#envelope());
    const operation = this.pending?.operation;
    if (operation?.error !== undefined) throw operation.error;
    this.#taken ??= { value: this.#take() };
    return this.#taken.value;
  }

  #envelope(): Envelope {
    return this.pending?.envelope ?? this.pending?.operation.envelope ?? this.#status;
  }

  /** @internal For waitAny and its kin: complete, and not reported before. */
  static isNews(request: Request<unknown>): boolean {
    return !request.consumed && request.isDone();
  }

  /** @internal */
  static isOpen(request: Request<unknown> | null): request is Request<unknown> {
    return request !== null && !request.consumed;
  }

  /** @internal */
  static consume(request: Request<unknown>): void {
    request.consumed = true;
  }

  /** @internal */
  static pendingOf(request: Request<unknown>): Pending | undefined {
    return request.isDone() ? undefined : request.pending;
  }
}
