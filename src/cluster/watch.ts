import { setTimeout as pause } from 'node:timers/promises';
import { numberOf, type JobFolder } from './folder.ts';
import type { SchedulerName } from './job-options.ts';
import { isOver, judge, type JobEnd, type JobState } from './judge.ts';
import { accountedReason, listJobs, type Standing } from './queue.ts';

/** Schedulers are asked that often at most, for all jobs at once; another number of seconds in FLOTILLA_QUEUE_SECONDS. */
const QUEUE_SECONDS = 30;
/** A job that has gone without an end is lost after that time, since shared folders lag; another one in FLOTILLA_LOST_SECONDS. */
const LOST_SECONDS = 60;
/** Records of attempts are looked at that often. */
const LOOK_MS = 500;

interface Answer {
  readonly jobs: ReadonlyMap<string, Standing>;
  /** When it was asked for, in milliseconds since 1970. */
  readonly asked: number;
}

/** Looks at jobs: their own records at any time, the scheduler's answers as often as it is polite. */
export class Watch {
  readonly #queueMs = 1000 * secondsOf('FLOTILLA_QUEUE_SECONDS', QUEUE_SECONDS);
  readonly #lostMs = 1000 * secondsOf('FLOTILLA_LOST_SECONDS', LOST_SECONDS);
  readonly #answers = new Map<SchedulerName, Answer>();
  /** Questions under way, and when the last one was asked, answered or not. */
  readonly #questions = new Map<SchedulerName, Promise<void>>();
  readonly #asked = new Map<SchedulerName, number>();
  readonly #reasons = new Map<string, Promise<string | undefined>>();

  /** Where a job stands by now. */
  async look(folder: JobFolder): Promise<JobState> {
    const job = folder.submitted;
    if (job === undefined) return { state: 'lost', code: 1, attempts: 0, reason: 'its folder has gone' };
    const cancelled = folder.wished('cancel');
    const first = judge(job, folder.tries(), undefined, { cancelled, lost: false });
    // The record says it all.
    if (isOver(first)) return first;
    await this.#refresh(job.scheduler);
    const tries = folder.tries();
    let standing = this.#standing(folder, job.scheduler, [
      job.submitted,
      ...tries.flat().map(({ begin, end }) => end ?? begin),
    ]);
    const since = standing === undefined ? undefined : folder.goneSince(standing.state === 'gone');
    const lost = since !== undefined && Date.now() - since >= this.#lostMs;
    if (lost) standing = await this.#explained(job.scheduler, folder.path, job.id, standing);
    return judge(job, tries, standing, { cancelled, lost });
  }

  /** Waits for the end of a job. */
  async ended(folder: JobFolder, each?: (state: JobState) => void): Promise<JobEnd> {
    for (;;) {
      const state = await this.look(folder);
      each?.(state);
      if (isOver(state)) return state;
      await pause(LOOK_MS);
    }
  }

  /** What the scheduler said last, unless the job has gone on since. */
  #standing(folder: JobFolder, scheduler: SchedulerName, times: readonly number[]): Standing | undefined {
    const answer = this.#answers.get(scheduler);
    if (answer === undefined || answer.asked < Math.max(...times)) return undefined;
    const all = folder.ids.map((id) => answer.jobs.get(numberOf(id)));
    const known = all.find((standing) => standing !== undefined && standing.state !== 'gone');
    return known ?? all.findLast((standing) => standing !== undefined) ?? { state: 'gone' };
  }

  async #refresh(scheduler: SchedulerName): Promise<void> {
    const now = Date.now();
    const last = this.#asked.get(scheduler) ?? 0;
    if (now - last < this.#queueMs) return this.#questions.get(scheduler);
    this.#asked.set(scheduler, now);
    const question = listJobs(scheduler).then((jobs) => {
      // Without an answer nothing changes.
      if (jobs !== undefined) this.#answers.set(scheduler, { jobs, asked: now });
    });
    this.#questions.set(scheduler, question);
    return question;
  }

  async #explained(
    scheduler: SchedulerName,
    path: string,
    id: string,
    standing: Standing | undefined,
  ): Promise<Standing | undefined> {
    if (standing === undefined || standing.reason !== undefined) return standing;
    const asked = this.#reasons.get(path) ?? accountedReason(scheduler, id);
    this.#reasons.set(path, asked);
    const reason = await asked;
    return { ...standing, ...(reason !== undefined && { reason }) };
  }
}

function secondsOf(name: string, usual: number): number {
  const given = Number(process.env[name] ?? usual);
  return given > 0 ? given : usual;
}
