import { inspect } from 'node:util';
import { printed } from '../internal/index.ts';

/** What a future asks of whoever runs its task. */
export interface Cancels {
  /** Withdraws the task if it has not begun; whether it could. */
  cancel(): boolean;
}

type State = 'pending' | 'fulfilled' | 'rejected';

/**
 * The result of a task to come. Await it; one that fails and that nobody awaits counts as an unhandled rejection, as with promises, unless it was
 * cancelled.
 */
export class Future<T> implements PromiseLike<T>, AsyncDisposable {
  #state: State = 'pending';
  #outcome: unknown;
  #cancelled = false;
  #promise: Promise<T> | undefined;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  readonly #task: Cancels;

  /** @internal */
  constructor(task: Cancels) {
    this.#task = task;
  }

  /** Whether the task has ended in whichever way. */
  get done(): boolean {
    return this.#state !== 'pending';
  }

  /** Whether it was cancelled before it began. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  /**
   * Withdraws the task if it has not begun: then the future rejects with ERR_CANCELLED. Returns whether it could. Over ranks a task counts as begun
   * when it was sent. Throws ERR_MODE in synchro mode, where ranks could disagree.
   */
  cancel(): boolean {
    return this.#state === 'pending' && this.#task.cancel();
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#asPromise().then(onFulfilled, onRejected);
  }

  /** As of a promise. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  /** As of a promise. */
  finally(onSettled?: (() => void) | null): Promise<T> {
    return this.#asPromise().finally(onSettled);
  }

  static {
    printed(Future, (future: Future<unknown>, depth, options) => {
      const state = future.#cancelled ? 'cancelled' : future.#state;
      const bare = state === 'pending' || state === 'cancelled' || depth < 0;
      return `Future { ${state}${bare ? '' : `: ${inspect(future.#outcome, options)}`} }`;
    });
  }

  /** Cancels the task, or waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    await this.then(ignore, ignore);
  }

  #asPromise(): Promise<T> {
    if (this.#promise === undefined) {
      const { promise, resolve, reject } = deferred<T>();
      this.#promise = promise;
      if (this.#state === 'fulfilled') resolve(this.#outcome);
      else if (this.#state === 'rejected') reject(this.#outcome);
      else {
        this.#resolve = resolve;
        this.#reject = reject;
      }
    }
    return this.#promise;
  }

  /** @internal */
  static fulfil(future: Future<unknown>, value: unknown): void {
    if (future.#state !== 'pending') return;
    future.#state = 'fulfilled';
    future.#outcome = value;
    future.#resolve?.(value);
  }

  /** @internal `quiet`: it need not be handled, since whoever caused it knows. */
  static fail(future: Future<unknown>, reason: unknown, quiet = false): void {
    if (future.#state !== 'pending') return;
    future.#state = 'rejected';
    future.#outcome = reason;
    future.#cancelled = quiet;
    if (future.#reject) future.#reject(reason);
    else if (!quiet) void future.#asPromise();
    if (quiet) future.#promise?.catch(ignore);
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  /** The value's type is the word of whoever sends it. */
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = ignore;
  let reject: Deferred<T>['reject'] = ignore;
  const promise = new Promise<T>((yes, no) => {
    resolve = (value) => yes(value as T);
    reject = no;
  });
  return { promise, resolve, reject };
}

const ignore = () => undefined;
