import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { ClusterError } from './error.ts';
import type { SchedulerName } from './job-options.ts';
import { Tries, type Try } from './tries.ts';

/** Folder of all jobs, beside the program. */
export const JOBS = '.flotilla';

/** A job that was submitted, as job.json has it. */
export interface Submitted {
  readonly name: string;
  readonly scheduler: SchedulerName;
  /** The scheduler's, of the first attempt. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly submitted: number;
  readonly requeue: boolean;
  /** How many it is, if it is an array. */
  readonly array?: number;
}

/** What users have asked for, each a file in the folder of a job. */
export type Wish = 'stop' | 'cancel';

/**
 * The folder of one job, `.flotilla/NAME.k/`: job.json, the script, what it runs, try.jsonl, and a file for each wish. All hosts of the job
 * see it. Files that change are written beside and renamed.
 */
export class JobFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Makes the first folder of this name that is free. */
  static make(name: string, within: string = JOBS): JobFolder {
    mkdirSync(within, { recursive: true });
    for (let k = 1; ; k++) {
      const path = join(within, `${name}.${k}`);
      try {
        mkdirSync(path, { mode: 0o700 });
        return new JobFolder(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  /** Folders of jobs that were submitted here, the oldest first. */
  static all(within: string = JOBS): JobFolder[] {
    if (!existsSync(within)) return [];
    const folders = readdirSync(within).map((name) => new JobFolder(join(within, name)));
    return folders
      .filter((folder) => folder.submitted !== undefined)
      .sort((a, b) => a.submitted!.submitted - b.submitted!.submitted);
  }

  /**
   * The job that a user means: by the scheduler's number, by NAME.k or by the path of its folder.
   *
   * @throws {ClusterError} ERR_OPTION for one that was not submitted here
   */
  static find(which: string, within: string = JOBS): JobFolder {
    const named = [join(within, which), which].map((path) => new JobFolder(path));
    const known = [
      ...named,
      ...JobFolder.all(within).filter((folder) => folder.ids.some((id) => sameId(id, which))),
    ];
    const found = known.find((folder) => folder.submitted !== undefined);
    if (found !== undefined) return found;
    throw new ClusterError(
      'ERR_OPTION',
      `no job ${which} was submitted here: flotilla job status lists those in ${resolve(within)}`,
    );
  }

  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  get submitted(): Submitted | undefined {
    const text = this.#text('job.json');
    return text === undefined ? undefined : (JSON.parse(text) as Submitted);
  }

  /** Writes down that it was submitted: from now on it is one of the user's jobs. */
  submit(job: Submitted): void {
    this.#replace('job.json', `${JSON.stringify(job, null, 2)}\n`);
  }

  /** The scheduler's numbers of it: PBS gives a new one to each attempt. */
  get ids(): string[] {
    const more = this.#text('ids')?.trim().split('\n') ?? [];
    return [...(this.submitted === undefined ? [] : [this.submitted.id]), ...more];
  }

  addId(id: string): void {
    appendFileSync(join(this.path, 'ids'), `${id}\n`);
  }

  get script(): string {
    return this.scriptOf(0);
  }

  /** The script of a link of its chain; the first one is that of the job. */
  scriptOf(link: number): string {
    return join(this.path, link === 0 ? 'job.sh' : `job.${link + 1}.sh`);
  }

  /** How many jobs of the scheduler are submitted at once for it, each after the one before; undefined if it is put back instead. */
  get chain(): number | undefined {
    const text = this.#text('chain');
    return text === undefined ? undefined : Number(text);
  }

  setChain(links: number): void {
    this.#replace('chain', String(links));
  }

  /** Attempts of each of an array's jobs; of a single job those of one. */
  tries(): Try[][] {
    const { array } = this.submitted ?? {};
    if (array === undefined) return [new Tries(this.path).read()];
    return Array.from({ length: array }, (_, index) => new Tries(this.path, index).read());
  }

  wish(wish: Wish): void {
    writeFileSync(join(this.path, wish), '');
  }

  wished(wish: Wish): boolean {
    return existsSync(join(this.path, wish));
  }

  /**
   * Since when the scheduler does not know the job any more, in milliseconds since 1970: the first time that somebody has seen so.
   *
   * @param gone - whether it does not know it now
   */
  goneSince(gone: boolean, now: number = Date.now()): number | undefined {
    if (!gone) {
      rmSync(join(this.path, 'gone'), { force: true });
      return undefined;
    }
    const before = Number(this.#text('gone'));
    if (before > 0) return before;
    this.#replace('gone', String(now));
    return now;
  }

  #text(file: string): string | undefined {
    try {
      return readFileSync(join(this.path, file), 'utf8');
    } catch {
      return undefined;
    }
  }

  #replace(file: string, text: string): void {
    const path = join(this.path, file);
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
  }
}

/** `12` is meant by `12.server`, too, and `12[]` by `12`. */
export function sameId(id: string, which: string): boolean {
  return id === which || numberOf(id) === which;
}

/** A job's number without its server and the brackets of an array. */
export function numberOf(id: string): string {
  return /^\d+/.exec(id)?.[0] ?? id;
}
