import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJson, encodeJson } from '../internal/index.ts';

/** An attempt at a job, or at one of an array, as `flotilla run` has written it down. Times are milliseconds since 1970. */
export interface Try {
  readonly attempt: number;
  /** The scheduler's number of it: PBS gives a new one to each attempt. */
  readonly id?: string;
  readonly hosts: readonly string[];
  readonly begin: number;
  /** Files of what it prints. */
  readonly output?: readonly string[];
  readonly end?: number;
  readonly code?: number;
  /** Why it ended, or why it goes on no more. */
  readonly reason?: string;
  /** It has been put back into the queue. */
  readonly again?: boolean;
  /** The scheduler has asked for its end: whether it puts it back as well is the scheduler's to say. */
  readonly asked?: boolean;
  /** It has left a new checkpoint; undefined where no record is kept that we know of. */
  readonly kept?: boolean;
}

/** The record of one job's attempts: two lines for each, its beginning and its end, appended whole. */
export class Tries {
  readonly #path: string;

  /**
   * @param folder - that of the job
   * @param index - which of an array; each writes a file of its own, since they run at the same time on several hosts
   */
  constructor(folder: string, index?: number) {
    this.#path = join(folder, index === undefined ? 'try.jsonl' : `try.${index}.jsonl`);
  }

  /** Oldest first. A line that a kill has cut off does not count. */
  read(): Try[] {
    if (!existsSync(this.#path)) return [];
    const lines = readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
    const all = new Map<number, Try>();
    for (const line of lines) {
      const part = parse(line);
      if (part === undefined) continue;
      all.set(part.attempt, { ...all.get(part.attempt), ...part } as Try);
    }
    return [...all.values()];
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }

  write(part: Pick<Try, 'attempt'> & Partial<Try>): void {
    // A line of its own even after one that a kill has cut off.
    const cut = existsSync(this.#path) && !/(^|\n)$/.test(readFileSync(this.#path, 'utf8'));
    appendFileSync(this.#path, `${cut ? '\n' : ''}${encodeJson(part)}\n`);
  }
}

function parse(line: string): (Partial<Try> & { readonly attempt: number }) | undefined {
  try {
    const value = decodeJson(line) as Partial<Try> | null;
    return typeof value?.attempt === 'number' ? { ...value, attempt: value.attempt } : undefined;
  } catch {
    return undefined;
  }
}
