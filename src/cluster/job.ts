import { tmpdir } from 'node:os';
import { ask } from '../internal/index.ts';
import { ClusterError } from './error.ts';
import { signalOf } from './stop-signal.ts';
import { seconds } from './units.ts';

/** Seconds asked for before the limit: 5 % of it, within these. */
const LEAST_GRACE = 30;
const MOST_GRACE = 600;

/** The job of a scheduler in which this program runs. Everything is defined outside of one too. */
export interface ClusterJob {
  /** The scheduler's name of it; undefined outside of a job. */
  readonly id: string | undefined;
  /** How often it has begun before: 0 at first. For a script by hand Grid Engine tells no more than that it has. */
  readonly attempt: number;
  /** When the scheduler ends it; undefined where nothing does. */
  readonly deadline: Date | undefined;
  /** Seconds until then; Infinity without a limit, 0 once it has passed. */
  timeLeft(): number;
  /** Which of the jobs of an array this is, counted from 0 under every scheduler, and how many there are. Outside of an array 0 of 1. */
  readonly array: { readonly index: number; readonly count: number };
  /** This job's share of items: all of them outside of an array, and each in exactly one of an array's jobs. */
  part<T>(items: Iterable<T>): T[];
  /** A folder for temporary files on this node. */
  readonly scratch: string;
  /**
   * Aborts when the program should stop so as to end well: a grace time before the limit, when the scheduler asks for it by SIGTERM or
   * SIGUSR2, before a preemption say, and by `flotilla job stop`. `aborted` is right at any time, in code that never awaits too. It keeps
   * no process alive.
   */
  readonly signal: AbortSignal;
  /**
   * Says that the work is not finished, on all ranks: they go on to their end, and the exit code is then 75 (EX_TEMPFAIL). `flotilla run
   * --requeue` puts the job back into the queue.
   */
  again(): void;
}

/** Exit code of a job that is not finished: EX_TEMPFAIL of sysexits.h. */
export const EXIT_AGAIN = 75;

/**
 * The job in which this program runs. The limit is the scheduler's own where it tells it (Slurm), else that of `flotilla run --walltime`.
 *
 * @example
 * ```ts
 * import { job } from 'flotilla/cluster';
 * for (const item of items) {
 *   if (job.signal.aborted) break;
 *   work(item);
 * }
 * ```
 */
export const job: ClusterJob = makeJob(process.env);

/** The same of any environment, and with a clock in milliseconds, for tests. */
export function makeJob(env: NodeJS.ProcessEnv, now: () => number = Date.now): ClusterJob {
  const limit = limitOf(env);
  let signal: AbortSignal | undefined;
  return {
    id: idOf(env),
    deadline: limit === undefined ? undefined : new Date(limit.end),
    timeLeft: () => (limit === undefined ? Infinity : Math.max(0, (limit.end - now()) / 1000)),
    attempt: Number(
      env.FLOTILLA_ATTEMPT?.split(' ')[0] ??
        env.SLURM_RESTART_COUNT ??
        env.RESTARTED ??
        Number(env.PBS_RUNCOUNT ?? 1) - 1,
    ),
    again() {
      process.exitCode = EXIT_AGAIN;
    },
    get array() {
      return arrayOf(env);
    },
    part(items) {
      const { index, count } = arrayOf(env);
      return Array.from(items).filter((_, i) => i % count === index);
    },
    scratch: env.TMPDIR ?? tmpdir(),
    get signal() {
      return (signal ??= signalOf(limit?.stop, env.FLOTILLA_STOP, now));
    },
  };
}

/** Milliseconds since 1970. */
interface Limit {
  readonly end: number;
  /** When the program is asked to stop. */
  readonly stop: number;
}

function limitOf(env: NodeJS.ProcessEnv): Limit | undefined {
  const told = env.FLOTILLA_LIMIT?.split(' ').map(Number) ?? slurmLimit(env);
  if (told === undefined) return undefined;
  const [from = 0, to = 0, grace] = told;
  return { end: to, stop: to - 1000 * (grace ?? graceOf((to - from) / 1000)) };
}

/** Beginning and end of a job, in milliseconds since 1970, as Slurm tells them. */
function slurmLimit({
  SLURM_JOB_START_TIME: start,
  SLURM_JOB_END_TIME: end,
}: NodeJS.ProcessEnv): readonly [number, number] | undefined {
  if (end === undefined) return undefined;
  return [start === undefined ? Date.now() : 1000 * Number(start), 1000 * Number(end)];
}

