import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { LinalgError } from '../error.ts';

/** What the first lines of a Matrix Market file say (R. F. Boisvert, R. Pozo and K. Remington, NISTIR 5935, 1996). */
export interface MarketHeader {
  readonly format: 'coordinate' | 'array';
  readonly field: 'real' | 'complex' | 'integer' | 'pattern';
  readonly symmetry: 'general' | 'symmetric' | 'skew-symmetric' | 'hermitian';
  readonly rows: number;
  readonly columns: number;
  /** Lines of entries that the file announces. */
  readonly entries: number;
  /** Bytes before the first entry, unpacked, and lines. */
  readonly bytes: number;
  readonly lines: number;
}

/** The bytes of a file, unpacked where it is compressed. */
export function wholeBytes(path: string): Buffer {
  const bytes = readFileSync(path);
  return isCompressed(path) ? gunzipSync(bytes) : bytes;
}

export const isCompressed = (path: string): boolean => path.endsWith('.gz');

/**
 * Reads the header of a file.
 *
 * @throws LinalgError ERR_FORMAT with the line; what node:fs throws.
 */
export function readHeader(path: string): MarketHeader {
  let bytes = firstBytes(path, 2 ** 16);
  for (let size = 2 ** 20; ; size *= 16) {
    const header = parseHeader(path, bytes.toString('latin1'));
    if (header !== undefined) return header;
    const more = firstBytes(path, size);
    if (more.length <= bytes.length) throw formatError(path, 1, 'the file ends before its size');
    bytes = more;
  }
}

function firstBytes(path: string, size: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(size, fstatSync(file).size));
    const count = readSync(file, buffer, 0, buffer.length, 0);
    const bytes = buffer.subarray(0, count);
    return isCompressed(path) ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
  } finally {
    closeSync(file);
  }
}

const FORMATS = ['coordinate', 'array'] as const;
const FIELDS = ['real', 'complex', 'integer', 'pattern'] as const;
const SYMMETRIES = ['general', 'symmetric', 'skew-symmetric', 'hermitian'] as const;

/** The header, undefined when the text ends within it. */
function parseHeader(path: string, text: string): MarketHeader | undefined {
  let [at, line] = [0, 0];
  let banner: readonly string[] | undefined;
  for (;;) {
    const end = text.indexOf('\n', at);
    if (end < 0) return undefined;
    const content = text.slice(at, end).trim();
    at = end + 1;
    line++;
    if (banner === undefined) {
      banner = content.toLowerCase().split(/\s+/);
      if (banner[0] !== '%%matrixmarket' || banner[1] !== 'matrix' || banner.length !== 5)
        throw formatError(path, 1, `'${content.slice(0, 60)}' is no banner of a Matrix Market matrix`);
      continue;
    }
    if (content === '' || content.startsWith('%')) continue;
    const pick = <T extends string>(words: readonly T[], place: number): T => {
      const found = words.find((word) => word === banner![place]);
      if (found === undefined)
        throw formatError(path, 1, `'${banner![place]}' is none of ${words.join(', ')}`);
      return found;
    };
    const [format, field, symmetry] = [pick(FORMATS, 2), pick(FIELDS, 3), pick(SYMMETRIES, 4)];
    const sizes = content.split(/\s+/).map(Number);
    const wanted = format === 'coordinate' ? 3 : 2;
    if (
      sizes.length !== wanted ||
      sizes.some((size, i) => !Number.isSafeInteger(size) || size < (i < 2 ? 1 : 0))
    )
      throw formatError(path, line, `'${content}' is no size of a ${format} matrix`);
    const [rows, columns] = sizes as [number, number];
    if (symmetry !== 'general' && rows !== columns)
      throw formatError(path, line, `a ${symmetry} matrix of ${rows} × ${columns}`);
    if (
      (field === 'pattern' && (format === 'array' || symmetry === 'skew-symmetric')) ||
      (symmetry === 'hermitian' && field !== 'complex')
    )
      throw formatError(path, 1, `${format} ${field} ${symmetry} does not exist`);
    const triangle = symmetry === 'skew-symmetric' ? (rows * (rows - 1)) / 2 : (rows * (rows + 1)) / 2;
    const entries = sizes[2] ?? (symmetry === 'general' ? rows * columns : triangle);
    return { format, field, symmetry, rows, columns, entries, bytes: at, lines: line };
  }
}

/** An error that names file and line. */
export function formatError(path: string, line: number, what: string): LinalgError {
  return new LinalgError('ERR_FORMAT', `${path}, line ${line}: ${what}`, { operation: 'readMatrixMarket' });
}
