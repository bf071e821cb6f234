import {
  FlotillaError,
  hidden,
  registerErrorClass,
  unpackThrown as unpack,
  type Thrown,
} from '../internal/index.ts';

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
export class PoolError extends FlotillaError<PoolErrorCode> {
  override readonly name = 'PoolError';
  /** The worker concerned, if any. */
  readonly workerRank: number | undefined;

  constructor(
    code: PoolErrorCode,
    message: string,
    {
      operation = 'pool',
      workerRank,
      cause,
    }: { operation?: string; workerRank?: number | undefined; cause?: unknown } = {},
  ) {
    super(code, `${message} (${code})`, { operation, cause });
    this.workerRank = workerRank;
  }
}

registerErrorClass(PoolError);

/** Rebuilds what a task threw, and adds the rank of the worker that threw it. */
export function unpackThrown(thrown: Thrown, workerRank: number | undefined): unknown {
  const error = unpack(thrown);
  if (error instanceof Error && workerRank !== undefined) hidden(error, 'workerRank', workerRank);
  return error;
}

/** The rank of the worker where this error came from; undefined for what is no error of a task. */
export function workerRankOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('workerRank' in error)) return undefined;
  return typeof error.workerRank === 'number' ? error.workerRank : undefined;
}
