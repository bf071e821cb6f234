/**
 * What ranks write into the pipe of their launcher. A write of at most 4096 bytes into a pipe is never mixed with another (POSIX, PIPE_BUF; Linux's
 * value), so records are no longer; what a rank writes in one piece becomes one or more of them.
 *
 *     0  process, 32 bits        4  kind        5  whether more of the same piece follows        6  length of what follows, 16 bits
 */
const HEADER_BYTES = 8;
const LONGEST = 4096 - HEADER_BYTES;

/** Kinds of records: output, the exit code of the job, the end of all. */
export const Kind = { STDOUT: 1, STDERR: 2, CODE: 3, END: 4 } as const;

export interface Piece {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** The records of a piece, each to be written at once. */
export function* recordsOf(kind: number, bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  do {
    const part = bytes.subarray(at, at + LONGEST);
    at += part.length;
    const record = Buffer.allocUnsafe(HEADER_BYTES + part.length);
    record.writeUInt32LE(process.pid, 0);
    record[4] = kind;
    record[5] = Number(at < bytes.length);
    record.writeUInt16LE(part.length, 6);
    record.set(part, HEADER_BYTES);
    yield record;
  } while (at < bytes.length);
}

/** Puts the pieces of all processes together again. */
export class Assembler {
  #rest: Buffer = Buffer.alloc(0);
  readonly #open = new Map<string, Uint8Array[]>();

  /** The pieces that are whole with this. */
  *take(data: Buffer): Generator<Piece> {
    const all = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    while (all.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + all.readUInt16LE(at + 6);
      if (end > all.length) break;
      const kind = all[at + 4]!;
      const key = `${all.readUInt32LE(at)} ${kind}`;
      const parts = [...(this.#open.get(key) ?? []), all.subarray(at + HEADER_BYTES, end)];
      const more = all[at + 5] !== 0;
      at = end;
      if (more) this.#open.set(key, parts);
      else this.#open.delete(key);
      if (!more) yield { kind, bytes: Buffer.concat(parts) };
    }
    this.#rest = Buffer.from(all.subarray(at));
  }

  /** Of processes that were ended while they wrote. */
  *unfinished(): Generator<Piece> {
    for (const [key, parts] of this.#open) {
      yield { kind: Number(key.split(' ')[1]), bytes: Buffer.concat(parts) };
    }
    this.#open.clear();
  }
}
