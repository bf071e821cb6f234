import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const MARK = 'FLOTILLA_JOB';

/** Milliseconds that processes have to end after they were asked to: FLOTILLA_GRACE seconds. */
export function grace(): number {
  const seconds = Number(process.env.FLOTILLA_GRACE ?? 5);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 86_400) * 1000 : 5000;
}
const KILL_MS = 5000;
const LOOK_MS = 50;

/**
 * A name for a job, by which its processes are known, whoever has started them: all inherit the variable FLOTILLA_JOB. A job that a rank of another one
 * starts has a name within that one's.
 */
export function nameJob(): { readonly job: string; readonly variables: { readonly FLOTILLA_JOB: string } } {
  const outer = process.env[MARK];
  const own = `${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
  const job = outer === undefined ? own : `${outer}/${own}`;
  return { job, variables: { FLOTILLA_JOB: job } };
}

/** Sends a signal to all processes of a job on this machine. Returns how many there were. */
export function signalProcesses(job: string, signal: NodeJS.Signals): number {
  const all = processesOf(job);
  for (const pid of all) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
  return all.length;
}

/** Ends all processes of a job on this machine: asks them, and after a while does not ask any more. */
export async function endProcesses(job: string): Promise<void> {
  const until = performance.now() + grace();
  if (signalProcesses(job, 'SIGTERM') === 0) return;
  while (performance.now() < until) {
    await pause(LOOK_MS);
    if (processesOf(job).length === 0) return;
  }
  await killProcesses(job);
}

/** Kills all processes of a job on this machine; those too that are started meanwhile. */
export async function killProcesses(job: string): Promise<void> {
  const until = performance.now() + KILL_MS;
  while (signalProcesses(job, 'SIGKILL') > 0 && performance.now() < until) await pause(LOOK_MS);
}

function processesOf(job: string): number[] {
  const found = process.platform === 'linux' ? byEnvironment(job) : descendants(process.pid);
  return found.filter((pid) => pid !== process.pid);
}

function byEnvironment(job: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
      const at = environment.indexOf(`\0${MARK}=${job}`);
      const next = environment[at + MARK.length + job.length + 2];
      return at >= 0 && (next === '\0' || next === '/') && !isZombie(pid);
    } catch {
      return false; // another user's, or it has ended
    }
  });
}

function isZombie(pid: number): boolean {
  return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, '').slice(0, 4));
}

/** Where environments cannot be read: all below a process. */
function descendants(root: number): number[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = lines.map((line) => line.trim().split(/\s+/).map(Number) as [pid: number, parent: number]);
  const below = new Set([root]);
  for (let before = -1; before !== below.size;) {
    before = below.size;
    for (const [pid, parent] of parents) if (below.has(parent)) below.add(pid);
  }
  return [...below];
}
