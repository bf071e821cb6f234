import { MpiError, type MpiErrorCode, type MpiErrorDetails } from './error.ts';

/** The class that MPI 4.1 §14.7 gives to what the system says. */
const CODES: Readonly<Record<string, MpiErrorCode>> = {
  EACCES: 'ERR_ACCESS',
  EDQUOT: 'ERR_QUOTA',
  EEXIST: 'ERR_FILE_EXISTS',
  EISDIR: 'ERR_BAD_FILE',
  ELOOP: 'ERR_BAD_FILE',
  ENAMETOOLONG: 'ERR_BAD_FILE',
  ENOENT: 'ERR_NO_SUCH_FILE',
  ENOSPC: 'ERR_NO_SPACE',
  ENOTDIR: 'ERR_BAD_FILE',
  EPERM: 'ERR_ACCESS',
  EROFS: 'ERR_READ_ONLY',
  ETXTBSY: 'ERR_FILE_IN_USE',
};

/** In this order the codes have numbers from 1 on, in which a rank tells the others. */
const NUMBERED: readonly MpiErrorCode[] = [...new Set(Object.values(CODES)), 'ERR_IO'];

/** The number of a code that files fail with; that of ERR_IO for any other. */
export function numberOfCode(code: MpiErrorCode): number {
  return 1 + (NUMBERED.includes(code) ? NUMBERED.indexOf(code) : NUMBERED.length - 1);
}

export function codeOfNumber(number: number): MpiErrorCode {
  return NUMBERED[number - 1] ?? 'ERR_IO';
}

/** An error of the file system as an MpiError; one that is an MpiError already stays. */
export function fileError(error: unknown, path: string, details: MpiErrorDetails): MpiError {
  if (error instanceof MpiError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const number = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new MpiError(CODES[number] ?? 'ERR_IO', `${path}: ${said}`, { ...details, cause: error });
}
