import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Communicator, File } from '../../comm/index.ts';
import { task } from '../../pool/index.ts';
import { world } from '../../world.ts';
import { mustAgree, together } from '../agree.ts';
import { rangesOf } from '../argument.ts';
import { LinalgError } from '../error.ts';
import { KeptVector } from '../kept.ts';
import { Operator } from '../operator.ts';
import type { Where } from '../options.ts';
import { DistributedVector } from '../vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from '../workers.ts';

/** What is written beside the numbers. */
export interface WriteOptions {
  /** Default: the ranks that share the vectors, else the world. */
  readonly on?: Where | undefined;
  /** Lines of comment. */
  readonly comment?: string | undefined;
}

/** What can be written: an operator that has rows, or vectors as the columns of an array. */
export type Writable = Operator | readonly (DistributedVector | KeptVector)[];

/**
 * Writes a Matrix Market file: an operator's rows as coordinates, vectors as the columns of an
 * array. Each rank writes its part; compressed if the name ends in `.gz`. Numbers are written so that
 * they are read as the same ones.
 *
 * @throws LinalgError ERR_BACKEND for an operator without rows, ERR_SHAPE for vectors that differ in
 *     length or kind; MpiError of the file.
 * @example
 * writeMatrixMarket('vectors.mtx', eigh(A, { k: 3 }).vectors, { comment: 'the lowest three' });
 */
export function writeMatrixMarket(
  path: string,
  what: Writable,
  options: WriteOptions & OnWorkers,
): Promise<void>;
export function writeMatrixMarket(path: string, what: Writable, options?: WriteOptions & OnRanks): void;
export function writeMatrixMarket(
  path: string,
  what: Writable,
  options: WriteOptions = {},
): void | Promise<void> {
  const { on, ...rest } = options;
  const first = what instanceof Operator ? undefined : what[0];
  const where = on ?? (first instanceof DistributedVector ? first.comm : world());
  if (where instanceof Communicator) {
    write(where, resolve(path), what, rest);
    return;
  }
  return onWorkers(where, writeOnWorkers, [resolve(path), what, rest]).then(() => undefined);
}

/** @internal */
export const writeOnWorkers: WorkerCall = task(import.meta, function writeOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([path, what, options]) => {
    write(comm, path as string, what as Writable, options as WriteOptions);
    return true;
  });
});

function write(comm: Communicator, path: string, what: Writable, { comment }: WriteOptions): void {
  const operation = 'writeMatrixMarket';
  mustAgree(comm, operation, [path, what instanceof Operator ? what.describe() : what.length, comment]);
  const remarks = (comment ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `% ${line}\n`);
  const parts = together(comm, operation, () =>
    what instanceof Operator ? rowsText(comm, what) : vectorsText(comm, what),
  );
  // Lines of each rank, in blocks that follow each other in the file: for arrays one a column.
  const total = comm.allgather(parts.entries).reduce((sum, count) => sum + count, 0);
  const head = `${parts.banner}\n${remarks.join('')}${parts.size(total)}\n`;
  const encode = (text: string) => (path.endsWith('.gz') ? gzipSync(text) : Buffer.from(text, 'latin1'));
  const blocks = parts.blocks.map((text, i) => encode(comm.rank === 0 && i === 0 ? head + text : text));
  const lengths = comm.allgather(blocks.map(({ length }) => length));
  const file = File.open(comm, path, 'w');
  try {
    file.setSize(0);
    let at = 0;
    for (const [i, block] of blocks.entries()) {
      const before = lengths.slice(0, comm.rank).reduce((sum, of) => sum + of[i]!, 0);
      file.writeAtAll(new Uint8Array(block), at + before);
      at += lengths.reduce((sum, of) => sum + of[i]!, 0);
    }
  } finally {
    file.close();
  }
}

/** A rank's part of a file. */
interface Text {
  readonly banner: string;
  /** The line of sizes, by the number of entries of all ranks. */
  readonly size: (entries: number) => string;
  readonly entries: number;
  readonly blocks: readonly string[];
}

function rowsText(comm: Communicator, operator: Operator): Text {
  const range = rangesOf(operator, comm)[comm.rank]!;
  const { rowPtr, columns, values } = operator.rows(range);
  const wide = operator.scalar === 'complex';
  const lines: string[] = [];
  for (let row = 0; row + 1 < rowPtr.length; row++)
    for (let e = rowPtr[row]!; e < rowPtr[row + 1]!; e++) {
      const value = wide ? `${values[2 * e]} ${values[2 * e + 1]}` : String(values[e]);
      lines.push(`${range.start + row + 1} ${columns[e]! + 1} ${value}\n`);
    }
  return {
    banner: `%%MatrixMarket matrix coordinate ${operator.scalar} general`,
    size: (entries) => `${operator.shape.join(' ')} ${entries}`,
    entries: columns.length,
    blocks: [lines.join('')],
  };
}

function vectorsText(comm: Communicator, vectors: Exclude<Writable, Operator>): Text {
  const blocks = vectors.map((vector) => {
    if (!(vector instanceof DistributedVector) || vector.comm.size !== comm.size)
      throw new LinalgError('ERR_OPTION', 'ranks write distributed vectors: give { on } for kept ones');
    const { local, scalar } = vector;
    const wide = scalar === 'complex';
    return Array.from({ length: local.length / (wide ? 2 : 1) }, (_, i) =>
      wide ? `${local[2 * i]} ${local[2 * i + 1]}\n` : `${local[i]}\n`,
    ).join('');
  });
  const first = vectors[0];
  if (first === undefined) throw new LinalgError('ERR_OPTION', 'there is no vector to write');
  if (vectors.some(({ length, scalar }) => length !== first.length || scalar !== first.scalar))
    throw new LinalgError('ERR_SHAPE', 'vectors of one file are of one length and kind');
  return {
    banner: `%%MatrixMarket matrix array ${first.scalar} general`,
    size: () => `${first.length} ${vectors.length}`,
    entries: 0,
    blocks,
  };
}
