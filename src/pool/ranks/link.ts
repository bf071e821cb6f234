import type { Communicator } from '../../comm/index.ts';
import { PoolError } from '../error.ts';
import type { Link } from '../member.ts';
import { marksIn } from '../memory.ts';
import type { Order } from '../protocol.ts';
import { POOL_TAG } from './protocol.ts';

/** Strings up to here, and lists of so few values, are surely sent at once. */
const SHORT = 200;

/** The way from rank 0 to a worker rank. */
export class RankLink implements Link {
  /** Among the workers. */
  readonly rank: number;
  readonly #comm: Communicator;
  #next = 1;
  /** What it had begun when it left. */
  #begun: ReadonlySet<number> | undefined;

  constructor(comm: Communicator, rank: number) {
    this.#comm = comm;
    this.rank = rank;
  }

  allot(): number {
    this.#next = (this.#next % 2 ** 30) + 1;
    return this.#next;
  }

  release(): void {
    // Numbers are plenty.
  }

  send(order: Order): boolean {
    const marks = marksIn(order);
    if (marks?.shared) {
      throw new PoolError(
        'ERR_MODE',
        'memory cannot be shared with other ranks: send a copy, without share()',
      );
    }
    sendWithoutBlocking(this.#comm, order, this.rank + 1);
    // As over threads: it belongs to the task now.
    for (const buffer of marks?.moved ?? []) structuredClone(buffer, { transfer: [buffer] });
    return marks !== undefined;
  }

  revoke(id: number): boolean {
    return this.#begun !== undefined && !this.#begun.has(id);
  }

  left(begun: readonly number[]): void {
    this.#begun = new Set(begun);
  }
}

/** A long message may wait for its receive, and the receiver may wait for us: only short ones are sent at once. */
export function sendWithoutBlocking(comm: Communicator, message: readonly unknown[], dest: number): void {
  if (isShort(message, 2)) comm.send(message, dest, POOL_TAG);
  else comm.isend(message, dest, POOL_TAG).free();
}

function isShort(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.length <= SHORT;
  if (typeof value !== 'object' || value === null) return true;
  if (!Array.isArray(value) || depth === 0 || value.length > 16) return false;
  return value.every((each) => isShort(each, depth - 1));
}
