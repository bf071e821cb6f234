import { basename, extname } from 'node:path';
import { nearest, OptionChecks, show } from '../internal/index.ts';
import { ClusterError } from './error.ts';
import { memory, seconds, type Memory } from './units.ts';

/** Schedulers that scripts are written for. `sge` is Grid Engine in all its lines, `pbs` PBS Pro and OpenPBS. */
export const SCHEDULERS = ['slurm', 'pbs', 'torque', 'sge', 'lsf'] as const;
export type SchedulerName = (typeof SCHEDULERS)[number];

export type MailEvent = 'begin' | 'end' | 'fail';
const MAIL: readonly MailEvent[] = ['begin', 'end', 'fail'];

/** What a job needs and does; each is an option of `flotilla job` too, written with hyphens. */
export interface JobOptions {
  /** Default: the name of the script. */
  readonly name?: string;
  /** The shell that the script is written for. Default: /bin/bash. */
  readonly shell?: string;
  /** Default: 1. */
  readonly nodes?: number;
  /** Default: 1. */
  readonly ranksPerNode?: number;
  /** Default: 1. */
  readonly cpusPerRank?: number;
  /** `30m`, `1h30m`, `00:30:00`. Default: the queue's. */
  readonly walltime?: string;
  /** With walltime: how long before the limit the program is asked to stop. Default: 5 %, 30 seconds to 10 minutes. */
  readonly grace?: string;
  /** Memory of a node: `64G`. */
  readonly mem?: string;
  /** GPUs of a node. */
  readonly gpus?: number;
  readonly queue?: string;
  readonly account?: string;
  readonly qos?: string;
  /** Features that nodes must have. */
  readonly feature?: readonly string[];
  /** File of the output. Default: the job's name and id. */
  readonly output?: string;
  /** Errors go to the output's file. Default: true. */
  readonly join?: boolean;
  /** Number of jobs in an array; indices count from 0 in the program. */
  readonly array?: number;
  /** How many of an array run at the same time. */
  readonly atMost?: number;
  /** Jobs that must have ended, however. */
  readonly after?: readonly string[];
  /** Jobs that must have succeeded. */
  readonly afterOk?: readonly string[];
  /** No other job on its nodes. */
  readonly exclusive?: boolean;
  readonly reservation?: string;
  readonly mail?: readonly MailEvent[];
  readonly mailTo?: string;
  /** The environment of the submitting shell goes along. Default: false. */
  readonly inherit?: boolean;
  /** Folder in which it runs. Default: where it was submitted. */
  readonly chdir?: string;
  /** The scheduler may start it again, after a preemption say. */
  readonly requeue?: boolean;
  /** Directives passed on as they are. */
  readonly directive?: readonly string[];
  /** Lines that the script begins with, in the shell's own words. */
  readonly init?: readonly string[];
  readonly module?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
  /** Ranks are threads of one process on one node; no MPI. */
  readonly threads?: boolean;
  /** What starts the ranks: `srun`, `mpirun` or a command of the site's own. Default: what suits the scheduler. */
  readonly launcher?: string;
  /** Path of Node.js; `node` takes the one in PATH. Default: the one that runs now. */
  readonly node?: string;
  /** Default: the one whose commands are in PATH. */
  readonly scheduler?: SchedulerName;
  /** Grid Engine: the parallel environment. Default: `mpi`, and `smp` for threads. */
  readonly pe?: string;
  /** Grid Engine: the resource that limits the memory of a slot. Default: `h_vmem`. */
  readonly sgeMemory?: string;
  /** Grid Engine: the resource that counts GPUs. Default: `gpu`. */
  readonly sgeGpu?: string;
}

/** What each option takes, for checks, the command line and profiles. */
export const OPTION_KINDS: Readonly<Record<keyof JobOptions, 'text' | 'count' | 'flag' | 'list' | 'map'>> = {
  name: 'text',
  shell: 'text',
  nodes: 'count',
  ranksPerNode: 'count',
  cpusPerRank: 'count',
  walltime: 'text',
  grace: 'text',
  mem: 'text',
  gpus: 'count',
  queue: 'text',
  account: 'text',
  qos: 'text',
  feature: 'list',
  output: 'text',
  join: 'flag',
  array: 'count',
  atMost: 'count',
  after: 'list',
  afterOk: 'list',
  exclusive: 'flag',
  reservation: 'text',
  mail: 'list',
  mailTo: 'text',
  inherit: 'flag',
  chdir: 'text',
  requeue: 'flag',
  directive: 'list',
  init: 'list',
  module: 'list',
  env: 'map',
  unset: 'list',
  threads: 'flag',
  launcher: 'text',
  node: 'text',
  scheduler: 'text',
  pe: 'text',
  sgeMemory: 'text',
  sgeGpu: 'text',
};

