import type { Known } from './functions.ts';
import type { Job } from './job.ts';
import { Say, type Order } from './protocol.ts';

/** The way to one worker. */
export interface Link {
  readonly rank: number;
  /** A number for a task that none of the tasks under way has. */
  allot(): number;
  /**
   * Sends; throws what cannot be encoded. `id` is that of the task, which from now on may begin.
   * True when memory was handed over with it.
   */
  send(order: Order, id?: number): boolean;
  /** Withdraws a task that was sent; false when it has begun, or might have. */
  revoke(id: number): boolean;
  /** Takes a number back. */
  release(id: number): void;
}

/** A worker as the dispatcher sees it. */
export class Member {
  readonly link: Link;
  /** What it was given and has not answered. */
  readonly owed: Map<number, Job> = new Map<number, Job>();
  readonly #defined = new Set<number>();
  /** Milliseconds that what it owes is expected to take. */
  ahead = 0;
  done = 0;
  busy = 0;
  /** It gets nothing more, and is stopped when nobody waits for what it has. */
  leaving = false;
  /** To be called when it is heard, or is no more. */
  heard: (() => void) | undefined;

  constructor(link: Link) {
    this.link = link;
  }

  get rank(): number {
    return this.link.rank;
  }

  /** Tells it of a function, once. */
  define(fn: Known): void {
    if (this.#defined.has(fn.id)) return;
    this.link.send([Say.DEFINE, fn.id, fn.reference]);
    this.#defined.add(fn.id);
  }

  /** It was given a job. */
  owe(id: number, job: Job): void {
    job.member = this;
    job.expected = job.kind === 'run' ? job.fn.ms : Infinity;
    this.ahead += job.expected;
    this.owed.set(id, job);
  }

  /** It no longer owes a job. */
  take(id: number, job: Job): void {
    this.owed.delete(id);
    this.link.release(id);
    this.ahead = this.owed.size === 0 ? 0 : this.ahead - job.expected;
    if (!Number.isNaN(this.ahead)) return;
    this.ahead = 0;
    for (const { expected } of this.owed.values()) this.ahead += expected;
  }
}
