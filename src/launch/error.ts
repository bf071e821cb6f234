import { FlotillaError } from '../internal/index.ts';

/**
 * ERR_START: the processes of a job have ended before all of them were there. The others are Node's own, of modules that
 * `import.meta.resolve` does not find.
 */
export type LaunchErrorCode = 'ERR_START' | 'ERR_MODULE_NOT_FOUND' | 'ERR_PACKAGE_PATH_NOT_EXPORTED';

/** Why ranks cannot be started, or a module of theirs not be found. */
export class LaunchError extends FlotillaError<LaunchErrorCode> {
  override readonly name = 'LaunchError';

  constructor(code: LaunchErrorCode, message: string, operation: string) {
    super(code, message, { operation });
  }
}
