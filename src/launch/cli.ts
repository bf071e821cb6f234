#!/usr/bin/env node
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { launcherFamily, launchVariable, leaveLauncher } from '../fabric/mpi/environment.ts';
import { allocationOf, type Allocation } from './allocation.ts';
import { refuseLoneTasks, refuseUnavailable } from './preflight.ts';
import type { Attempt } from './attempt.ts';
import { exit, fail } from './leave.ts';
import type { ShownLanguage } from './kernel-show.ts';
import type { Prepared } from './prepare.ts';
import { onEndingSignals } from './signals.ts';
import { EXIT_USAGE, orUsageError, UsageError } from './usage-error.ts';

const SCRIPT = /\.[mc]?[jt]sx?$/;

interface RunOptions {
  readonly n?: number;
  readonly mpi?: string | boolean;
  readonly hosts?: string;
  readonly label?: boolean;
  readonly env?: Record<string, string>;
  readonly mpiArg?: string[];
  readonly pool?: boolean;
  readonly synchro?: boolean;
  readonly launcher?: string;
  readonly job?: string;
  readonly walltime?: string;
  readonly grace?: string;
  readonly requeue?: boolean;
}

interface RankOptions {
  readonly solo?: boolean;
  readonly spawned?: string;
  readonly told?: string;
}

interface KernelOptions {
  readonly language: ShownLanguage;
  readonly dims: string;
  readonly place?: string[];
}

function ranks(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 1_000_000) return number;
  if (text.startsWith('p')) throw new InvalidArgumentError('-np is written -n here: -n 2.');
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

function assignment(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/**
 * Arguments with `--mpi x.ts` made `--mpi= x.ts`: the option's value can be left out, and a script is none. What follows the script is its own.
 */
function withoutTakenScript(args: readonly string[]): string[] {
  const script = args.findIndex((arg) => SCRIPT.test(arg) && !arg.startsWith('-'));
  return args.map((arg, i) => (arg === '--mpi' && i + 1 === script ? '--mpi=' : arg));
}

const collect = (text: string, before: string[] = []) => [...before, text];

function existing(script: string): string {
  const path = resolve(script);
  if (existsSync(path) && statSync(path).isFile()) return path;
  const folder = dirname(path);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.[mc]?[jt]s$/.test(name)) : [];
  const near = names.find(
    (name) => path.endsWith(`/${name.replace(/\.[^.]+$/, '')}`) || name.startsWith(script),
  );
  throw new UsageError(`there is no script ${script}${near ? `: did you mean ${near}?` : ''}`);
}

async function run(script: string, args: string[], options: RunOptions): Promise<number> {
  const family = launcherFamily(process.env);
  if (family !== undefined) {
    const right = `flotilla ${script} ${args.join(' ')}`.trim();
    throw new UsageError(
      `this process is a rank of a job already (${family}): "run" starts a job of its own; use "${right}"`,
    );
  }
  const path = options.job === undefined ? existing(script) : resolve(script);
  const overMpi = [options.mpi, options.hosts, options.launcher].some((option) => option !== undefined);
  const allocation = overMpi && options.hosts === undefined ? allocationOf() : undefined;
  const within = sharedFolder(allocation);
  const attempt = await attemptOf(options, allocation, within);
  if (typeof attempt === 'number') return attempt;
  if (attempt?.unwanted) return attempt.end(EXIT_UNWANTED);
  try {
    const code = await runRanks(path, args, options, allocation, within, attempt?.variables);
    return attempt === undefined ? await again(code, options) : attempt.end(code);
  } catch (error) {
    attempt?.end(error instanceof UsageError ? EXIT_USAGE : 1);
    throw error;
  }
}

/** The code of a job that was stopped or cancelled before it began. */
const EXIT_UNWANTED = 143;

/** Variables that schedulers set in their jobs. */
const IN_A_JOB = ['SLURM_JOB_ID', 'PBS_JOBID', 'LSB_JOBID', 'JOB_ID'];

async function attemptOf(
  options: RunOptions,
  allocation: Allocation | undefined,
  within: string | undefined,
): Promise<Attempt | number | undefined> {
  if (options.job === undefined && IN_A_JOB.every((name) => process.env[name] === undefined))
    return undefined;
  const { Attempt } = await import('./attempt.ts');
  return Attempt.over(options) ?? Attempt.begin(options, allocation, within);
}

