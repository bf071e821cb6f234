/** The error classes of MPI 4.1 §9.4 that Flotilla raises or passes on, by their names without `MPI_`. */
export type MpiErrorCode =
  | 'ERR_ARG'
  | 'ERR_BUFFER'
  | 'ERR_COMM'
  | 'ERR_COUNT'
  | 'ERR_DEADLOCK'
  | 'ERR_DIMS'
  | 'ERR_GROUP'
  | 'ERR_INTERN'
  | 'ERR_MISMATCH'
  | 'ERR_OP'
  | 'ERR_OTHER'
  | 'ERR_RANK'
  | 'ERR_REQUEST'
  | 'ERR_ROOT'
  | 'ERR_SPAWN'
  | 'ERR_TAG'
  | 'ERR_TOPOLOGY'
  | 'ERR_TRUNCATE'
  | 'ERR_TYPE'
  | 'ERR_UNKNOWN';

/** What an MpiError knows beside its message. */
export interface MpiErrorDetails {
  /** The call that failed, as the user wrote it: `'recv'`, `'Allreduce'`. */
  readonly operation: string;
  /** This process's rank in the communicator of the call; a call on no communicator has none. */
  readonly rank?: number;
  readonly peer?: number;
  readonly tag?: number;
  readonly cause?: unknown;
}

/**
 * A call that MPI would refuse or that failed. `code` is the name of the MPI error class (MPI 4.1 §9.4), with two more that
 * MPI leaves undefined and Flotilla finds over threads: `ERR_DEADLOCK`, and `ERR_MISMATCH` for collectives that do not match.
 */
export class MpiError extends Error {
  override readonly name = 'MpiError';
  readonly code: MpiErrorCode;
  readonly operation: string;
  readonly rank: number | undefined;
  readonly peer: number | undefined;
  readonly tag: number | undefined;

  constructor(code: MpiErrorCode, message: string, details: MpiErrorDetails) {
    const where = details.rank === undefined ? '' : ` on rank ${details.rank}`;
    super(`${details.operation}${where}: ${message} (${code})`, { cause: details.cause });
    this.code = code;
    this.operation = details.operation;
    this.rank = details.rank;
    this.peer = details.peer;
    this.tag = details.tag;
  }
}
