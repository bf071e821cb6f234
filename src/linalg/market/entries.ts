import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { formatError, isCompressed, wholeBytes, type MarketHeader } from './header.ts';

/** Entries of a share of a file. */
export interface MarketEntries {
  readonly count: number;
  /** Coordinate format: (row, column) from 0, two an entry. */
  readonly places: Float64Array;
  /** One number an entry, two for complex ones. */
  readonly values: Float64Array;
}

/**
 * Reads the lines that begin in one of `parts` equal shares of the bytes after the header.
 *
 * @throws LinalgError ERR_FORMAT with the line.
 */
export function readShare(path: string, header: MarketHeader, part: number, parts: number): MarketEntries {
  const whole = isCompressed(path) ? wholeBytes(path) : undefined;
  const size = whole?.length ?? statSync(path).size;
  const border = (i: number) => header.bytes + Math.floor(((size - header.bytes) * i) / parts);
  const read = (from: number, to: number) => whole?.subarray(from, to) ?? readBytes(path, from, to);
  // A line belongs to the share in which it begins: the byte before tells.
  const from = lineFrom(read, border(part), size);
  const to = lineFrom(read, border(part + 1), size);
  const text = from < to ? read(from, to).toString('latin1') : '';
  const lineOf = (index: number) => {
    let line = 1 + index;
    for (const byte of read(0, from)) if (byte === 10) line++;
    return line;
  };
  return parse(path, header, text, lineOf);
}

/** Where the first line begins at or after a border. */
function lineFrom(read: (from: number, to: number) => Buffer, border: number, size: number): number {
  for (let from = border - 1; from < size; from += 4096) {
    const found = read(from, Math.min(size, from + 4096)).indexOf(10);
    if (found >= 0) return from + found + 1;
  }
  return size;
}

function readBytes(path: string, from: number, to: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(to - from);
    let count = 0;
    while (count < buffer.length) {
      const got = readSync(file, buffer, count, buffer.length - count, from + count);
      if (got === 0) break;
      count += got;
    }
    return buffer.subarray(0, count);
  } finally {
    closeSync(file);
  }
}

function parse(
  path: string,
  { format, field, symmetry, rows, columns }: MarketHeader,
  text: string,
  lineOf: (index: number) => number,
): MarketEntries {
  const [places, values]: [number[], number[]] = [[], []];
  const numbers = field === 'pattern' ? 0 : field === 'complex' ? 2 : 1;
  const before = format === 'coordinate' ? 2 : 0;
  let count = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('%')) continue;
    const refuse = (what: string): never => {
      throw formatError(path, lineOf(index), what);
    };
    const words = content.split(/\s+/);
    if (words.length !== before + numbers)
      refuse(`'${content.slice(0, 60)}' has ${words.length} numbers, not ${before + numbers}`);
    if (format === 'coordinate') {
      const [row, column] = [Number(words[0]), Number(words[1])];
      const inside = (place: number, most: number) => Number.isInteger(place) && place >= 1 && place <= most;
      if (!inside(row, rows) || !inside(column, columns))
        refuse(`(${words[0]}, ${words[1]}) is no place in ${rows} × ${columns}`);
      if (symmetry !== 'general' && row < column)
        refuse(`(${row}, ${column}) lies above the diagonal of a ${symmetry} matrix`);
      if (symmetry === 'skew-symmetric' && row === column)
        refuse(`(${row}, ${column}) lies on the diagonal of a skew-symmetric matrix`);
      places.push(row - 1, column - 1);
    }
    for (const word of words.slice(before)) {
      const value = Number(word.replace(/[dD]/, 'e'));
      if (!Number.isFinite(value) || (field === 'integer' && !Number.isInteger(value)))
        refuse(`'${word}' is no ${field === 'integer' ? 'whole ' : ''}number`);
      values.push(value);
    }
    if (numbers === 0) values.push(1);
    count++;
  }
  return { count, places: Float64Array.from(places), values: Float64Array.from(values) };
}

/** Receives entries of the matrix, those that a symmetry adds included. */
export type Receive = (row: number, column: number, re: number, im: number) => void;

/**
 * Walks over all entries that lines stand for.
 *
 * @param first the number of the first line's entry in the file: for arrays, whose places it tells.
 */
export function expand(
  { format, field, symmetry, rows }: MarketHeader,
  { count, places, values }: MarketEntries,
  first: number,
  receive: Receive,
): void {
  const wide = field === 'complex';
  const strict = symmetry === 'skew-symmetric' ? 1 : 0;
  let [row, column] = format === 'array' ? placeOf(first, rows, symmetry) : [0, 0];
  for (let e = 0; e < count; e++) {
    if (format === 'coordinate') [row, column] = [places[2 * e]!, places[2 * e + 1]!];
    const re = values[wide ? 2 * e : e]!;
    const im = wide ? values[2 * e + 1]! : 0;
    // Arrays have their zeros, too.
    if (format === 'coordinate' || re !== 0 || im !== 0) {
      receive(row, column, re, im);
      if (row !== column && symmetry === 'symmetric') receive(column, row, re, im);
      if (row !== column && symmetry === 'skew-symmetric') receive(column, row, -re, -im);
      if (row !== column && symmetry === 'hermitian') receive(column, row, re, -im);
    }
    if (format === 'array' && ++row === rows) {
      column++;
      row = symmetry === 'general' ? 0 : column + strict;
    }
  }
}

/** Row and column of an entry of an array, which goes by columns; of symmetric ones below the diagonal. */
function placeOf(index: number, rows: number, symmetry: MarketHeader['symmetry']): [number, number] {
  if (symmetry === 'general') return [index % rows, Math.floor(index / rows)];
  const strict = symmetry === 'skew-symmetric' ? 1 : 0;
  let [column, rest] = [0, index];
  while (column < rows && rest >= rows - column - strict) rest -= rows - column++ - strict;
  return [column + strict + rest, column];
}
