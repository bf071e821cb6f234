import type { TaskKind } from './engine.ts';
import type { Known } from './functions.ts';
import type { Future } from './future.ts';
import type { Order } from './protocol.ts';

/** One task, from its submission to its end. */
export interface Job {
  readonly kind: TaskKind;
  readonly fn: Known;
  readonly args: readonly unknown[];
  readonly future: Future<unknown>;
  /** performance.now() when it was submitted. */
  readonly submitted: number;
  /** It may have to be stopped, so it goes only to a worker that is free, and has its worker's word for when it began. */
  readonly exclusive: boolean;
  readonly timeout: number | undefined;
  readonly retries: number;
  /** Times that a worker was lost under it. */
  losses: number;
  /** Stops listening to its signal and clock. */
  release: (() => void) | undefined;
  state: 'queued' | 'given' | 'over';
  member: Member | undefined;
  /** Milliseconds it was expected to take when it was given. */
  expected: number;
  section: Section | undefined;
}

/** What has come of an SPMD section. */
export interface Section {
  readonly members: readonly Member[];
  readonly results: unknown[];
  left: number;
}

/** The way to one worker. */
export interface Link {
  readonly rank: number;
  /** A number for a task that none of the tasks under way has. */
  allot(): number;
  /** Sends; throws what cannot be encoded. `id` is that of the task, which from now on may begin. */
  send(order: Order, id?: number): void;
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
  readonly defined: Set<number> = new Set<number>();
  /** Milliseconds that what it owes is expected to take. */
  ahead = 0;
  done = 0;
  busy = 0;

  constructor(link: Link) {
    this.link = link;
  }

  get rank(): number {
    return this.link.rank;
  }
}
