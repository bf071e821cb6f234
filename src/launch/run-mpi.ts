import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { MpiUnavailable } from '../fabric/mpi/binding.ts';
import { temporaryFolder } from '../internal/index.ts';
import type { Allocation } from './allocation.ts';
import { offerInput, type Input } from './input.ts';
import { chooseLauncher, mpirunArguments, readHosts, srunArguments, type Hosts } from './launchers.ts';
import { describeTerminal, EXIT_BROKEN_PIPE, Relay } from './output/index.ts';
import { folderOf } from './job-folder.ts';
import type { Prepared } from './prepare.ts';
import { endProcesses, grace, killProcesses, nameJob } from './processes.ts';
import { rankCommand } from './rank-command.ts';
import type { RankSettings } from './rank-data.ts';
import { chooseSite, knownSite, rootEnvironment, siteVariables } from './site.ts';
import { hearsStopRequests, onEndingSignals } from './signals.ts';
import { orUsageError, UsageError } from './usage-error.ts';

export interface MpiOptions {
  readonly mpi: string | boolean;
  readonly hosts?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly mpiArg?: readonly string[];
  readonly launcher?: string;
  /** The scheduler's job around this process. */
  readonly allocation?: Allocation | undefined;
  /** The folder of the job must be seen on all hosts. */
  readonly strict?: boolean;
  /** A folder that all hosts see. */
  readonly within?: string | undefined;
}

/** More processes than this on one machine are a slip of the keyboard. */
const MOST_ON_ONE_MACHINE = 1024;

/** Signals that mpirun hands on to the ranks. */
const FORWARDED: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2'];

/** mpirun's output ends at most this long after it. */
const CLOSE_MS = 2000;

/**
 * Starts the ranks and resolves with the launcher's exit code. In the job of a scheduler, hosts and ranks are those that it has given.
 *
 * @param n - number of ranks; without it as many as there are slots, or cores
 */
export async function runMpi(
  n: number | undefined,
  prepared: Promise<Prepared>,
  settings: RankSettings,
  options: MpiOptions,
): Promise<number> {
  const named = typeof options.mpi === 'string' ? options.mpi : undefined;
  const hosts = options.hosts === undefined ? undefined : readHosts(options.hosts);
  const allocation = hosts === undefined ? options.allocation : undefined;
  const size = sizeOf(n, hosts, allocation);
  const site = orUsageError(MpiUnavailable, () => knownSite(named));
  const launcher = chooseLauncher(options.launcher, site, allocation);
  const script = await prepared;
  const variables = orUsageError(MpiUnavailable, () => siteVariables(site, folderOf(script)));
  const { job, variables: variablesOfJob } = nameJob();
  const { path: folder } = temporaryFolder(options.within);
  const relay = new Relay(folder);
  const several = hosts !== undefined || (allocation?.hosts.length ?? 1) > 1;
  const input = several ? undefined : offerInput(folder, { ...process.env, ...variablesOfJob });
  const env: Record<string, string> = {
    ...options.env,
    ...variables,
    ...variablesOfJob,
    FLOTILLA_PREPARED: script.url,
    FLOTILLA_TOGETHER: '1',
    FLOTILLA_RANKS: String(size),
    FLOTILLA_OUTPUT: relay.path,
    ...(input && { FLOTILLA_INPUT: input.path }),
    FLOTILLA_TERMINAL: describeTerminal(),
    ...(process.env.FLOTILLA_MPI !== undefined && { FLOTILLA_USER_MPI: process.env.FLOTILLA_MPI }),
    ...(settings.label && { FLOTILLA_LABEL: '1' }),
    // Open MPI gives its ranks a terminal of their own, so that Node takes a file for one.
    ...(!process.stdout.isTTY && process.env.FORCE_COLOR === undefined && { NO_COLOR: '1' }),
    ...(several && site.family === 'mpich' && { FLOTILLA_HOSTS: '1' }),
  };
  const { file } = script;
  const start = { script: settings.script, file, otherwise: options.strict !== true };
  const rank = [...rankCommand(start), ...settings.args];
  const { command, args, environment } = ((): Start => {
    const all = { ...process.env, ...env };
    if (launcher.kind === 'command') {
      const own = rankCommand({ ...start, told: tell(folder, env) });
      return { command: launcher.command, args: [...own, ...settings.args], environment: process.env };
    }
    if (launcher.kind === 'srun') {
      if (allocation === undefined) throw new UsageError('--launcher srun needs a job of Slurm around it');
      const own = [...srunArguments(launcher.pmi, size, allocation), ...(options.mpiArg ?? [])];
      return { command: 'srun', args: [...own, ...rank], environment: all };
    }
    const { mpirun } = orUsageError(MpiUnavailable, () => chooseSite(named));
    const own = mpirunArguments(site, size, hosts, allocation !== undefined, env);
    const root = several && allocation === undefined ? {} : rootEnvironment(site);
    return {
      command: mpirun,
      args: [...own, ...(options.mpiArg ?? []), ...rank],
      environment: { ...all, ...root },
    };
  })();
  return launch(command, args, environment, job, relay, input);
}

interface Start {
  readonly command: string;
  readonly args: string[];
  readonly environment: NodeJS.ProcessEnv;
}

function sizeOf(n: number | undefined, hosts: Hosts | undefined, allocation: Allocation | undefined): number {
  const slots = allocation?.slots ?? hosts?.slots;
  if (slots !== undefined && n !== undefined && n > slots) {
    const holder = allocation === undefined ? 'the hosts hold' : `${allocation.title} has`;
    throw new UsageError(`${n} ranks do not fit: ${holder} ${slots}`);
  }
  const size = n ?? slots ?? availableParallelism();
  if (hosts === undefined && allocation === undefined && size > MOST_ON_ONE_MACHINE) {
    throw new UsageError(
      `${size} ranks do not fit on one machine (at most ${MOST_ON_ONE_MACHINE}): name several with --hosts`,
    );
  }
  return size;
}

/** Writes what ranks are to know into a file: launchers differ in the variables that they hand on. */
function tell(folder: string, env: Readonly<Record<string, string>>): string {
  const path = join(folder, 'told.json');
  writeFileSync(path, JSON.stringify(env));
  return path;
}

/** Runs the launcher to its end and hands on what the ranks print. */
async function launch(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  job: string,
  relay: Relay,
  input: Input | undefined,
): Promise<number> {
  const child = spawn(command, args, {
    stdio: [input ? 'ignore' : 'inherit', 'pipe', 'pipe'],
    env,
    // Schedulers send signals to the group of the job's script; mpirun would hand them on or end its ranks.
    detached: hearsStopRequests(),
  });
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
  if (!hearsStopRequests()) for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  relay.onBroken = () => end(EXIT_BROKEN_PIPE, 'SIGTERM');
  child.stdout.on('data', (data: Buffer) => relay.write('stdout', data));
  child.stderr.on('data', (data: Buffer) => relay.write('stderr', data));
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', ({ message }) => reject(new UsageError(`the launcher cannot be started: ${message}`)));
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
