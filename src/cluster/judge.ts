import type { Submitted } from './folder.ts';
import type { Standing } from './queue.ts';
import type { Try } from './tries.ts';

/** Where a job stands. */
export interface JobState {
  /** `lost`: the scheduler no longer has it, and it has not written down its end. */
  readonly state: 'queued' | 'running' | 'ended' | 'cancelled' | 'lost';
  /** Its exit code, once it is over: of an array the largest one; 143 for one that was cancelled, 1 for one that is lost. */
  readonly code?: number;
  /** In the words of the scheduler or of `flotilla run`. */
  readonly reason?: string;
  /** How often it has begun, in an array all together. */
  readonly attempts: number;
}

/** A job that is over. */
export interface JobEnd extends JobState {
  readonly code: number;
}

export const isOver = (state: JobState): state is JobEnd => state.code !== undefined;

const CANCELLED = 143;
const LOST = 1;

/**
 * Where a job stands, by its own record, and where that does not say, by the scheduler: what is written down is the truth.
 *
 * @param tries - attempts of each job of an array, or of a single job those of one
 * @param standing - what the scheduler says; undefined where it has not answered
 * @param seen - whether somebody has cancelled it, and whether it has been gone for too long
 */
export function judge(
  { requeue }: Submitted,
  tries: readonly (readonly Try[])[],
  standing: Standing | undefined,
  seen: { readonly cancelled: boolean; readonly lost: boolean },
): JobState {
  const attempts = tries.flat().length;
  const last = tries.map((each) => each.at(-1));
  const hasEnded = (each: Try | undefined) => each?.end !== undefined && each.again !== true;
  // A scheduler that has asked a job for its end may put it back by itself, or has been told to cancel it.
  const isCertain = (each: Try | undefined) =>
    hasEnded(each) && !((requeue || seen.cancelled) && each?.asked === true);
  const gone = standing?.state === 'gone';
  const word = (text: string | undefined) => (text === undefined ? {} : { reason: text });
  const ended = (): JobState => {
    const code = Math.max(...last.map((each) => each?.code ?? LOST));
    return { state: 'ended', code, attempts, ...word(last.find((each) => each?.reason)?.reason) };
  };
  if (last.every(isCertain)) return ended();
  if (gone && (seen.cancelled || standing.reason?.startsWith('CANCELLED')))
    return { state: 'cancelled', code: CANCELLED, attempts };
  if (gone && last.every(hasEnded)) return ended();
  if (gone && seen.lost) {
    const reason = standing.reason ?? 'the scheduler no longer has it, and it has not written down its end';
    return { state: 'lost', code: LOST, attempts, reason };
  }
  const runs = last.some((each) => each !== undefined && each.end === undefined);
  if (standing === undefined || gone) return { state: runs ? 'running' : 'queued', attempts };
  return { state: standing.state === 'queued' ? 'queued' : 'running', attempts, ...word(standing.reason) };
}
