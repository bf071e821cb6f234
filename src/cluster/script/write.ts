import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterError } from '../error.ts';
import type { Job, SchedulerName } from '../job-options.ts';
import { shellAt, type Shell } from '../shell.ts';
import { clock } from '../units.ts';
import { ranks, type Dialect } from './dialect.ts';
import { gridEngine } from './grid-engine.ts';
import { lsf } from './lsf.ts';
import { pbsPro, torque } from './pbs.ts';
import { slurm } from './slurm.ts';

export const DIALECTS: Readonly<Record<SchedulerName, Dialect>> = {
  slurm,
  pbs: pbsPro,
  torque,
  sge: gridEngine,
  lsf,
};

const INSTALLED = 'node_modules/.bin/flotilla';

/**
 * The script of a job, as a person would have written it: directives, the environment, one command.
 *
 * @param job - what it needs and does
 * @param scheduler - whose directives are written
 * @param folder - where it is submitted: this package is named by a path within it, if it is installed there
 * @param jobFolder - that of a job which is submitted, with what it runs
 * @throws {ClusterError} ERR_OPTION for an option that this scheduler does not have
 */
export function writeScript(
  job: Job,
  scheduler: SchedulerName,
  folder: string = process.cwd(),
  jobFolder?: string,
): string {
  const dialect = DIALECTS[scheduler];
  const shell = shellAt(job.shell);
  const lines = [
    `#!${job.shell}`,
    ...directives(job, dialect).map((line) => `${dialect.prefix} ${line}`),
    '',
    ...environmentLines(job),
    ...home(job, dialect, shell),
    redirected(job, dialect, shell, ['exec', ...command(job, dialect, shell, folder, jobFolder)].join(' ')),
  ];
  return `${lines.join('\n')}\n`;
}

/** Ours and the user's. One that says again what ours says would win or lose, depending on the scheduler. */
function directives(job: Job, dialect: Dialect): string[] {
  const ours = dialect.directives(job);
  const taken = new Set(ours.map((line) => subject(line, dialect)));
  const theirs = job.directive.map((line) =>
    line.startsWith(dialect.prefix) ? line.slice(dialect.prefix.length).trim() : line,
  );
  for (const line of theirs)
    if (taken.has(subject(line, dialect)))
      throw new ClusterError(
        'ERR_OPTION',
        `the directive '${line}' says again what an option says: ${dialect.prefix} ${ours.find((own) => subject(own, dialect) === subject(line, dialect))}`,
      );
  return [...ours, ...theirs];
}

/** What a directive is about: an option, and with `-l`, `-W` and `-R` a resource. */
function subject(line: string, { aliases = {} }: Dialect): string {
  const [, option = line, rest = ''] = /^(--?[\w-]+)[\s=]*(.*)$/.exec(line) ?? [];
  const name = aliases[option] ?? option;
  return /^-[lWR]$/.test(name) ? `${name} ${/^"?[\w.]+/.exec(rest)?.[0] ?? ''}` : name;
}

/** Lines that make the environment of a job, in the words of its shell. */
export function environmentLines({
  shell: path,
  init = [],
  module = [],
  unset = [],
  env = {},
}: Job): string[] {
  const shell = shellAt(path);
  return [
    ...init,
    ...module.map((name) => `module load ${shell.quote(name)}`),
    ...unset.map((name) => shell.unset(name)),
    ...Object.entries(env).map(([name, value]) => shell.set(name, value)),
  ];
}

/** A folder of the user's own is gone to in the shell's words, which take any name. */
function home({ chdir }: Job, dialect: Dialect, shell: Shell): string[] {
  if (chdir !== undefined) return [`cd ${shell.quote(chdir)}`];
  return dialect.home === undefined ? [] : [`cd ${dialect.home}`];
}

function command(
  job: Job,
  dialect: Dialect,
  shell: Shell,
  folder: string,
  jobFolder: string | undefined,
): string[] {
  const installed = existsSync(join(folder, INSTALLED));
  const flotilla = installed ? INSTALLED : fileURLToPath(new URL('../../launch/cli.js', import.meta.url));
  const launcher = job.launcher === undefined ? ['--mpi'] : ['--launcher', job.launcher];
  return [
    job.node,
    flotilla,
    'run',
    ...(job.threads ? [] : launcher),
    '-n',
    String(ranks(job)),
    ...(job.array !== undefined && dialect.silentArrays ? ['--env', `FLOTILLA_ARRAY=${job.array}`] : []),
    ...(job.walltime === undefined ? [] : ['--walltime', clock(job.walltime)]),
    ...(job.grace === undefined ? [] : ['--grace', job.grace]),
    ...(job.requeue ? ['--requeue'] : []),
    ...(jobFolder === undefined ? [] : ['--job', jobFolder]),
    job.script,
    ...job.args,
  ].map((word) => shell.quote(word));
}

function redirected(job: Job, dialect: Dialect, shell: Shell, command: string): string {
  const own = dialect.output?.(job);
  if (own === undefined) return command;
  const file = (suffix: string) => {
    if (job.output !== undefined) return shell.quote(`${job.output}${suffix === '.err' ? suffix : ''}`);
    return own.glob || shell.splits ? `"${own.base}${suffix}"` : `${own.base}${suffix}`;
  };
  const append = job.requeue ?? false; // what the attempt before has printed stays
  if (!job.join) return shell.apart(command, file('.out'), file('.err'), append);
  return shell.both(command, file('.out'), append);
}