/** A job with everything decided that does not depend on the scheduler. */
export interface Job extends Omit<JobOptions, 'walltime' | 'mem'> {
  readonly name: string;
  readonly shell: string;
  readonly nodes: number;
  readonly ranksPerNode: number;
  readonly cpusPerRank: number;
  readonly node: string;
  readonly join: boolean;
  readonly feature: readonly string[];
  readonly after: readonly string[];
  readonly afterOk: readonly string[];
  readonly mail: readonly MailEvent[];
  readonly directive: readonly string[];
  /** Seconds. */
  readonly walltime: number | undefined;
  readonly mem: Memory | undefined;
  readonly script: string;
  readonly args: readonly string[];
}

const check = new OptionChecks(
  (operation, message) => new ClusterError('ERR_OPTION', message, { operation }),
);

/** Words of a directive: no scheduler's reader of scripts agrees with another one on quotes. */
const WORD = /^[^\s'"\\#!`$;&|<>()]+$/;
const IN_DIRECTIVES = [
  'name',
  'queue',
  'account',
  'qos',
  'reservation',
  'mailTo',
  'pe',
  'sgeMemory',
  'sgeGpu',
] as const;
const LISTS_IN_DIRECTIVES = ['feature', 'after', 'afterOk'] as const;

/**
 * Checks options and fills in what was left out.
 *
 * @throws {ClusterError} ERR_OPTION, with the option and what it takes
 */
export function resolveJob(options: JobOptions, script: string, args: readonly string[]): Job {
  check.names('job', options, Object.keys(OPTION_KINDS));
  for (const [name, kind] of Object.entries(OPTION_KINDS))
    checkKind(name, kind, options[name as keyof JobOptions]);
  const word = (name: string, text: string) => {
    if (!WORD.test(text)) throw refused(`${name} must be one plain word, not ${show(text)}`);
  };
  for (const name of IN_DIRECTIVES) if (options[name] !== undefined) word(name, options[name]);
  for (const name of LISTS_IN_DIRECTIVES) for (const each of options[name] ?? []) word(name, each);
  const { mail = [], mailTo, array, atMost, threads, nodes = 1 } = options;
  if (options.scheduler !== undefined) check.oneOf('job', 'scheduler', options.scheduler, SCHEDULERS);
  for (const event of mail) check.oneOf('job', 'mail', event, MAIL);
  if (mail.length > 0 !== (mailTo !== undefined)) throw refused('mail and mailTo go together');
  if (options.grace !== undefined && options.walltime === undefined) throw refused('grace needs walltime');
  if (options.grace !== undefined) seconds(options.grace, 'grace');
  if (atMost !== undefined && array === undefined) throw refused('atMost needs array');
  if (threads && nodes > 1) throw refused(`threads are those of one node, and nodes is ${nodes}`);
  if (threads && options.launcher !== undefined) throw refused('threads need no launcher');
  for (const name of [...Object.keys(options.env ?? {}), ...(options.unset ?? [])])
    if (!/^[A-Za-z_]\w*$/.test(name)) throw refused(`${show(name)} is no name of a variable`);
  for (const line of [...(options.init ?? []), ...(options.directive ?? [])])
    if (line.includes('\n')) throw refused(`init and directive are lines, not ${show(line)}`);
  return {
    ...options,
    name: options.name ?? nameOf(script),
    shell: options.shell ?? '/bin/bash',
    nodes,
    ranksPerNode: options.ranksPerNode ?? 1,
    cpusPerRank: options.cpusPerRank ?? 1,
    node: options.node ?? process.execPath,
    join: options.join ?? true,
    feature: options.feature ?? [],
    after: options.after ?? [],
    afterOk: options.afterOk ?? [],
    mail,
    directive: options.directive ?? [],
    walltime: options.walltime === undefined ? undefined : seconds(options.walltime),
    mem: options.mem === undefined ? undefined : memory(options.mem),
    script,
    args,
  };
}

/** A script's name as that of a job: a letter first, as PBS has it. */
function nameOf(script: string): string {
  const name = basename(script, extname(script)).replaceAll(/[^\w.-]/g, '_');
  return /^[A-Za-z]/.test(name) ? name : `job_${name}`;
}

function checkKind(name: string, kind: (typeof OPTION_KINDS)[keyof JobOptions], value: unknown): void {
  if (value === undefined) return;
  if (kind === 'count') {
    check.wholeNumber('job', name, value, 1);
    return;
  }
  const isText = (each: unknown) => typeof each === 'string' && each !== '' && !each.includes('\0');
  const right = {
    text: () => isText(value),
    flag: () => typeof value === 'boolean',
    list: () => Array.isArray(value) && value.every(isText),
    map: () =>
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((each) => typeof each === 'string'),
  }[kind]();
  const needs = { text: 'a text', flag: 'true or false', list: 'a list of texts', map: 'an object of texts' }[
    kind
  ];
  if (!right) throw refused(`${name} must be ${needs}, not ${show(value)}`);
}

function refused(message: string): ClusterError {
  return new ClusterError('ERR_OPTION', message);
}

/** The option meant by one that does not exist. */
export function nearestOption(name: string, more: readonly string[] = []): string | undefined {
  return nearest(name, [...Object.keys(OPTION_KINDS), ...more]);
}
