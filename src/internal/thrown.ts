import { inspect, types } from 'node:util';
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

/** Causes and errors of aggregates are followed this far, and no more of them are carried. */
const MAX_DEPTH = 8;
const MOST_ERRORS = 1000;
/** Characters of a text that must do with little room. */
const BRIEF = 10_000;
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

/** How far into an error packing has come. */
interface Progress {
  /** Errors that this one is a cause or member of. */
  readonly within: readonly unknown[];
  /** Errors that may still be carried, of all that hang together. */
  readonly budget: { left: number };
}

/**
 * Takes apart what was thrown. Never throws, whatever getters and Proxies a value has: a property that
 * cannot travel is left out, and another value that cannot is replaced by its text.
 */
export function packThrown(thrown: unknown): Thrown {
  return pack(thrown, { within: [], budget: { left: MOST_ERRORS } });
}

/** What code has thrown, as an error; what is none is its cause. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(asText(thrown), { cause: thrown });
}

/** As `packThrown`, for receivers that want an error: anything else becomes the message of one. */
export function packError(thrown: unknown): ThrownError {
  const error = isError(thrown) ? thrown : new Error(asText(thrown));
  return packOne(error, { within: [], budget: { left: MOST_ERRORS } });
}

/** The least that tells of an error, for when all of it is too much to be sent. */
export function packBriefly(thrown: Thrown): Thrown {
  if ('value' in thrown) return { value: asText(thrown.value).slice(0, BRIEF) };
  const { name, message, stack } = thrown;
  return { name, message: message.slice(0, BRIEF), stack: stack?.slice(0, BRIEF), own: {} };
}

function pack(thrown: unknown, progress: Progress): Thrown {
  progress.budget.left--;
  if (isError(thrown)) return packOne(thrown, progress);
  return { value: canTravel(thrown) ? thrown : asText(thrown) };
}

function packOne(thrown: Error, { within, budget }: Progress): ThrownError {
  const own: Record<string, unknown> = {};
  for (const key of attempt(() => Object.keys(thrown)) ?? []) {
    const value = attempt(() => (thrown as unknown as Record<string, unknown>)[key]);
    if (value !== undefined && !STANDARD.has(key) && canTravel(value)) own[key] = value;
  }
  const inside: Progress = { within: [...within, thrown], budget };
  // An error met again within itself is carried once more, without what it consists of.
  const deeper = within.length < MAX_DEPTH && !within.includes(thrown);
  const carried = () => deeper && budget.left > 0;
  const cause = attempt(() => thrown.cause);
  const errors = attempt((): unknown => (thrown instanceof AggregateError ? thrown.errors : undefined));
  return {
    name: textOf(() => thrown.name) ?? 'Error',
    message: textOf(() => thrown.message) ?? '',
    stack: textOf(() => thrown.stack),
    own,
    ...(thrown instanceof FlotillaError ? { flotilla: true } : {}),
    ...(cause !== undefined && carried() ? { cause: pack(cause, inside) } : {}),
    ...(Array.isArray(errors) ? { errors: errors.filter(carried).map((each) => pack(each, inside)) } : {}),
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
  // Not assigned: a property may have the name of a setter, such as __proto__.
  for (const [key, value] of Object.entries(own))
    Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: true });
  return error;
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

/** Text of anything, objects without a prototype, with a failing `toString` and revoked Proxies included. */
function asText(thrown: unknown): string {
  const isPlain = attempt(() => Object.getPrototypeOf(thrown) === Object.prototype) === true;
  const text = isPlain ? undefined : textOf(() => String(thrown));
  return (
    text ??
    attempt(() => inspect(thrown, { customInspect: false, depth: 1 })) ??
    `a value of type ${typeof thrown} that cannot be shown`
  );
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || attempt(() => value instanceof Error) === true;
}

function textOf(body: () => unknown): string | undefined {
  const value = attempt(body);
  return typeof value === 'string' ? value : undefined;
}

/** What a getter or a Proxy gives; undefined when it throws. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}
