import { serialize } from 'node:v8';
import { FlotillaError } from './error.ts';

/** An error in a form that travels: structured clone keeps little more of one than its message. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause?: Thrown;
  /** The errors of an AggregateError. */
  readonly errors?: readonly Thrown[];
  /** Of a class of Flotilla's, known at the other end or not. */
  readonly flotilla?: true;
  /** Further properties that can travel, such as `code`. */
  readonly own: Readonly<Record<string, unknown>>;
}

/** Whatever was thrown, in a form that travels between threads and processes. */
export type Thrown = { readonly value: unknown } | ThrownError;

/** A class whose instances are rebuilt as such, known by its name. */
export interface ErrorClass {
  readonly name: string;
  readonly prototype: Error;
}

/** Causes and errors of aggregates are followed this far: a chain may have a loop. */
const MAX_DEPTH = 8;
const STANDARD: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);

const classes = new Map<string, ErrorClass>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError].map((builtIn) => [
    builtIn.name,
    builtIn,
  ]),
);

/**
 * Makes errors of a class arrive as instances of it. The class's own file calls this, so that
 * whichever thread can name the class can also rebuild it.
 */
export function registerErrorClass(errorClass: ErrorClass): void {
  classes.set(errorClass.name, errorClass);
}

/** Takes apart what was thrown. What cannot travel is left out, or replaced by its text. */
export function packThrown(thrown: unknown, depth = 0): Thrown {
  if (thrown instanceof Error) return packError(thrown, depth);
  return { value: canTravel(thrown) ? thrown : asText(thrown) };
}

/** As `packThrown`, for receivers that want an error: anything else becomes the message of one. */
export function packError(thrown: unknown, depth = 0): ThrownError {
  if (!(thrown instanceof Error)) return packError(new Error(asText(thrown)), depth);
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(thrown))
    if (!STANDARD.has(key) && canTravel(value)) own[key] = value;
  const { name, message, stack, cause } = thrown;
  const deeper = depth < MAX_DEPTH;
  return {
    name,
    message,
    stack,
    own,
    ...(thrown instanceof FlotillaError ? { flotilla: true } : {}),
    ...(cause !== undefined && deeper ? { cause: packThrown(cause, depth + 1) } : {}),
    ...(thrown instanceof AggregateError && deeper
      ? { errors: thrown.errors.map((each) => packThrown(each, depth + 1)) }
      : {}),
  };
}

/** Rebuilds what was thrown. */
export function unpackThrown(thrown: Thrown): unknown {
  return 'value' in thrown ? thrown.value : unpackError(thrown);
}

/** Rebuilds an error: its class where that is known here, message, stack, cause and properties. */
export function unpackError({ name, message, stack, cause, errors, flotilla, own }: ThrownError): Error {
  const error =
    errors === undefined ? new Error(message) : new AggregateError(errors.map(unpackThrown), message);
  const known = classes.get(name) ?? (flotilla ? FlotillaError : undefined);
  if (known !== undefined) Object.setPrototypeOf(error, known.prototype);
  if (error.name !== name) hidden(error, 'name', name);
  hidden(error, 'stack', stack);
  if (cause !== undefined) hidden(error, 'cause', unpackThrown(cause));
  return Object.assign(error, own);
}

/** Defines a property that does not show when the error is printed. */
export function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}

/** Structured clone would take bare shared memory too, which cannot leave the process. */
function canTravel(value: unknown): boolean {
  if (typeof value === 'symbol' || typeof value === 'function') return false;
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}

/** Text of anything, objects without a prototype or with a failing `toString` included. */
function asText(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}
