import { inspect } from 'node:util';

/** Levels of causes and parts that a description follows. */
const DEEPEST = 20;

/**
 * Describes what was thrown as a user wants to read it: its stack, what caused it, what it is made of. Never throws itself, whatever
 * getters, proxies or cycles it meets: a failure must not hide behind another one.
 */
export function describeError(error: unknown): string {
  return describe(error, new Set());
}

function describe(error: unknown, above: ReadonlySet<unknown>): string {
  if (!isError(error)) return `uncaught ${attempt(() => inspect(error), 'a value that cannot be shown')}`;
  if (above.has(error)) return `${headline(error)} [circular]`;
  const inside = new Set(above).add(error);
  const lines = [stackOf(error)];
  if (inside.size >= DEEPEST) return lines.join('\n');
  const cause = attempt(() => error.cause, undefined);
  if (cause !== undefined) lines.push(`  caused by: ${describe(cause, inside)}`);
  if (error instanceof AggregateError) {
    const parts = attempt(() => Array.from<unknown>(error.errors), []);
    lines.push(...parts.map((each) => `  with: ${describe(each, inside)}`));
  }
  return lines.join('\n');
}

/** The stack where it is a text, otherwise the name and message. */
function stackOf(error: Error): string {
  const stack: unknown = attempt(() => error.stack, undefined);
  return typeof stack === 'string' && stack !== '' ? stack : headline(error);
}

function headline(error: Error): string {
  return attempt(
    () => Error.prototype.toString.call(error),
    attempt(() => Object.prototype.toString.call(error), 'an error that cannot be shown'),
  );
}

function isError(value: unknown): value is Error {
  return attempt(() => value instanceof Error, false);
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
