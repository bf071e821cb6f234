import { FlotillaError } from '../internal/index.ts';

/** A mistake in how the command was used: printed as one line, exit code 2. */
export class UsageError extends FlotillaError<'ERR_USAGE'> {
  override readonly name = 'UsageError';

  constructor(message: string, cause?: unknown) {
    super('ERR_USAGE', message, { operation: 'flotilla', cause });
  }
}

export const EXIT_USAGE = 2;

/** What a body returns; its errors of a kind that are mistakes in the command become usage errors. */
export function orUsageError<T>(kind: abstract new (...args: never) => Error, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof kind ? new UsageError(error.message, error) : error;
  }
}
