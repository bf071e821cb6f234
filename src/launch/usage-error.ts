/** A mistake in how the command was used: printed as one line, exit code 2. */
export class UsageError extends Error {}

export const EXIT_USAGE = 2;