async function runRanks(
  path: string,
  args: string[],
  options: RunOptions,
  allocation: Allocation | undefined,
  within: string | undefined,
  ofAttempt: Readonly<Record<string, string>> | undefined,
): Promise<number> {
  const overMpi = [options.mpi, options.hosts, options.launcher].some((option) => option !== undefined);
  const prepared = prepareJob(path, options, overMpi, within);
  // Whoever waits for it hears of a failure; until then it is not unhandled.
  prepared.catch(() => undefined);
  const settings = { script: path, args, label: options.label ?? false };
  const variables = {
    ...options.env,
    ...ofAttempt,
    ...poolVariable(options),
    ...(await limitVariable(options)),
  };
  try {
    if (overMpi) {
      const { runMpi } = await import('./run-mpi.ts');
      return await runMpi(options.n, prepared, settings, {
        ...options,
        env: variables,
        mpi: options.mpi === undefined || options.mpi === '' ? true : options.mpi,
        allocation,
        within,
        strict: options.job !== undefined,
      });
    }
    if (options.mpiArg) throw new UsageError('--mpi-arg needs --mpi');
    const { MAX_RANKS, runThreads } = await import('./run-threads.ts');
    const env = { ...process.env, ...variables };
    const size = options.n ?? availableParallelism();
    if (size > MAX_RANKS) {
      throw new UsageError(`${size} ranks do not fit: over threads ${MAX_RANKS} do; more need --mpi`);
    }
    return await runThreads(size, prepared, settings, env);
  } finally {
    await prepared.then(
      (script) => script.dispose(),
      () => undefined,
    );
  }
}

/** The file of a job that was submitted; one for the hosts of this one; or the script and its modules for ranks on this machine. */
async function prepareJob(
  path: string,
  { job, hosts }: RunOptions,
  overMpi: boolean,
  within: string | undefined,
): Promise<Prepared> {
  const { preparedIn, prepareForHosts } = await import('./job-folder.ts');
  if (job !== undefined) return preparedIn(job);
  const shared = hosts === undefined ? within : jobFolder();
  if (shared !== undefined) return prepareForHosts(path, shared);
  const { prepare } = await import('./prepare.ts');
  return prepare(path, !overMpi);
}

/** Where files lie that all hosts of a job must see: the folder in which it runs. */
function sharedFolder(allocation: Allocation | undefined): string | undefined {
  return (allocation?.hosts.length ?? 1) === 1 ? undefined : jobFolder();
}

