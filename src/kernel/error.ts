import { FlotillaError, registerErrorClass } from '../internal/index.ts';

/** Reasons for which a kernel is refused or cannot run. */
export type KernelErrorCode =
  /** A name that is neither a parameter nor declared in the kernel. */
  | 'ERR_SCOPE'
  /** Values of different places combined, or stored at another place. */
  | 'ERR_PLACE'
  /** A neighbor of a written field is read, or one field is given under two names. */
  | 'ERR_RACE'
  /** An offset or a loop bound that is not known at compile time. */
  | 'ERR_CONSTANT'
  /** A construct that is not part of the language. */
  | 'ERR_SYNTAX'
  /** An argument that does not fit the kernel, the grid or the other arguments. */
  | 'ERR_ARGUMENT'
  /** The engine is not available here: no compiler, no GPU, too many buffers. */
  | 'ERR_ENGINE';

/** Details of a KernelError beside its message. */
export interface KernelErrorDetails {
  /** Words of the source at fault. */
  readonly words?: string | undefined;
  readonly cause?: unknown;
}

/** A kernel that is refused, or an engine that cannot run it. Thrown before anything has been written. */
export class KernelError extends FlotillaError<KernelErrorCode> {
  override readonly name = 'KernelError';
  /** Name of the kernel. */
  readonly kernel: string;
  /** Words of its source at fault, if any. */
  readonly words: string | undefined;

  constructor(code: KernelErrorCode, kernel: string, message: string, details: KernelErrorDetails = {}) {
    const { words, cause } = details;
    super(code, `${kernel}: ${message} (${code})`, { operation: 'kernel', cause });
    this.kernel = kernel;
    this.words = words;
  }
}

registerErrorClass(KernelError);
