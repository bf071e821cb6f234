import { FlotillaError, registerErrorClass } from '../internal/index.ts';

/** The error classes of MPI 4.1 §9.4 that Flotilla raises or passes on, by their names without `MPI_`. */
export type MpiErrorCode =
  | 'ERR_ACCESS'
  | 'ERR_AMODE'
  | 'ERR_ARG'
  | 'ERR_ASSERT'
  | 'ERR_BAD_FILE'
  | 'ERR_BASE'
  | 'ERR_BUFFER'
  | 'ERR_COMM'
  | 'ERR_COUNT'
  | 'ERR_DEADLOCK'
  | 'ERR_DISP'
  | 'ERR_FILE'
  | 'ERR_FILE_EXISTS'
  | 'ERR_FILE_IN_USE'
  | 'ERR_DIMS'
  | 'ERR_GROUP'
  | 'ERR_INTERN'
  | 'ERR_IO'
  | 'ERR_LOCKTYPE'
  | 'ERR_MISMATCH'
  | 'ERR_NOT_SAME'
  | 'ERR_NO_MEM'
  | 'ERR_NO_SPACE'
  | 'ERR_NO_SUCH_FILE'
  | 'ERR_OP'
  | 'ERR_OTHER'
  | 'ERR_QUOTA'
  | 'ERR_RANK'
  | 'ERR_READ_ONLY'
  | 'ERR_REQUEST'
  | 'ERR_RMA_CONFLICT'
  | 'ERR_RMA_FLAVOR'
  | 'ERR_RMA_RANGE'
  | 'ERR_RMA_SHARED'
  | 'ERR_RMA_SYNC'
  | 'ERR_ROOT'
  | 'ERR_SIZE'
  | 'ERR_SPAWN'
  | 'ERR_TAG'
  | 'ERR_TOPOLOGY'
  | 'ERR_TRUNCATE'
  | 'ERR_TYPE'
  | 'ERR_UNKNOWN'
  | 'ERR_UNSUPPORTED_OPERATION'
  | 'ERR_WIN';

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
export class MpiError extends FlotillaError<MpiErrorCode> {
  override readonly name = 'MpiError';
  readonly peer: number | undefined;
  readonly tag: number | undefined;

  constructor(code: MpiErrorCode, message: string, details: MpiErrorDetails) {
    const where = details.rank === undefined ? '' : ` on rank ${details.rank}`;
    super(code, `${details.operation}${where}: ${message} (${code})`, details);
    this.peer = details.peer;
    this.tag = details.tag;
  }
}

registerErrorClass(MpiError);