function jobFolder(): string {
  const folder = resolve('.flotilla');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Says of a job outside of a scheduler's that nobody puts it back. */
async function again(code: number, options: RunOptions): Promise<number> {
  if (!options.requeue) return code;
  const { EXIT_AGAIN, requeue } = await import('../cluster/scripts.ts');
  if (code !== EXIT_AGAIN) return code;
  const { reason } = requeue(() => undefined, undefined);
  process.stderr.write(`flotilla: the job is not finished and was not put back: ${reason}\n`);
  return code;
}

/** Tells the ranks when the job ends. */
async function limitVariable({ walltime, grace }: RunOptions): Promise<Record<string, string>> {
  if (walltime === undefined) {
    if (grace !== undefined) throw new UsageError('--grace needs --walltime');
    if (process.env.SLURM_JOB_ID === undefined) return {};
    const { askLimit } = await import('../cluster/scripts.ts');
    const limit = askLimit();
    return limit === undefined ? {} : { FLOTILLA_LIMIT: limit };
  }
  const { ClusterError, describeLimit } = await import('../cluster/scripts.ts');
  return { FLOTILLA_LIMIT: orUsageError(ClusterError, () => describeLimit(walltime, grace)) };
}

/** Tells the ranks how they share the script, and pools which mode they have. */
function poolVariable({ pool, synchro }: RunOptions): Record<string, string> {
  if (pool && synchro) throw new UsageError('--pool and --synchro exclude each other');
  if (pool) return { FLOTILLA_POOL: 'futures' };
  return synchro ? { FLOTILLA_POOL: 'synchro' } : {};
}

async function be(script: string, args: string[]): Promise<void> {
  const { runRank } = await import('./rank-process.ts');
  const { prepare } = await import('./prepare.ts');
  const path = existing(script);
  const settings = { script: path, args, label: process.env.FLOTILLA_LABEL === '1' };
  const run = async () => {
    const url = prepared() ?? (await prepare(path)).url;
    return () => import(url);
  };
  await runRank(settings, run).catch(refuseUnavailable);
}

/** What the launcher has prepared, unless this is another host that does not see it. */
function prepared(): string | undefined {
  const url = launchVariable('FLOTILLA_PREPARED');
  return url !== undefined && existsSync(fileURLToPath(url)) ? url : undefined;
}

/** A rank that another rank's spawn has started. */
async function beSpawned(text: string): Promise<void> {
  const { decodeProgram } = await import('../fabric/mpi/spawn.ts');
  const { script, args, env } = decodeProgram(text);
  Object.assign(process.env, env);
  delete process.env.FLOTILLA_PREPARED; // the script of those who spawned
  await be(script, [...args]);
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('flotilla')
  .description('MPI for Node.js: one program on every core and every node.')
  .version(version)
  .usage(
    'run [options] SCRIPT [ARGS...]\n       flotilla SCRIPT [ARGS...]   (one rank, under mpirun or srun; without them a world of one)',
  )
  .showSuggestionAfterError()
  .enablePositionalOptions()
  .passThroughOptions()
  .argument('[script]', 'run as one rank of the job that mpirun or srun has started')
  .argument('[args...]', "the script's arguments")
  .option('--solo', 'a world of one rank, whatever has started this process')
  .addOption(new Option('--spawned <program>').hideHelp())
  .addOption(new Option('--told <file>').hideHelp())
  .action((script: string | undefined, args: string[], options: RankOptions) => {
    const { solo, spawned, told } = options;
    if (spawned !== undefined) return beSpawned(spawned);
    if (script === undefined) return program.help({ error: true });
    // By a launcher that hands on no variables.
    if (told !== undefined) Object.assign(process.env, JSON.parse(readFileSync(told, 'utf8')));
    if (solo) leaveLauncher();
    else refuseLoneTasks();
    return be(script, args);
  });

program
  .command('run')
  .description(
    'start a job: ranks are threads of this process, or with --mpi processes of the MPI installed here',
  )
  .usage('[options] SCRIPT [ARGS...]')
  .passThroughOptions()
  .argument('<script>', '.ts, .mts, .js or .mjs')
  .argument('[args...]', "the script's arguments, left as they are")
  .option('-n <ranks>', 'number of ranks (default: the number of cores)', ranks)
  .option('--mpi [which]', 'over MPI: openmpi, mpich or the path of an mpirun (default: the one found first)')
  .option('--hosts <list>', 'with --mpi: host:slots,host:slots or a host file')
  .option('--launcher <command>', 'over MPI by srun, mpirun or a command of the site (default: what suits)')
  .option('--walltime <time>', 'the limit of this job, 30m or 00:30:00: job.signal aborts before it')
  .option('--grace <time>', 'with --walltime: how long before (default: 5 %, 30 s to 10 min)')
  .option('--requeue', "put the scheduler's job back into the queue when the program says job.again()")
  .option(
    '--job <folder>',
    'run what was put there when the job was submitted; SCRIPT may have changed since',
  )
  .option('--pool', 'rank 0 runs the script, the other ranks serve its pools')
  .option('--synchro', 'all ranks run the script and share the tasks of its pools')
  .option('--label', 'begin each line of output with the rank')
  .option('--env <name=value>', 'set a variable for all ranks; repeatable', assignment)
  .addOption(new Option('--mpi-arg <arg>', 'pass an argument on to mpirun; repeatable').argParser(collect))
  .addHelpText(
    'after',
    `
Exit codes: that of the rank that ended the job; 1 for an uncaught error or a deadlock, 2 for a mistake in the command,
130 and 143 after SIGINT and SIGTERM.

Examples:
  flotilla run -n 4 sweep.ts --points 1000
  flotilla run --mpi=mpich -n 8 --label sweep.ts
  flotilla run --hosts a:16,b:16 -n 32 sweep.ts`,
  )
  .action(async (script: string, args: string[], options: RunOptions) => {
    // While nothing runs yet.
    const leave = (_: NodeJS.Signals, code: number) => process.exit(code);
    onEndingSignals(leave, () => undefined);
    exit(await run(script, args, options));
  });

program
  .command('doctor')
  .description('say what this machine offers: Node.js, cores, MPI families, the binding')
  .action(async () => {
    const { doctor } = await import('./doctor.ts');
    exit(await doctor());
  });

program
  .command('report')
  .description('write one HTML page of the record of a run: convergence, parameters, posterior, teams')
  .argument('<dir>', 'the folder that the run was given')
  .option('-o, --out <file>', 'where to write it (default: DIR/report.html)')
  .action(async (dir: string, { out }: { out?: string }) => {
    const { makePage } = await import('../report/page.ts');
    const path = out ?? join(dir, 'report.html');
    const page = await makePage(dir).catch((error: unknown) => {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    });
    writeFileSync(path, page);
    process.stdout.write(`${path}\n`);
  });

program
  .command('kernel')
  .description('show what is generated of the kernels that a file exports')
  .command('show')
  .description(
    'print, of each kernel that a file exports, what it reads and writes, flops, bytes and its text',
  )
  .argument('<script>', '.ts, .mts, .js or .mjs')
  .addOption(
    new Option('--language <which>', 'text to print').choices(['wat', 'c', 'wgsl', 'none']).default('wat'),
  )
  .addOption(new Option('--dims <n>', 'dimensions of the grid').choices(['1', '2', '3']).default('2'))
  .option('--place <field=place>', 'place of a field, such as q.x=vc; repeatable (default: centers)', collect)
  .action(async (script: string, { language, dims, place }: KernelOptions) => {
    const [{ prepare }, { showKernels }] = await Promise.all([
      import('./prepare.ts'),
      import('./kernel-show.ts'),
    ]);
    const prepared = await prepare(existing(script));
    try {
      process.stdout.write(await showKernels(prepared, language, Number(dims), place ?? []));
    } finally {
      prepared.dispose();
    }
  });

// Most commands need nothing of it.
if (process.argv[2] === 'job')
  program.addCommand((await import('./job.ts')).jobCommand({ assignment, collect }));
else program.command('job').description('jobs of a cluster’s scheduler: write, submit, follow');

// Commander's own complaints are usage errors too.
const commands = (command: Command): Command[] => [command, ...command.commands.flatMap(commands)];
for (const command of commands(program))
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_USAGE));
program.parseAsync(withoutTakenScript(process.argv.slice(2)), { from: 'user' }).catch(fail);
