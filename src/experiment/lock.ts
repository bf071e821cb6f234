import { readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ExperimentError } from '../conduit/index.ts';

/** A record that this process alone writes. */
export interface Lock {
  release(): void;
}

/** Sign of life of the owner, for processes on other hosts that cannot ask for it; and how long none may be missing. */
const BEAT_MS = 10_000;
const DEAD_MS = 120_000;
/** How long a process that is about to end is waited for. */
const DYING_MS = 5000;

/**
 * Takes the lock of a record. A lock whose process has ended, by whatever means, is taken over. Throws ERR_CHECKPOINT while
 * another run writes the record.
 */
export function takeLock(path: string): Lock {
  const file = join(path, 'lock');
  const mine = JSON.stringify({
    host: hostname(),
    pid: process.pid,
    born: birthOf(process.pid),
    token: Math.random(),
  });
  const deadline = performance.now() + DYING_MS;
  while (!create(file, mine)) {
    const owner = ownerOf(file);
    if (owner === undefined) continue;
    // A job that was killed may take a moment to be gone.
    const waits = owner.pid !== process.pid && performance.now() < deadline;
    if (owner.alive && waits) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      continue;
    }
    if (owner.alive)
      throw new ExperimentError(
        'ERR_CHECKPOINT',
        `${path} is being written by another run: process ${owner.pid} on ${owner.host}`,
      );
    remove(file);
  }
  const beat = setInterval(() => {
    const now = new Date();
    // The folder may have been removed meanwhile: that is for the next write to find out.
    if (content(file) === mine) utimesSync(file, now, now);
  }, BEAT_MS);
  beat.unref();
  return {
    release() {
      clearInterval(beat);
      if (content(file) === mine) remove(file);
    },
  };
}

function create(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(file: string): { host: string; pid: number; alive: boolean } | undefined {
  const text = content(file);
  if (text === undefined) return undefined;
  const fresh = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < DEAD_MS;
  let parsed: { host?: string; pid?: number; born?: string };
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    // Being written, or left half written by a machine that lost power.
    return { host: 'an unknown host', pid: 0, alive: fresh };
  }
  const { host = '', pid = 0, born } = parsed;
  const alive = host === hostname() ? runs(pid) && birthOf(pid) === born : fresh;
  return { host, pid, alive };
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, where the system says so: numbers of processes are used again. */
function birthOf(pid: number): string {
  // Linux, proc(5): field 22, counted after the name in parentheses.
  const text = content(`/proc/${pid}/stat`) ?? '';
  const [state, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // A process that has ended and waits for its parent writes no more.
  return state === 'Z' ? 'ended' : (rest[18] ?? '');
}

function content(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
