/** Facts that every Flotilla error carries beside its message. */
export interface FlotillaErrorDetails {
  /** The call that failed, as the user wrote it: `'recv'`, `'eigh'`. */
  readonly operation: string;
  /** The rank that failed, in the communicator of the call; absent where a call has none. */
  readonly rank?: number | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * The base class of every error that Flotilla itself throws. Each room has one subclass; `code` says
 * what went wrong in a form that does not change between versions.
 *
 * @example
 * ```ts
 * try {
 *   comm.recv(99);
 * } catch (error) {
 *   if (!(error instanceof FlotillaError)) throw error;
 *   console.error(error.code, error.operation, error.rank);
 * }
 * ```
 */
export class FlotillaError<Code extends string = string> extends Error {
  override readonly name: string = 'FlotillaError';
  /** Stable name of the reason, such as `'ERR_RANK'`. */
  readonly code: Code;
  /** The call that failed, as the user wrote it. */
  readonly operation: string;
  /** The rank that failed, in the communicator of the call. */
  readonly rank: number | undefined;

  constructor(code: Code, message: string, { operation, rank, cause }: FlotillaErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.operation = operation;
    this.rank = rank;
  }
}
