import type { Thrown } from '../internal/index.ts';
import type { Reference } from './task.ts';

/** First word of what passes between a pool and its workers. */
export const Say = {
  /** To a worker. */
  DEFINE: 0,
  RUN: 1,
  CHUNK: 2,
  SECTION: 3,
  END: 4,
  PING: 11,
  /** From a worker. */
  READY: 5,
  DONE: 6,
  FAILED: 7,
  BROKEN: 8,
  GONE: 9,
  BEGUN: 10,
  PONG: 12,
} as const;

/**
 * What a worker is told. Functions are numbered by the pool and defined once a worker, before their
 * first use. `timed`: the pool wants to hear when the task begins.
 */
export type Order =
  | readonly [say: typeof Say.DEFINE, fn: number, reference: Reference]
  | readonly [say: typeof Say.RUN, id: number, fn: number, args: readonly unknown[], timed?: boolean]
  /** The function on each of these lists of arguments; the results come as one array. */
  | readonly [say: typeof Say.CHUNK, id: number, fn: number, lists: readonly unknown[], timed?: boolean]
  /** On all workers at once, with a communicator of them. */
  | readonly [
      say: typeof Say.SECTION,
      id: number,
      fn: number,
      args: readonly unknown[],
      timed?: boolean,
      ranks?: unknown,
    ]
  /** Answered with PONG as soon as the worker's event loop has a turn. */
  | readonly [say: typeof Say.PING]
  /** `intact`: all workers are still there. */
  | readonly [say: typeof Say.END, intact: boolean];

/** What a worker answers; `ms` is how long the task ran. */
export type Reply =
  | readonly [say: typeof Say.READY]
  | readonly [say: typeof Say.DONE, id: number, ms: number, value: unknown]
  | readonly [say: typeof Say.FAILED, id: number, ms: number, thrown: Thrown]
  /** A timed task begins: its module is there, and so are its arguments. */
  | readonly [say: typeof Say.BEGUN, id: number]
  | readonly [say: typeof Say.PONG]
  /** Its initializer failed. */
  | readonly [say: typeof Say.BROKEN, thrown: Thrown]
  /** It leaves with this exit code, and these tasks begun: one of them has called process.exit. */
  | readonly [say: typeof Say.GONE, code: number, begun: readonly number[]];
