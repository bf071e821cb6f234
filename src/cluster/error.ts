import { FlotillaError, registerErrorClass, type FlotillaErrorDetails } from '../internal/index.ts';

/** Why something about a cluster failed. */
export type ClusterErrorCode =
  /** An option of a job that makes no sense, or that this scheduler does not have. */
  | 'ERR_OPTION'
  /** A profile that is not there or has keys that do not exist. */
  | 'ERR_PROFILE'
  /** No scheduler is found, or it has refused. */
  | 'ERR_SCHEDULER'
  /** A ledger that cannot be read or kept. */
  | 'ERR_LEDGER'
  /** The reason of `job.signal`: the limit of the job is near. */
  | 'ERR_LIMIT'
  /** The reason of `job.signal`: the scheduler or `flotilla job stop` has asked for it. */
  | 'ERR_STOP';

/** An error of job scripts, profiles and schedulers. The message names the remedy. */
export class ClusterError extends FlotillaError<ClusterErrorCode> {
  override readonly name = 'ClusterError';

  constructor(
    code: ClusterErrorCode,
    message: string,
    { operation = 'job', ...details }: Partial<FlotillaErrorDetails> = {},
  ) {
    super(code, message, { operation, ...details });
  }
}

registerErrorClass(ClusterError);
