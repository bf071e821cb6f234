import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SUM, type Communicator } from '../comm/index.ts';
import { decodeJson, encodeJson, noteRecord, show } from '../internal/index.ts';
import { world } from '../world.ts';
import { ClusterError } from './error.ts';

const ENDING = '.jsonl';

/** A line of a file: a finished item. */
type Entry<V> = readonly [key: string, value: V];

/**
 * Finished items of a loop or a pool, by key, in a folder: what a job that was killed had done is not done again by the next one.
 *
 * @typeParam V - what becomes of an item: anything that JSON keeps, and all numbers
 */
export interface Ledger<V> {
  /**
   * Items that are not finished, in their order. All ranks ask for the same ones.
   *
   * @param key - the name of an item, different for each
   * @throws {ClusterError} ERR_LEDGER for two items of one name
   */
  rest<T>(items: Iterable<T>, key: (item: T) => string): T[];
  /**
   * Writes down that an item is finished; it is on the disk when this returns.
   *
   * @throws {ClusterError} ERR_LEDGER for a value that JSON does not keep
   */
  add(key: string, value: V): void;
  /** Whether an item was finished when the ledger was opened, or has been by this rank. */
  has(key: string): boolean;
  /** Whether everything that `rest` was asked for is finished. Collective: all ranks ask together. */
  complete(): boolean;
  /** All that is finished, by now and by all ranks. Collective. */
  results(): Map<string, V>;
}

/**
 * Opens the ledger of a folder, and makes it if need be. Collective: the first rank reads it and tells the others, each rank writes a file of
 * its own, so that ranks, jobs of an array and attempts of a job share one folder. A line that a kill has cut off does not count.
 *
 * @param folder - seen by all ranks
 * @param options - the ranks that take part: the world, if not given
 * @throws {ClusterError} ERR_LEDGER on all ranks, for a folder that cannot be read and for a file that is none of a ledger
 * @example
 * ```ts
 * const done = ledger<number>('sweep');
 * for (const c of splitManaged(done.rest(candidates, (c) => c.name))) done.add(c.name, train(c));
 * if (done.complete()) console.log(done.results());
 * ```
 */
export function ledger<V>(
  folder: string,
  { comm = world() }: { readonly comm?: Communicator } = {},
): Ledger<V> {
  const own = new OwnFile(join(folder, `${randomUUID()}${ENDING}`));
  const finished = new Set(together(comm, folder, () => [...read<V>(folder, true).keys()]));
  if (comm.rank === 0) noteRecord('opened');
  /** Keys that were asked for and were not finished, and which of them this rank has finished since. */
  const asked = new Set<string>();
  const mine = new Set<string>();
  return {
    rest<T>(items: Iterable<T>, key: (item: T) => string) {
      const seen = new Set<string>();
      return Array.from(items).filter((item) => {
        const name = key(item);
        if (seen.has(name)) throw refused(`two items have the key ${show(name)}`);
        seen.add(name);
        if (finished.has(name)) return false;
        asked.add(name);
        return true;
      });
    },
    add(key, value) {
      const line = encodeJson([key, value] satisfies Entry<V>);
      if (!isDeepStrictEqual(decodeJson(line), [key, value]))
        throw refused(
          `the value of ${show(key)} is not one that JSON keeps: give numbers, texts, lists and plain objects`,
        );
      own.write(`${line}\n`);
      noteRecord('kept');
      mine.add(key);
    },
    has: (key) => finished.has(key) || mine.has(key),
    complete() {
      const count = [...mine].filter((key) => asked.has(key)).length;
      return comm.allreduce(count, SUM) === asked.size;
    },
    results() {
      comm.barrier();
      return new Map(together(comm, folder, () => [...read<V>(folder, false)]));
    },
  };
}

/** What the first rank finds, on all ranks; or its error on all of them. */
function together<T>(comm: Communicator, folder: string, find: () => T): T {
  let found: { readonly value: T } | { readonly reason: string } | undefined;
  if (comm.rank === 0) {
    try {
      found = { value: find() };
    } catch (error) {
      found = { reason: error instanceof Error ? error.message : String(error) };
    }
  }
  const answer = comm.bcast(found, 0);
  if ('reason' in answer) throw refused(`the ledger ${folder} cannot be read: ${answer.reason}`);
  return answer.value;
}

function read<V>(folder: string, make: boolean): Map<string, V> {
  if (make) mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).filter((name) => name.endsWith(ENDING));
  return new Map(files.flatMap((name) => entries<V>(join(folder, name))));
}

function entries<V>(path: string): Entry<V>[] {
  // After the last end of a line there is nothing, or what a kill has cut off.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, i) => {
    let entry: unknown;
    try {
      entry = decodeJson(line);
    } catch {
      // Told below.
    }
    if (!isEntry<V>(entry)) throw refused(`${path}, line ${i + 1} is none of a ledger`);
    return entry;
  });
}

function isEntry<V>(entry: unknown): entry is Entry<V> {
  return Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string';
}

/** The file of this rank, made with the first line: most ranks of a large job may have none. */
class OwnFile {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  write(line: string): void {
    if (this.#file === undefined) {
      const file = openSync(this.#path, 'ax');
      this.#file = file;
      process.once('exit', () => closeSync(file));
    }
    // In one piece, so that a kill cuts off the end of the file and nothing else.
    writeSync(this.#file, line);
    fdatasyncSync(this.#file);
  }
}

function refused(message: string): ClusterError {
  return new ClusterError('ERR_LEDGER', message, { operation: 'ledger' });
}
