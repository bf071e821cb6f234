import type { Engine, TaskKind } from './engine.ts';
import { packThrown } from '../internal/index.ts';
import { PoolError, unpackThrown } from './error.ts';
import type { PoolOptions, PoolStats, TaskOptions } from './executor.ts';
import { Future } from './future.ts';
import { call, received, type LocalTask } from './local.ts';
import { Tally } from './stats.ts';
import { referenceOf } from './task.ts';

/**
 * Runs each task in this thread, at once: what a task gets that asks for a pool. There is no queue, so a task may await others that it submits,
 * however deep.
 */
export class Inline implements Engine {
  readonly mode = 'inline';
  readonly workers = 1;
  readonly #options: PoolOptions;
  readonly #tally = new Tally();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  add<T>(kind: TaskKind, task: object, args: readonly unknown[], options: TaskOptions): Future<T> {
    const future = new Future<T>({ cancel: () => false });
    const work = this.#run(future, kind, task, args, options);
    this.#running.add(work);
    void work.then(() => this.#running.delete(work));
    return future;
  }

  stats(): PoolStats {
    const { done, failed, cancelled, lost, runTime, waitTime } = this.#tally;
    return {
      queued: 0,
      running: this.#running.size,
      done,
      failed,
      cancelled,
      lost,
      workers: [],
      runTime,
      waitTime,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#running);
  }

  async #run(
    future: Future<unknown>,
    kind: TaskKind,
    task: object,
    args: readonly unknown[],
    { signal, timeout }: TaskOptions,
  ): Promise<void> {
    const abort = () => Future.fail(future, signal?.reason);
    const began = performance.now();
    try {
      if (this.#closed) throw new PoolError('ERR_CLOSED', 'the pool is closed');
      signal?.throwIfAborted();
      signal?.addEventListener('abort', abort, { once: true });
      const { name } = referenceOf(task);
      const values = received(name, args, true);
      const limit = timeout ?? this.#options.timeout;
      const comm = kind === 'section' ? (await import('../world.ts')).self() : undefined;
      const value = await call(kind, task as LocalTask, values, comm, limit, name);
      this.#tally.ran(performance.now() - began, false);
      Future.fulfil(future, kind === 'section' ? [value] : value);
    } catch (error) {
      this.#tally.ran(performance.now() - began, true);
      Future.fail(future, error instanceof PoolError ? error : unpackThrown(packThrown(error), 0));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}
