import type { MpiError } from '../error.ts';
import type { Envelope, Operation } from '../fabric.ts';
import type { Incoming } from '../message.ts';

/** A request of MPI. It holds what MPI writes to or reads from: garbage collection must not take it before MPI is done. */
export class MpiOperation implements Operation {
  done = false;
  error: MpiError | undefined;
  incoming: Incoming | undefined;
  onDone: (() => void) | undefined;
  readonly envelope: Envelope = { source: -1, tag: -1, bytes: 0, cancelled: false };

  constructor(
    readonly id: number,
    readonly what: 'send' | 'memory' | 'value' | 'collective',
    /** The number of its communicator. */
    readonly comm: number,
    /** The call as the user wrote it, and the rank, for errors. */
    readonly operation: string,
    readonly rank: number,
    /** Bytes that a receive has room for. */
    readonly room: number,
    readonly keep: unknown,
  ) {}
}
