import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  cancelJobs,
  checkScript,
  findScheduler,
  JobFolder,
  OPTION_KINDS,
  profileOptions,
  resolveJob,
  SCHEDULERS,
  submitScript,
  writeScript,
  type JobOptions,
  type MailEvent,
} from '../cluster/scripts.ts';
import { jobAction } from './job-action.ts';
import { bundle } from './bundle.ts';
import { fillJobFolder } from './job-folder.ts';
import { addFollowing } from './job-follow.ts';
import { UsageError } from './usage-error.ts';

/** What the help says of each option, in the order in which it is listed. */
const HELP: Readonly<Record<keyof JobOptions, readonly [value: string, text: string]>> = {
  name: ['name', 'name of the job (default: the name of the script)'],
  nodes: ['n', 'nodes (default: 1)'],
  ranksPerNode: ['n', 'ranks on each node (default: 1)'],
  cpusPerRank: ['n', 'cores of each rank (default: 1)'],
  threads: ['', 'ranks are threads of one process on one node, without MPI'],
  walltime: ['time', 'limit of time: 30m, 1h30m, 00:30:00 (default: the queue’s)'],
  grace: ['time', 'with --walltime: how long before it programs are asked to stop (default: 5 %)'],
  mem: ['amount', 'memory of a node: 64G, 500M'],
  gpus: ['n', 'GPUs of a node'],
  queue: ['name', 'queue or partition'],
  account: ['name', 'account or project'],
  qos: ['name', 'quality of service'],
  feature: ['name', 'feature that nodes must have; repeatable'],
  exclusive: ['', 'no other job on its nodes'],
  reservation: ['name', 'a reservation'],
  array: ['n', 'so many jobs of this kind'],
  atMost: ['n', 'with --array: so many at the same time'],
  after: ['id', 'wait until that job has ended; repeatable'],
  afterOk: ['id', 'wait until that job has succeeded; repeatable'],
  requeue: ['', 'the scheduler may start it again'],
  output: ['file', 'file of the output (default: the job’s name and id)'],
  join: ['', 'errors go to a file of their own'],
  mail: ['events', 'begin, end, fail: send a mail then'],
  mailTo: ['address', 'with --mail: to whom'],
  chdir: ['folder', 'where it runs (default: where it was submitted)'],
  inherit: ['', 'the environment of this shell goes along'],
  shell: ['path', 'shell of the script (default: /bin/bash)'],
  init: ['line', 'a line that the script begins with; repeatable'],
  module: ['name', 'load an environment module; repeatable'],
  unset: ['name', 'remove a variable; repeatable'],
  env: ['name=value', 'set a variable; repeatable'],
  directive: ['text', 'pass a directive on as it is; repeatable'],
  launcher: ['command', 'srun, mpirun or a command of the site’s own that starts the ranks'],
  node: ['path', 'Node.js (default: this one; "node": the one in PATH)'],
  scheduler: ['name', `${SCHEDULERS.join(', ')} (default: the one whose commands are here)`],
  pe: ['name', 'Grid Engine: the parallel environment (default: mpi, or smp for threads)'],
  sgeMemory: ['name', 'Grid Engine: the resource that limits memory (default: h_vmem)'],
  sgeGpu: ['name', 'Grid Engine: the resource that counts GPUs (default: gpu)'],
};

/** How options that may be repeated are read. */
export interface Readers {
  readonly assignment: (text: string, before?: Record<string, string>) => Record<string, string>;
  readonly collect: (text: string, before?: string[]) => string[];
}

interface Given extends Omit<JobOptions, 'mail' | 'env'> {
  readonly mail?: string;
  readonly env?: Record<string, string>;
  readonly profile?: string;
  readonly out?: string;
  readonly check?: boolean;
  readonly explain?: boolean;
  /** So many jobs of the scheduler at once, each after the one before. */
  readonly chain?: number;
  /** Options as submit() of flotilla/cluster gives them. */
  readonly options?: JobOptions;
}

function links(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 2 && number <= 1000) return number;
  throw new InvalidArgumentError('It must be a whole number from 2 to 1000.');
}

/** `flotilla job …`. */
export function jobCommand(readers: Readers): Command {
  const job = new Command('job')
    .description('jobs of a cluster’s scheduler: write their scripts, submit them, follow them')
    .enablePositionalOptions();
  const write = described(
    job
      .command('write')
      .description('print a job script as a person would have written it; nothing is submitted'),
    readers,
  );
  write
    .option('-o, --out <file>', 'write it there instead of printing it')
    .option('--check', 'try its environment here, and ask the scheduler whether it would take it')
    .option('--explain', 'say of each option where its value comes from')
    .addHelpText('after', EXAMPLES)
    .action(jobAction(writeJob));
  described(
    job.command('submit').description('submit a script as it is now, and print the number of the job'),
    readers,
  )
    .option(
      '--chain <n>',
      'submit n jobs at once, each to go on after the one before: where nodes may not submit',
      links,
    )
    .addOption(new Option('--options <json>').argParser(JSON.parse).hideHelp())
    .addHelpText('after', SUBMIT_EXAMPLES)
    .action(jobAction(submitJob));
  addFollowing(job);
  return job;
}

