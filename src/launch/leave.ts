import { EXIT_USAGE, UsageError } from './usage-error.ts';

/** Ends with this code once what was written is out. */
export function exit(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.exit(code));
}

/** Tells an error and ends: a mistake in the command in one line, any other with its stack. */
export function fail(error: unknown): void {
  const usage = error instanceof UsageError;
  process.stderr.write(
    `flotilla: ${usage ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  exit(usage ? EXIT_USAGE : 1);
}
