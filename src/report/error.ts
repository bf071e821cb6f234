import { FlotillaError } from '../internal/index.ts';

/** ERR_RECORD: a folder without the record of a run. ERR_PLOTS: the libraries that draw are not installed. */
export type ReportErrorCode = 'ERR_RECORD' | 'ERR_PLOTS';

/** Why a report cannot be made. */
export class ReportError extends FlotillaError<ReportErrorCode> {
  override readonly name = 'ReportError';

  constructor(code: ReportErrorCode, message: string, cause?: unknown) {
    super(code, message, { operation: 'report', cause });
  }
}