/** A command that takes a script and what its job needs. */
function described(command: Command, readers: Readers): Command {
  command
    .usage('[options] SCRIPT [ARGS...]')
    .passThroughOptions()
    .argument('<script>', '.ts, .mts, .js or .mjs')
    .argument('[args...]', "the script's arguments, left as they are");
  for (const [name, [value, text]] of Object.entries(HELP)) {
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    command.addOption(option(name as keyof JobOptions, flag, value, text, readers));
  }
  return command.option(
    '--profile <name>',
    'options of that profile in flotilla.clusters.json (default: by host name)',
  );
}

const EXAMPLES = `
Examples:
  flotilla job write --nodes 2 --ranks-per-node 12 --walltime 30m sweep.ts --points 1000
  flotilla job write --scheduler torque --shell /bin/tcsh --module nodejs/20 -o sweep.job sweep.ts
  flotilla job write --profile wm --explain sweep.ts`;

const SUBMIT_EXAMPLES = `
Examples:
  id=$(flotilla job submit --nodes 2 --ranks-per-node 12 --walltime 30m --requeue sweep.ts)
  flotilla job logs -f $id
  flotilla job wait $id`;

function option(
  name: keyof JobOptions,
  flag: string,
  value: string,
  text: string,
  { assignment, collect }: Readers,
): Option {
  const kind = OPTION_KINDS[name];
  if (name === 'join') return new Option('--no-join', text);
  if (kind === 'flag') return new Option(`--${flag}`, text);
  const made = new Option(`--${flag} <${value}>`, text);
  if (kind === 'count') return made.argParser(Number);
  if (kind === 'map') return made.argParser(assignment);
  // Events are a list in one word.
  if (kind === 'list' && name !== 'mail') return made.argParser(collect);
  return made;
}

function writeJob(script: string, args: readonly string[], given: Given): void {
  const { out, check, explain } = given;
  const { own, ofProfile, job, scheduler } = decide(script, args, given);
  const text = writeScript(job, scheduler);
  if (explain) process.stderr.write(sources(own, ofProfile, scheduler));
  if (check) {
    const untried = checkScript(job, scheduler, text);
    process.stderr.write(
      untried === undefined ? 'checked: the scheduler would take it\n' : `not checked: ${untried}\n`,
    );
  }
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text, { mode: 0o755 });
}

/** Fills the folder of the job, submits it and prints its number alone. A job that is refused leaves no folder. */
async function submitJob(script: string, args: readonly string[], given: Given): Promise<void> {
  const { chain = 1, ...rest } = given;
  const decided = decide(script, args, rest);
  const { scheduler } = decided;
  const job = chain > 1 ? { ...decided.job, requeue: true } : decided.job;
  if (chain > 1 && job.array !== undefined) throw new UsageError('an array cannot be a chain');
  const folder = JobFolder.make(job.name);
  const ids: string[] = [];
  try {
    const path = resolve(script);
    if (job.threads) await bundle(path, folder.path);
    else await fillJobFolder(path, folder.path, job.env?.FLOTILLA_MPI);
    if (chain > 1) folder.setChain(chain);
    for (let link = 0; link < chain; link++) {
      const after = [...job.after, ...ids.slice(-1)];
      const text = writeScript({ ...job, after }, scheduler, process.cwd(), folder.path);
      writeFileSync(folder.scriptOf(link), text, { mode: 0o755 });
      ids.push(await submitScript(scheduler, folder.scriptOf(link)));
    }
    const [id, ...more] = ids as [string, ...string[]];
    for (const each of more) folder.addId(each);
    folder.submit({
      name: job.name,
      scheduler,
      id,
      submitted: Date.now(),
      requeue: job.requeue ?? false,
      ...(job.array !== undefined && { array: job.array }),
    });
    process.stdout.write(`${id}\n`);
  } catch (error) {
    if (ids.length > 0) await cancelJobs(scheduler, ids);
    rmSync(folder.path, { recursive: true });
    throw error;
  }
}

/** Options of all places together, and the job that they make. */
function decide(script: string, args: readonly string[], given: Given) {
  const { profile, options: more, mail, join, ...rest } = given;
  const said = Object.entries(rest).filter(([name]) => name in HELP);
  if (!existsSync(script)) throw new UsageError(`there is no script ${script}`);
  const own: JobOptions = {
    ...more,
    ...Object.fromEntries(said),
    // Commander says true of an option that was left out.
    ...(join === false && { join }),
    ...(mail !== undefined && { mail: mail.split(',') as MailEvent[] }),
  };
  const ofProfile = profileOptions(profile);
  const options = { ...ofProfile, ...own };
  const job = resolveJob(options, script, args);
  return { own, ofProfile, job, scheduler: options.scheduler ?? findScheduler() };
}

/** Where the value of each option comes from, a line each. */
function sources(own: JobOptions, ofProfile: JobOptions, scheduler: string): string {
  const names = (Object.keys(HELP) as (keyof JobOptions)[]).filter(
    (name) => name in own || name in ofProfile,
  );
  const lines = names.map((name) => {
    const value = name in own ? own[name] : ofProfile[name];
    return [name, JSON.stringify(value), name in own ? 'given' : 'profile'];
  });
  if (!names.includes('scheduler')) lines.push(['scheduler', JSON.stringify(scheduler), 'found in PATH']);
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map(([a, b, c]) => `${a!.padEnd(widths[0]!)}  ${b!.padEnd(widths[1]!)}  ${c}\n`).join('');
}
