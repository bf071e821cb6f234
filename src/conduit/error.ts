import { FlotillaError, registerErrorClass } from '../internal/index.ts';

/**
 * ERR_OPTION: an option that does not exist, of the wrong type or out of range. ERR_TEAMS: the ranks do not divide into teams.
 * ERR_MODEL: a model threw, or returned what is no result. ERR_CHECKPOINT: a run folder that cannot be continued.
 */
export type ExperimentErrorCode = 'ERR_OPTION' | 'ERR_TEAMS' | 'ERR_MODEL' | 'ERR_CHECKPOINT';

/** What conduits and experiments refuse and what ends them. Thrown alike on every rank. */
export class ExperimentError extends FlotillaError<ExperimentErrorCode> {
  override readonly name = 'ExperimentError';

  constructor(
    code: ExperimentErrorCode,
    message: string,
    { operation = OPERATIONS[code], cause }: { operation?: string; cause?: unknown } = {},
  ) {
    super(code, message, { operation, cause });
  }
}

/** What was going on where the thrower does not name a call. */
const OPERATIONS: Readonly<Record<ExperimentErrorCode, string>> = {
  ERR_OPTION: 'experiment',
  ERR_TEAMS: 'distributed',
  ERR_MODEL: 'model',
  ERR_CHECKPOINT: 'run',
};

registerErrorClass(ExperimentError);
