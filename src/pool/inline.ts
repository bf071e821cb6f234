import type { Engine, TaskKind } from './engine.ts';
import { packThrown } from '../internal/index.ts';
import { PoolError, unpackThrown } from './error.ts';
import type { PoolOptions, PoolStats, TaskOptions } from './executor.ts';
import { Future } from './future.ts';
import { call, received, type LocalTask } from './local.ts';
import { unmark } from './memory.ts';
import { onAbort } from './signals.ts';
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
    let release = () => undefined as void;
    let began: number | undefined;
    const settle = (how: 'done' | 'failed' | 'cancelled', tell: () => void) => {
      if (future.done) return;
      if (began !== undefined) {
        this.#tally.ran(performance.now() - began);
        this.#tally[how]++;
      }
      tell();
    };
    try {
      if (this.#closed) throw new PoolError('ERR_CLOSED', 'the pool is closed');
      signal?.throwIfAborted();
      if (signal) {
        release = onAbort(signal, (reason) => settle('cancelled', () => Future.fail(future, reason)));
      }
      const { name } = referenceOf(task);
      const values = received(name, args, true);
      began = performance.now();
      const limit = timeout ?? this.#options.timeout;
      const comm = kind === 'section' ? (await import('../world.ts')).self() : undefined;
      const value = await call(kind, task as LocalTask, values, comm, limit, name);
      settle('done', () => Future.fulfil(future, kind === 'section' ? [value] : value));
    } catch (error) {
      if (began === undefined) unmark(args);
      const reason = error instanceof PoolError ? error : unpackThrown(packThrown(error), 0);
      settle('failed', () => Future.fail(future, reason));
    } finally {
      release();
    }
  }
}
