import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MpiUnavailable } from '../fabric/mpi/binding.ts';
import type { Site } from '../fabric/mpi/sites.ts';
import { temporaryFolder } from '../internal/index.ts';
import { offerInput, type Input } from './input.ts';
import { describeTerminal, EXIT_BROKEN_PIPE, Relay } from './output/index.ts';
import type { Prepared } from './prepare.ts';
import { endProcesses, grace, killProcesses, nameJob } from './processes.ts';
import type { RankSettings } from './rank-data.ts';
import { chooseSite, rootEnvironment, siteVariables } from './site.ts';
import { onEndingSignals } from './signals.ts';
import { UsageError } from './usage-error.ts';

export interface MpiOptions {
  readonly mpi: string | boolean;
  readonly hosts?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly mpiArg?: readonly string[];
}

/** More processes than this on one machine are a slip of the keyboard. */
const MOST_ON_ONE_MACHINE = 1024;

/** Signals that mpirun hands on to the ranks. */
const FORWARDED: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2'];

/** mpirun's output ends at most this long after it. */
const CLOSE_MS = 2000;

/** Variables of schedulers that have given this job hosts, which mpirun finds by itself. */
const ALLOCATIONS = ['SLURM_JOB_ID', 'PBS_JOBID', 'LSB_JOBID', 'PE_HOSTFILE'];

/** Hosts as mpirun is told of them: a list or a file; and how many ranks they hold, as far as they say. */
interface Hosts {
  readonly text: string;
  readonly file: boolean;
  readonly slots: number | undefined;
}

/** Starts the ranks with the site's mpirun and resolves with its exit code. */
export async function runMpi(
  n: number | undefined,
  prepared: Promise<Prepared>,
  settings: RankSettings,
  options: MpiOptions,
): Promise<number> {
  const site = orUsageError(() => chooseSite(typeof options.mpi === 'string' ? options.mpi : undefined));
  const hosts = options.hosts === undefined ? undefined : readHosts(options.hosts);
  if (hosts?.slots !== undefined && n !== undefined && n > hosts.slots) {
    throw new UsageError(`${n} ranks do not fit: the hosts hold ${hosts.slots}`);
  }
  const size = n ?? hosts?.slots ?? availableParallelism();
  if (hosts === undefined && size > MOST_ON_ONE_MACHINE && !ALLOCATIONS.some((name) => name in process.env)) {
    throw new UsageError(
      `${size} ranks do not fit on one machine (at most ${MOST_ON_ONE_MACHINE}): name several with --hosts`,
    );
  }
  const variables = orUsageError(() => siteVariables(site));
  const { url } = await prepared;
  const { job, variables: variablesOfJob } = nameJob();
  const { path: folder } = temporaryFolder();
  const relay = new Relay(folder);
  const input = hosts ? undefined : offerInput(folder, { ...process.env, ...variablesOfJob });
  const env: Record<string, string> = {
    ...options.env,
    ...variables,
    ...variablesOfJob,
    FLOTILLA_PREPARED: url,
    FLOTILLA_TOGETHER: '1',
    FLOTILLA_OUTPUT: relay.path,
    ...(input && { FLOTILLA_INPUT: input.path }),
    FLOTILLA_TERMINAL: describeTerminal(),
    ...(process.env.FLOTILLA_MPI !== undefined && { FLOTILLA_USER_MPI: process.env.FLOTILLA_MPI }),
    ...(settings.label && { FLOTILLA_LABEL: '1' }),
    // Open MPI gives its ranks a terminal of their own, so that Node takes a file for one.
    ...(!process.stdout.isTTY && process.env.FORCE_COLOR === undefined && { NO_COLOR: '1' }),
    ...(hosts && site.family === 'mpich' && { FLOTILLA_HOSTS: '1' }),
  };
  const args = [
    ...launcherArguments(site, size, hosts, env),
    ...(options.mpiArg ?? []),
    process.execPath,
    fileURLToPath(new URL('cli.js', import.meta.url)),
    settings.script,
    ...settings.args,
  ];
  const environment = { ...process.env, ...env, ...(hosts ? {} : rootEnvironment(site)) };
  return launch(site.mpirun, args, environment, job, relay, input);
}

function orUsageError<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof MpiUnavailable ? new UsageError(error.message) : error;
  }
}

/**
 * `a:4,b:4`, or a file with a host a line, `a slots=4` or `a:4`. The families write files differently but lists alike, so a file that says
 * how many ranks each host holds becomes a list.
 */
function readHosts(text: string): Hosts {
  const file = existsSync(text);
  const entries = file
    ? readFileSync(text, 'utf8')
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim())
        .filter((line) => line !== '')
    : text.split(',');
  const hosts = entries.map((entry) => ({
    name: entry.split(/[\s:]/)[0]!,
    slots: Number(/(?::|slots\s*=\s*)(\d+)/.exec(entry)?.[1] ?? NaN),
  }));
  const slots = hosts.reduce((sum, host) => sum + host.slots, 0);
  if (Number.isNaN(slots)) return { text, file, slots: undefined };
  return { text: hosts.map((host) => `${host.name}:${host.slots}`).join(), file: false, slots };
}

function launcherArguments(
  site: Site,
  size: number,
  hosts: Hosts | undefined,
  env: Record<string, string>,
): string[] {
  const args = ['-n', String(size)];
  if (site.family === 'openmpi') {
    if (hosts) args.push(hosts.file ? '--hostfile' : '--host', hosts.text);
    // On this machine alone more ranks than cores are the user's own affair; elsewhere the scheduler's.
    if (!hosts && size > availableParallelism()) args.push('--oversubscribe');
    for (const name of Object.keys(env)) args.push('-x', name);
  } else {
    if (hosts) args.push(hosts.file ? '-f' : '-hosts', hosts.text);
    for (const [name, value] of Object.entries(env)) args.push('-genv', name, value);
  }
  return args;
}

/** Runs mpirun to its end and hands on what the ranks print. */
async function launch(
  mpirun: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  job: string,
  relay: Relay,
  input: Input | undefined,
): Promise<number> {
  const child = spawn(mpirun, args, { stdio: [input ? 'ignore' : 'inherit', 'pipe', 'pipe'], env });
  let code: number | undefined;
  const end = (exitCode: number, signal: NodeJS.Signals) => {
    if (code !== undefined) return;
    code = exitCode;
    // mpirun ends its ranks, unless they have other plans; those of other hosts end with it.
    child.kill(signal);
    setTimeout(() => void killProcesses(job), grace()).unref();
  };
  onEndingSignals(
    (signal, exitCode) => end(exitCode, signal === 'SIGINT' ? signal : 'SIGTERM'),
    () => void killProcesses(job),
  );
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  relay.onBroken = () => end(EXIT_BROKEN_PIPE, 'SIGTERM');
  child.stdout.on('data', (data: Buffer) => relay.write('stdout', data));
  child.stderr.on('data', (data: Buffer) => relay.write('stderr', data));
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      const ended = () => resolve(status ?? (signal === null ? 1 : 128 + constants.signals[signal]));
      child.on('close', ended);
      // Somebody else may hold its output open.
      setTimeout(ended, CLOSE_MS).unref();
    });
  });
  // Those whom nobody has ended: what ranks have started, or ranks that mpirun has lost.
  if (code !== undefined || status !== 0) await endProcesses(job);
  input?.end();
  await relay.end();
  return code ?? (status === 0 ? (relay.code ?? 0) : status);
}
