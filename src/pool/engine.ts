import type { Communicator } from '../comm/index.ts';
import { printed } from '../internal/index.ts';
import type { CloseOptions, Executor, MapOptions, PoolMode, PoolStats, TaskOptions } from './executor.ts';
import { Future } from './future.ts';
import { mapItems } from './map.ts';
import { checkCloseOptions, checkItems, checkList, checkMapOptions, checkTaskOptions } from './options.ts';

/** A call, the same call on each list of a chunk, or one on all workers at once. */
export type TaskKind = 'run' | 'chunk' | 'section';

/** What runs the tasks of a pool. */
export interface Engine {
  readonly mode: PoolMode;
  readonly workers: number;
  add<T>(kind: TaskKind, task: object, args: readonly unknown[], options: TaskOptions): Future<T>;
  stats(): PoolStats;
  close(options: CloseOptions): Promise<void>;
  /** Where all ranks must agree on which task is which: those of a map are numbered for themselves. */
  sequence?(): TaskSequence;
}

/** The tasks of one map, in the order of its items. */
export interface TaskSequence {
  add<T>(kind: TaskKind, task: object, args: readonly unknown[], options: TaskOptions): Future<T>;
  /** The map is over or has been left; so many results were taken. */
  leave(taken: number): void;
}

const NO_OPTIONS: TaskOptions = {};

/** An executor, whatever runs its tasks. */
export class Pool implements Executor {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get mode(): PoolMode {
    return this.#engine.mode;
  }

  get workers(): number {
    return this.#engine.workers;
  }

  submit<A extends readonly unknown[], R>(task: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return this.#engine.add('run', task, args, NO_OPTIONS);
  }

  submitWith<A extends readonly unknown[], R>(
    options: TaskOptions,
    task: (...args: A) => R,
    ...args: A
  ): Future<Awaited<R>> {
    try {
      checkTaskOptions(options);
    } catch (error) {
      return failed(error);
    }
    return this.#engine.add('run', task, args, options);
  }

  map<T, R>(
    task: (item: T) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options: MapOptions = {},
  ): AsyncGenerator<Awaited<R>, void, void> {
    checkItems('map', task, items);
    checkMapOptions('map', options);
    return this.#map(task, items, (item) => [item], options);
  }

  starmap<A extends readonly unknown[], R>(
    task: (...args: A) => R,
    lists: Iterable<A> | AsyncIterable<A>,
    options: MapOptions = {},
  ): AsyncGenerator<Awaited<R>, void, void> {
    checkItems('starmap', task, lists);
    checkMapOptions('starmap', options);
    const checked = (list: A) => {
      checkList('starmap', list);
      return list;
    };
    return this.#map(task, lists, checked, options);
  }

  submitAll<A extends readonly unknown[], R>(
    task: (comm: Communicator, ...args: A) => R,
    ...args: A
  ): Future<Awaited<R>[]> {
    return this.#engine.add('section', task, args, NO_OPTIONS);
  }

  stats(): PoolStats {
    return this.#engine.stats();
  }

  async close(options: CloseOptions = {}): Promise<void> {
    checkCloseOptions(options);
    await this.#engine.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  static {
    printed(Pool, (executor) => {
      const { mode, workers } = executor;
      const { queued, running } = executor.stats();
      return `Pool { mode: '${mode}', workers: ${workers}, queued: ${queued}, running: ${running} }`;
    });
  }

  #map<T, R>(
    task: object,
    items: Iterable<T> | AsyncIterable<T>,
    list: (item: T) => readonly unknown[],
    options: MapOptions,
  ): AsyncGenerator<R, void, void> {
    const engine = this.#engine;
    const sequence = engine.sequence?.();
    // Ranks that take results in different orders would go on to submit different tasks.
    const settings = sequence ? { ...options, ordered: true } : options;
    const to = sequence ?? engine;
    const submit = (lists: readonly (readonly unknown[])[]): Future<unknown> =>
      options.chunkSize === undefined
        ? to.add('run', task, lists[0]!, options)
        : to.add('chunk', task, lists, options);
    const left = (taken: number) => sequence?.leave(taken);
    return mapItems<T, R>({ submit, left }, items, list, engine.workers, settings);
  }
}

function failed<T>(error: unknown): Future<T> {
  const future = new Future<T>({ cancel: () => false });
  Future.fail(future, error);
  return future;
}
