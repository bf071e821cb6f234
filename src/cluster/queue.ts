import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { ClusterError } from './error.ts';
import { numberOf } from './folder.ts';
import type { SchedulerName } from './job-options.ts';
import { withoutAllocation } from './strip.ts';

/** What a scheduler says of a job. One that it does not know is gone. */
export interface Standing {
  readonly state: 'queued' | 'running' | 'gone';
  /** In the scheduler's words: why it waits, or how it ended. */
  readonly reason?: string;
}

type Command = readonly [string, ...string[]];

/** How a scheduler is spoken to. */
interface Speech {
  /** Submits the script of a file, or of standing input. */
  readonly submit: (file: string) => { readonly command: Command; readonly input?: string };
  /** The number in what it then prints. */
  readonly number: RegExp;
  /** Asks for all jobs of this user at once. */
  readonly list: Command;
  /** What it says of a job, from a line of that. */
  readonly read: (line: string) => readonly [id: string, standing: Standing] | undefined;
  readonly cancel: (ids: readonly string[]) => Command;
}

const RUNNING_IN_SLURM = /^(RUNNING|COMPLETING|SUSPENDED|STOPPED|SIGNALING|STAGE_OUT|RESIZING)$/;
const QUEUED_IN_SLURM =
  /^(PENDING|CONFIGURING|REQUEUED?|REQUEUE_FED|REQUEUE_HOLD|RESV_DEL_HOLD|SPECIAL_EXIT)$/;

/** qstat of PBS Pro and Torque alike: Q, H, W, T wait; C, F, X are over. */
const pbs: Speech = {
  submit: (file) => ({ command: ['qsub', file] }),
  number: /^\s*(\d+\S*)/m,
  list: ['qstat'],
  read(line) {
    const [id = '', ...words] = line.trim().split(/\s+/);
    const state = words.at(-2) ?? '';
    if (!/^\d/.test(id) || !/^[A-Z]$/.test(state)) return undefined;
    if (/[CFX]/.test(state)) return [id, { state: 'gone' }];
    return [id, { state: /[QHWT]/.test(state) ? 'queued' : 'running' }];
  },
  cancel: (ids) => ['qdel', ...ids],
};

const SPEECH: Readonly<Record<SchedulerName, Speech>> = {
  slurm: {
    submit: (file) => ({ command: ['sbatch', '--parsable', file] }),
    number: /^(\d+)/m,
    // Jobs that are over are told of for a while, with how they ended.
    list: ['squeue', '--noheader', '--states=all', `--user=${userInfo().username}`, '--format=%F|%T|%r'],
    read(line) {
      const [id = '', state = '', reason = ''] = line.trim().split('|');
      if (!/^\d+$/.test(id)) return undefined;
      const why = reason === '' || reason === 'None' ? undefined : reason;
      if (RUNNING_IN_SLURM.test(state)) return [id, { state: 'running' }];
      if (QUEUED_IN_SLURM.test(state)) return [id, { state: 'queued', ...(why && { reason: why }) }];
      return [id, { state: 'gone', reason: state }];
    },
    cancel: (ids) => ['scancel', ...ids],
  },
  pbs,
  torque: pbs,
  sge: {
    submit: (file) => ({ command: ['qsub', '-terse', file] }),
    number: /^(\d+)/m,
    list: ['qstat', '-u', userInfo().username],
    // Id, priority, name, user, state: qw, hqw, Rq, Eqw; r, t, s, dr and their kin run.
    read(line) {
      const [id = '', , , , state = ''] = line.trim().split(/\s+/);
      if (!/^\d+$/.test(id)) return undefined;
      if (state.includes('E')) return [id, { state: 'queued', reason: `state ${state}` }];
      return [id, { state: state.includes('q') ? 'queued' : 'running' }];
    },
    cancel: (ids) => ['qdel', ...ids],
  },
  lsf: {
    submit: (file) => ({ command: ['bsub'], input: readFileSync(file, 'utf8') }),
    number: /<(\d+)>/,
    list: ['bjobs', '-a', '-noheader', '-o', 'jobid stat'],
    read(line) {
      const [id = '', state = ''] = line.trim().split(/\s+/);
      if (!/^\d+$/.test(id)) return undefined;
      if (/DONE|EXIT/.test(state)) return [id, { state: 'gone', reason: state }];
      return [id, { state: /PEND|PSUSP|WAIT/.test(state) ? 'queued' : 'running' }];
    },
    cancel: (ids) => ['bkill', ...ids],
  },
};

/**
 * Submits a script. What describes an allocation around this process does not go along.
 *
 * @returns the scheduler's number of the job
 * @throws {ClusterError} ERR_SCHEDULER with the scheduler's complaint
 */
export async function submitScript(scheduler: SchedulerName, file: string): Promise<string> {
  const { submit, number } = SPEECH[scheduler];
  const { command, input } = submit(file);
  const { code, stdout, stderr } = await ask(command, input);
  const id = number.exec(stdout)?.[1];
  if (code !== 0 || id === undefined)
    throw new ClusterError('ERR_SCHEDULER', `the scheduler refused the job: ${`${stdout}${stderr}`.trim()}`);
  return id;
}

/**
 * Cancels jobs. One that is over already is none to complain of.
 *
 * @throws {ClusterError} ERR_SCHEDULER where the scheduler does not answer
 */
export async function cancelJobs(scheduler: SchedulerName, ids: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await ask(SPEECH[scheduler].cancel(ids));
  const said = `${stdout}${stderr}`.trim();
  if (code === 0 || /invalid job id|already|unknown job|not exist|does not|finished|no matching/i.test(said))
    return;
  throw new ClusterError('ERR_SCHEDULER', `the scheduler cancels nothing: ${said}`);
}

/**
 * What a scheduler says of all jobs of this user, by number; undefined where it does not answer. Of an array that runs in part it says
 * running.
 */
export async function listJobs(scheduler: SchedulerName): Promise<Map<string, Standing> | undefined> {
  const { list, read } = SPEECH[scheduler];
  const { code, stdout, stderr } = await ask(list).catch(() => ({ code: 1, stdout: '', stderr: '' }));
  // LSF says by an error that there is none.
  if (code !== 0 && !/no (?:unfinished )?job found/i.test(stderr)) return undefined;
  const jobs = new Map<string, Standing>();
  for (const line of stdout.split('\n')) {
    const said = read(line);
    if (said === undefined) continue;
    const [id, standing] = [numberOf(said[0]), said[1]];
    const before = jobs.get(id);
    if (before === undefined || RANK[standing.state] > RANK[before.state]) jobs.set(id, standing);
  }
  return jobs;
}

const RANK = { gone: 0, queued: 1, running: 2 };

/** How a job ended, by the scheduler's accounting; undefined where that is off. It is none to rely on. */
export async function accountedReason(scheduler: SchedulerName, id: string): Promise<string | undefined> {
  if (scheduler !== 'slurm') return undefined;
  const command: Command = [
    'sacct',
    '--noheader',
    '--allocations',
    `--jobs=${id}`,
    '--format=State',
    '--parsable2',
  ];
  const { code, stdout } = await ask(command).catch(() => ({ code: 1, stdout: '' }));
  const state = stdout.trim().split('\n').at(-1);
  return code !== 0 || state === '' ? undefined : state;
}

interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const ANSWER_MS = 60_000;

function ask([command, ...args]: Command, input = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: withoutAllocation(process.env), timeout: ANSWER_MS });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', (cause) =>
      reject(new ClusterError('ERR_SCHEDULER', `${command} is not here: ${cause.message}`, { cause })),
    );
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
