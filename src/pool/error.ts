/** Why a pool refused or could not finish something. */
export type PoolErrorCode =
  /** An option, argument or combination that makes no sense. */
  | 'ERR_OPTION'
  /** This mode is not possible here, or does not have what was asked of it. */
  | 'ERR_MODE'
  /** A function that cannot be sent to a worker: it uses variables from outside, or has no name. */
  | 'ERR_TASK'
  /** An argument or a result that cannot travel. */
  | 'ERR_TYPE'
  | 'ERR_QUEUE_FULL'
  | 'ERR_CANCELLED'
  | 'ERR_TIMEOUT'
  | 'ERR_WORKER_LOST'
  /** An initializer failed, or workers die before they do anything. */
  | 'ERR_BROKEN'
  | 'ERR_CLOSED'
  /** Ranks in synchro mode have submitted different things. */
  | 'ERR_DIVERGED';

/** An error of the pool itself. What a task throws is not one: that arrives as the task threw it. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
  readonly code: PoolErrorCode;
  /** The worker concerned, if any. */
  readonly workerRank: number | undefined;

  constructor(
    code: PoolErrorCode,
    message: string,
    { workerRank, cause }: { workerRank?: number | undefined; cause?: unknown } = {},
  ) {
    super(`${message} (${code})`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.workerRank = workerRank;
  }
}

/** What was thrown, in a form that travels: structured clone would keep of an Error little more than its message. */
export type Thrown =
  | { readonly value: unknown }
  | {
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly cause?: Thrown;
      /** Of an AggregateError. */
      readonly errors?: readonly Thrown[];
      /** Other properties that can travel, such as `code`. */
      readonly own: Readonly<Record<string, unknown>>;
    };

const BUILT_IN: Readonly<Record<string, new (message?: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};
const MAX_DEPTH = 8;

/** Takes apart what was thrown. */
export function packThrown(thrown: unknown, depth = 0): Thrown {
  if (!(thrown instanceof Error)) return { value: cloneable(thrown) ? thrown : String(thrown) };
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(thrown))
    if (!STANDARD.has(key) && cloneable(value)) own[key] = value;
  const { name, message, stack, cause } = thrown;
  const deeper = depth < MAX_DEPTH;
  return {
    name,
    message,
    stack,
    own,
    ...(cause !== undefined && deeper ? { cause: packThrown(cause, depth + 1) } : {}),
    ...(thrown instanceof AggregateError && deeper
      ? { errors: thrown.errors.map((each) => packThrown(each, depth + 1)) }
      : {}),
  };
}

/** Puts it together again: message, stack, cause and properties of the original, and the rank of the worker that threw it. */
export function unpackThrown(thrown: Thrown, workerRank: number | undefined): unknown {
  if ('value' in thrown) return thrown.value;
  const { name, message, stack, cause, errors, own } = thrown;
  const error =
    errors === undefined
      ? new (BUILT_IN[name] ?? Error)(message)
      : new AggregateError(
          errors.map((each) => unpackThrown(each, undefined)),
          message,
        );
  if (name === 'PoolError') Object.setPrototypeOf(error, PoolError.prototype);
  if (error.name !== name) hidden(error, 'name', name);
  hidden(error, 'stack', stack);
  if (cause !== undefined) hidden(error, 'cause', unpackThrown(cause, undefined));
  Object.assign(error, own);
  if (workerRank !== undefined) hidden(error, 'workerRank', workerRank);
  return error;
}

/** The rank of the worker where this error came from; undefined for what is no error of a task. */
export function workerRankOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('workerRank' in error)) return undefined;
  return typeof error.workerRank === 'number' ? error.workerRank : undefined;
}

const STANDARD: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}

function cloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