/**
 * What `flotilla run` tells its ranks of the limit, in FLOTILLA_LIMIT: beginning and end in milliseconds since 1970, and the grace time in
 * seconds where one was given.
 *
 * @param walltime - such as `30m`, from now on
 * @param grace - how long before the end programs are to stop
 * @throws {ClusterError} ERR_OPTION for what is no time
 */
export function describeLimit(
  walltime: string,
  grace: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const now = Date.now();
  const length = 1000 * seconds(walltime);
  const before = grace === undefined ? [] : [seconds(grace, 'grace')];
  // The scheduler's own begins with the job, not with this command.
  return [...(slurmLimit(env) ?? [now, now + length]), ...before].join(' ');
}

/**
 * The same of a Slurm that tells jobs nothing of their limit, as 22.05 does: it is asked.
 *
 * @returns undefined in other jobs, and where there is no answer
 */
export function askLimit(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { SLURM_JOB_ID: id, SLURM_JOB_END_TIME: told } = env;
  if (id === undefined || told !== undefined) return undefined;
  const command = ['SLURM_TIME_FORMAT=standard', 'squeue', '--noheader', `--jobs=${id}`, '--format=%S %e'];
  // In local time, without a zone.
  const times = ask('env', ...command)
    .trim()
    .split(' ')
    .map((time) => Date.parse(time));
  return times.length === 2 && times.every((time) => time > 0) ? times.join(' ') : undefined;
}

function graceOf(seconds: number): number {
  return Math.min(Math.max(0.05 * seconds, LEAST_GRACE), MOST_GRACE, seconds / 2);
}

function idOf(env: NodeJS.ProcessEnv): string | undefined {
  return (
    env.SLURM_JOB_ID ??
    env.PBS_JOBID ??
    env.LSB_JOBID ??
    (env.SGE_ROOT === undefined ? undefined : env.JOB_ID)
  );
}

/** Slurm and PBS count as we do, Grid Engine and LSF from 1; outside of arrays Grid Engine says 'undefined' and LSF 0. */
function indexOf(env: NodeJS.ProcessEnv): number | undefined {
  const { SLURM_ARRAY_TASK_ID: slurm, SGE_TASK_ID: sge, LSB_JOBINDEX: lsf } = env;
  const pbs = env.PBS_ARRAY_INDEX ?? env.PBS_ARRAYID;
  if (slurm !== undefined) return Number(slurm) - Number(env.SLURM_ARRAY_TASK_MIN ?? 0);
  if (sge !== undefined && sge !== 'undefined') return Number(sge) - 1;
  if (lsf !== undefined && lsf !== '0') return Number(lsf) - 1;
  return pbs === undefined ? undefined : Number(pbs);
}

function arrayOf(env: NodeJS.ProcessEnv): ClusterJob['array'] {
  const index = indexOf(env);
  if (index === undefined) return { index: 0, count: 1 };
  const told =
    (env.SLURM_ARRAY_TASK_ID && (env.SLURM_ARRAY_TASK_COUNT ?? 1)) ??
    (env.SGE_TASK_ID === 'undefined' ? undefined : env.SGE_TASK_LAST) ??
    (env.LSB_JOBINDEX === '0' ? undefined : env.LSB_JOBINDEX_END) ??
    env.FLOTILLA_ARRAY;
  const count = Number(told);
  if (count > 0) return { index, count };
  throw new ClusterError(
    'ERR_SCHEDULER',
    'PBS does not tell how many jobs an array has: set FLOTILLA_ARRAY to it, as scripts of flotilla job write do',
  );
}

/** The job of a scheduler around a process. */
export interface JobAround {
  readonly scheduler: 'slurm' | 'pbs' | 'lsf' | 'sge';
  readonly id: string;
  /** Which of an array, counted from 0. */
  readonly index?: number;
}

/** The job of a scheduler in which this process runs, if there is one. */
export function jobAround(env: NodeJS.ProcessEnv = process.env): JobAround | undefined {
  const id = idOf(env);
  if (id === undefined) return undefined;
  const scheduler =
    env.SLURM_JOB_ID !== undefined
      ? 'slurm'
      : env.PBS_JOBID !== undefined
        ? 'pbs'
        : env.LSB_JOBID !== undefined
          ? 'lsf'
          : 'sge';
  const index = indexOf(env);
  return { scheduler, id, ...(index !== undefined && { index }) };
}
