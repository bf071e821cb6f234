/** What went wrong in a call of this room; docs/errors.md has the table. */
export type LinalgErrorCode =
  | 'ERR_OPTION'
  | 'ERR_SHAPE'
  | 'ERR_RANGE'
  | 'ERR_VALUE'
  | 'ERR_HERMITIAN'
  | 'ERR_SYMMETRY'
  | 'ERR_DIVERGED'
  | 'ERR_CONVERGENCE'
  | 'ERR_BACKEND'
  | 'ERR_MEMORY'
  | 'ERR_FORMAT'
  | 'ERR_FAILED';

/** Where and why a call failed. */
export interface LinalgErrorDetails {
  /** The call that failed, as the user wrote it. */
  readonly operation?: string | undefined;
  /** The rank on which it happened. */
  readonly rank?: number | undefined;
  readonly cause?: unknown;
  /** ERR_CONVERGENCE: what had been found by then. */
  readonly partial?: unknown;
}

/** An error of linear algebra; the same code and message on every rank of the call. */
export class LinalgError extends Error {
  override readonly name = 'LinalgError';
  readonly code: LinalgErrorCode;
  readonly operation: string | undefined;
  readonly rank: number | undefined;
  readonly partial: unknown;

  constructor(code: LinalgErrorCode, message: string, details: LinalgErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.operation = details.operation;
    this.rank = details.rank;
    this.partial = details.partial;
  }
}
