import type { LoopOptions, OnError } from './options.ts';

export interface MapOptions extends LoopOptions {
  /** Where results go; it works on no item itself, unless it is alone. Default 0. */
  readonly root?: number;
  /**
   * At most so many results wait at the root or are on their way there: a slow body at the root slows the workers down instead
   * of filling its memory. Default: 16 a worker.
   */
  readonly buffer?: number;
  /** 'abort' (default): the first error is thrown at the root. 'collect': an AggregateError at the end. */
  readonly onError?: OnError;
}

/** A result with its item's place. */
export interface Indexed<R> {
  readonly index: number;
  readonly value: R;
}

/** What runs on the workers: on an item and its place. */
export type Work<T, R> = (item: T, index: number) => R | PromiseLike<R>;
