import { FlotillaError, registerErrorClass, type FlotillaErrorDetails } from '../internal/index.ts';

/** Why a call of linear algebra failed. */
export type LinalgErrorCode =
  /** An option, or a combination of options, that makes no sense. */
  | 'ERR_OPTION'
  /** Shapes or lengths that do not fit. */
  | 'ERR_SHAPE'
  /** Rows beyond the shape, or more of them than can be stored. */
  | 'ERR_RANGE'
  /** A file that is not what it should be; the line is told. */
  | 'ERR_FORMAT'
  /** NaN or infinity in rows or products. */
  | 'ERR_VALUE'
  | 'ERR_HERMITIAN'
  /** A term that leaves the sector of a spin operator. */
  | 'ERR_SYMMETRY'
  /** Ranks call with different operators or options. */
  | 'ERR_DIVERGED'
  /** Fewer values converged than were asked for; `partial` has what did. */
  | 'ERR_CONVERGENCE'
  /** A backend that is not there, or that the operator does not suit. */
  | 'ERR_BACKEND'
  /** SLEPc or PETSc failed; the message has their words. */
  | 'ERR_SOLVER'
  /** More than a rank's memory of 4 GiB. */
  | 'ERR_MEMORY'
  /** Rows or products of the user's threw; `cause` is what. */
  | 'ERR_FAILED';

/** An error of linear algebra, with the same code and message on every rank of the call. */
export class LinalgError extends FlotillaError<LinalgErrorCode> {
  override readonly name = 'LinalgError';
  /** ERR_CONVERGENCE: what had been found by then. */
  readonly partial: unknown;

  constructor(
    code: LinalgErrorCode,
    message: string,
    {
      operation = 'linalg',
      partial,
      ...details
    }: Partial<FlotillaErrorDetails> & { readonly partial?: unknown } = {},
  ) {
    super(code, message, { operation, ...details });
    this.partial = partial;
  }
}

registerErrorClass(LinalgError);
