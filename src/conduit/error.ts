/**
 * ERR_OPTION: an option that does not exist, of the wrong type or out of range. ERR_TEAMS: the ranks do not divide into teams.
 * ERR_MODEL: a model threw, or returned what is no result. ERR_CHECKPOINT: a run folder that cannot be continued.
 */
export type ExperimentErrorCode = 'ERR_OPTION' | 'ERR_TEAMS' | 'ERR_MODEL' | 'ERR_CHECKPOINT';

/** What conduits and experiments refuse and what ends them. Thrown alike on every rank. */
export class ExperimentError extends Error {
  override name = 'ExperimentError';
  readonly code: ExperimentErrorCode;

  constructor(code: ExperimentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error as it travels between ranks: class prototypes do not. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: ExperimentErrorCode;
}

export function describe(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: String(error) };
  const { name, message, stack = String(error) } = error;
  return error instanceof ExperimentError
    ? { name, message, stack, code: error.code }
    : { name, message, stack };
}

/** The error again, with the stack of where it was thrown. */
export function revive({ name, message, stack, code }: Failure): Error {
  const error = code === undefined ? new Error(message) : new ExperimentError(code, message);
  if (code === undefined) error.name = name;
  error.stack = stack;
  return error;
}
