import { MpiError, type MpiErrorCode } from '../error.ts';
import type { Envelope, Operation } from '../fabric.ts';
import type { Incoming } from '../message.ts';
import { ANY } from './frame.ts';
import { Contexts, type Group } from './group.ts';
import { userLine } from '../where.ts';

/** A communication under way over threads. */
export class ThreadOperation implements Operation {
  done = false;
  error: Error | undefined;
  incoming: Incoming | undefined;
  onDone: (() => void) | undefined;
  /** Its number while frames from another rank may name it. */
  id = -1;
  /** Nobody will ask for it again: no warning if it never completes. */
  released = false;
  /** From where it was started, if that was noted. */
  site: Error | undefined;
  readonly envelope: Envelope = { source: ANY, tag: ANY, bytes: 0, cancelled: false };

  constructor(
    /** What it waits for, as a report puts it between call and peer. */
    readonly preposition: 'to' | 'from' | 'with',
    readonly context: number,
    readonly group: Group,
    /** World rank of the one who can complete it, or ANY member of the group. */
    readonly peer: number,
    readonly tag: number,
    /** The call as the user wrote it. */
    readonly operation: string,
  ) {}

  finish(): void {
    this.done = true;
    this.onDone?.();
  }

  fail(code: MpiErrorCode, message: string): void {
    const { operation, group, envelope } = this;
    const details = { operation, rank: group.rank, peer: envelope.source, tag: envelope.tag };
    this.error = new MpiError(code, message, details);
  }

  /** The user's file and line, or ''. */
  where(): string {
    return this.site ? userLine(this.site) : '';
  }

  /** "recv from rank 0, tag 5 on world" */
  describe(): string {
    const { operation, group } = this;
    if (this.preposition === 'with') return `${operation} on ${group.name}`;
    const peer = this.peer === ANY ? 'any rank' : `rank ${group.rankOf[this.peer]!}`;
    // In collectives the peer is part of the algorithm, and the tag is not the user's.
    if (this.context % Contexts.COUNT !== Contexts.USER)
      return `${operation} on ${group.name}, there for ${peer}`;
    const tag = this.tag === ANY ? 'any tag' : `tag ${this.tag}`;
    return `${operation} ${this.preposition} ${peer}, ${tag} on ${group.name}`;
  }
}
