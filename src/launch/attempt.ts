import { existsSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import {
  EXIT_AGAIN,
  JobFolder,
  jobAround,
  requeue,
  Tries,
  type JobAround,
  type Try,
} from '../cluster/scripts.ts';
import { temporaryFolder } from '../internal/index.ts';
import type { Allocation } from './allocation.ts';
import { onStopRequests } from './signals.ts';

/** How often the folder of the job is looked at for `flotilla job stop`. */
const LOOK_MS = 1000;

/** What `flotilla run` is told of the job. */
export interface AttemptOptions {
  readonly requeue?: boolean;
  /** The folder of a job that was submitted. */
  readonly job?: string;
}

/**
 * One attempt at the job of a scheduler: written down when it begins and ends, asked to stop by signals and by `flotilla job stop`, and put
 * back where its ranks say that they are not finished.
 */
export class Attempt {
  /** What ranks are told. */
  readonly variables: Readonly<Record<string, string>>;
  readonly #folder: JobFolder | undefined;
  readonly #tries: Tries | undefined;
  readonly #attempt: number;
  readonly #before: Try | undefined;
  readonly #stopFile: string;
  readonly #looking: NodeJS.Timeout;
  readonly #options: AttemptOptions;
  /** By a signal or by `flotilla job stop`. */
  #asked: string | undefined;

  /**
   * @param within - a folder that all hosts of the job see, if there are several
   * @returns undefined outside of jobs
   */
  static begin(
    options: AttemptOptions,
    allocation: Allocation | undefined,
    within: string | undefined,
  ): Attempt | undefined {
    const around = jobAround();
    if (around === undefined && options.job === undefined) return undefined;
    return new Attempt(options, around, allocation, within);
  }

  private constructor(
    options: AttemptOptions,
    around: JobAround | undefined,
    allocation: Allocation | undefined,
    within: string | undefined,
  ) {
    this.#options = options;
    this.#folder = folderOf(options, around?.id);
    this.#tries = this.#folder && new Tries(this.#folder.path, around?.index);
    // A scheduler that was set up anew counts its jobs from 1 again.
    if (options.job === undefined && isFirst()) this.#tries?.clear();
    const before = this.#tries?.read() ?? [];
    this.#before = before.at(-1);
    this.#attempt = before.length;
    this.#stopFile = join(temporaryFolder(within).path, 'stop');
    const { id } = around ?? {};
    this.#tries?.write({
      attempt: this.#attempt,
      ...(id !== undefined && { id }),
      hosts: allocation?.hosts.map(({ name }) => name) ?? [hostname()],
      begin: Date.now(),
      output: outputFiles(),
    });
    this.variables = {
      FLOTILLA_STOP: this.#stopFile,
      ...(this.#tries && { FLOTILLA_ATTEMPT: `${this.#attempt} ${encodeURI(this.#folder!.path)}` }),
      ...(options.requeue && { FLOTILLA_REQUEUE: '1' }),
    };
    // Grid Engine sends USR1 at the soft limit, and tells of what follows by USR1 and USR2.
    const signals: NodeJS.Signals[] = around?.scheduler === 'sge' ? ['SIGUSR1', 'SIGUSR2'] : ['SIGUSR2'];
    onStopRequests(['SIGTERM', ...signals], (signal) => this.#ask(signal));
    this.#looking = setInterval(() => this.#look(), LOOK_MS).unref();
    this.#look();
  }

  /**
   * For a link of a chain: the exit code of a job that came to its end in a link before.
   *
   * @returns undefined where there is something left to do
   */
  static over({ job }: AttemptOptions): number | undefined {
    const folder = job === undefined ? undefined : new JobFolder(job);
    if (folder?.chain === undefined) return undefined;
    const last = new Tries(folder.path).read().at(-1);
    // One that a kill or its scheduler has ended is not finished.
    const isOver = last?.end !== undefined && last.again !== true && last.asked !== true;
    return isOver ? last.code : undefined;
  }

  /** Whether the user has ended the job while it was in the queue. */
  get unwanted(): boolean {
    return this.#folder?.wished('stop') === true || this.#folder?.wished('cancel') === true;
  }

  /**
   * Writes down the end, and puts the job back if its ranks have said that they are not finished.
   *
   * @param code - of the ranks
   * @returns the exit code that this takes
   */
  end(code: number): number {
    clearInterval(this.#looking);
    this.#look();
    const kept = this.#kept();
    const part = {
      attempt: this.#attempt,
      code,
      ...(kept !== undefined && { kept }),
      ...(this.#asked !== undefined && this.#asked !== 'stop' && { asked: true }),
    };
    const write = (more: Partial<Try>) => this.#tries?.write({ ...part, end: Date.now(), ...more });
    if (code !== EXIT_AGAIN || !this.#options.requeue) {
      write(this.#asked === undefined ? {} : { reason: this.#asked });
      return code;
    }
    const against = this.#against(kept);
    if (against !== undefined) return this.#over(against, code, write);
    if (this.#folder?.chain !== undefined) {
      if (this.#links() >= this.#folder.chain)
        return this.#over('it was the last link of its chain: submit it again', code, write);
      write({ again: true });
      return code;
    }
    const { code: exit, reason } = requeue(() => write({ again: true }), this.#folder);
    return reason === undefined ? exit : this.#over(reason, exit, write);
  }

  /** Links of the chain that have begun: each has a number of its own. */
  #links(): number {
    return new Set(this.#tries?.read().map(({ id }) => id)).size;
  }

  #over(reason: string, code: number, write: (more: Partial<Try>) => void): number {
    // By `flotilla job stop` nobody expects another attempt.
    if (this.#asked !== 'stop')
      process.stderr.write(`flotilla: the job is not finished and was not put back: ${reason}\n`);
    write({ again: false, reason });
    return code;
  }

  /** Why it should not be put back. */
  #against(kept: boolean | undefined): string | undefined {
    if (this.#asked === 'stop') return 'stop';
    if (this.#folder?.wished('cancel')) return 'it was cancelled';
    if (kept === false && this.#before?.again === true && this.#before.kept === false)
      return 'two attempts have left no new checkpoint. Give it more time, or checkpoint more often';
    return undefined;
  }

  /** Whether there is a new checkpoint. A program that keeps no record of ours looks after itself, if it runs until it is asked to stop. */
  #kept(): boolean | undefined {
    if (existsSync(`${this.#stopFile}.kept`)) return true;
    return existsSync(`${this.#stopFile}.opened`) ? false : undefined;
  }

  #look(): void {
    if (this.#folder?.wished('stop')) this.#ask('stop');
    // A rank was sent a signal.
    else if (this.#asked === undefined && existsSync(this.#stopFile)) this.#asked = 'signal';
  }

  #ask(why: string): void {
    if (this.#asked !== undefined && why !== 'stop') return;
    this.#asked = why;
    if (!existsSync(this.#stopFile)) writeFileSync(this.#stopFile, why);
  }
}

/** That of the job, or for one by hand that may be put back a folder by its number. */
function folderOf({ job, requeue }: AttemptOptions, id: string | undefined): JobFolder | undefined {
  if (job !== undefined) return new JobFolder(job);
  if (!requeue || id === undefined) return undefined;
  const path = resolve('.flotilla', `job-${id.replaceAll(/[^\w.-]/g, '_')}`);
  mkdirSync(path, { recursive: true });
  return new JobFolder(path);
}

/** Whether the scheduler says that it has not put this job back before. */
function isFirst({ SLURM_JOB_ID, SLURM_RESTART_COUNT, RESTARTED }: NodeJS.ProcessEnv = process.env): boolean {
  return SLURM_JOB_ID === undefined ? RESTARTED === '0' : Number(SLURM_RESTART_COUNT ?? 0) === 0;
}

/** Files behind this process's output, where the system tells. */
function outputFiles(): string[] {
  const files = [1, 2].flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  return [...new Set(files.filter((file) => file.startsWith('/') && !file.startsWith('/dev/')))];
}
