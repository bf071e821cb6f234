/** Starts programs as a user would and collects what they print. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ENDED, type Job } from './jobs.ts';

export const CLI: string = fileURLToPath(new URL('../../dist/launch/cli.js', import.meta.url));
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));
const MARK = 'FLOTILLA_TEST_MARK';
const TIME_OUT_MS = Number(process.env.FLOTILLA_TEST_TIME_OUT_MS ?? 120_000);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, for messages. */
  readonly all: string;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Working folder; the project's if not given. */
  readonly cwd?: string;
  /** Most time it may take; two minutes if not given. */
  readonly timeOutMs?: number;
  /** Options of `flotilla run`. */
  readonly run?: readonly string[];
  /** Each piece of output begins that time anew: a job of many programs has it for each. */
  readonly sinceOutput?: boolean;
  /** Called with a way to send a signal, once it runs. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Called with each piece of output and a way to send a signal. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a command to its end. Rejects when it takes too long or leaves a process behind. */
export async function start(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  const mark = `${process.pid}-${performance.now()}`;
  const env = {
    ...process.env,
    OMPI_ALLOW_RUN_AS_ROOT: '1',
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    ...options.env,
    [MARK]: mark,
  };
  const child = spawn(command, args, { cwd: options.cwd ?? ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  options.onStart?.(kill);
  const heard = (text: string) => {
    if (options.sinceOutput) timer.refresh();
    options.onOutput?.(text, kill);
  };
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    heard(data.toString());
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    heard(data.toString());
  });
  const late = new AbortController();
  const timeOut = options.timeOutMs ?? TIME_OUT_MS;
  const timer = setTimeout(() => {
    late.abort();
    endMarked(mark);
  }, timeOut);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status));
  });
  clearTimeout(timer);
  const what = `${command} ${args.join(' ')}\n${stdout}${stderr}`;
  if (late.signal.aborted) throw new Error(`took more than ${timeOut / 1000} s: ${what}`);
  const left = await remaining(mark);
  if (left.length > 0) {
    endMarked(mark);
    throw new Error(`left processes behind (${left.join(', ')}): ${what}`);
  }
  return { code, stdout, stderr, all: stdout + stderr };
}

/** Processes that carry our mark in their environment. A launcher's helpers may need a moment to end after it. */
async function remaining(mark: string): Promise<number[]> {
  for (let look = 0; look < 50; look++) {
    if (marked(mark).length === 0) return [];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return marked(mark);
}

function marked(mark: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}\0`);
      } catch {
        return false;
      }
    });
}

function endMarked(mark: string): void {
  for (const pid of marked(mark)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

export type FabricName = 'solo' | 'threads' | 'openmpi' | 'mpich';

/** Runs a script on `n` ranks of a fabric. */
export function launch(
  fabric: FabricName,
  n: number,
  script: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Outcome> {
  const how = {
    solo: [],
    threads: ['run', '-n', String(n)],
    openmpi: ['run', '-n', String(n), '--mpi=openmpi'],
    mpich: ['run', '-n', String(n), '--mpi=mpich'],
  }[fabric];
  return start(process.execPath, [CLI, ...how, ...(options.run ?? []), script, ...args], options);
}

/** Fills the folder of a job as `flotilla job submit` does: what is built stands in dist. */
export async function fillJobFolder(script: string, folder: string, mpi?: string): Promise<void> {
  const room = `${ROOT}dist/launch/job-folder.js`;
  const filling = (await import(room)) as typeof import('../../src/launch/job-folder.ts');
  await filling.fillJobFolder(script, folder, mpi);
}

/** Runs jobs over threads one after the other in one process, and gives what each has written to stderr. */
export async function launchJobs(jobs: readonly Job[]): Promise<{ code: number; stderr: string }[]> {
  const driver = `${ROOT}test/harness/jobs.ts`;
  // By the command itself, without a launcher: tsx would be loaded by each thread anew.
  const args = [CLI, driver, JSON.stringify(jobs)];
  const { stderr } = await start(process.execPath, args, { sinceOutput: true });
  const parts = stderr.split(new RegExp(`^${ENDED}(\\d+)\n`, 'm'));
  if (parts.length !== 2 * jobs.length + 1) throw new Error(`not all jobs have ended:\n${stderr}`);
  return jobs.map((_, i) => ({ stderr: parts[2 * i]!, code: Number(parts[2 * i + 1]) }));
}

/** Every fabric with the rank counts to test it at; processes that poll are slow beyond the cores, threads sleep. */
export function layouts(counts: readonly number[], beyond: readonly number[] = []): [FabricName, number][] {
  const multiple: [FabricName, readonly number[]][] = [
    ['threads', [...counts, ...beyond]],
    ['openmpi', counts],
    ['mpich', counts],
  ];
  return [
    ['solo', 1],
    ...multiple.flatMap(([fabric, ns]) => ns.map((n): [FabricName, number] => [fabric, n])),
  ];
}
