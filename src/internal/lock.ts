import { readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A lock that this thread holds. */
export interface Lock {
  release(): void;
}

/** The process that holds a lock. */
export interface LockOwner {
  readonly host: string;
  readonly pid: number;
}

const LOOK_MS = 20;
/**
 * Sign of life of a holder, for processes on other hosts, which cannot ask for it; and how long none may be missing. A thread that computes gives
 * none: what is done under a lock without awaiting may take that long.
 */
const BEAT_MS = 10_000;
const DEAD_MS = 300_000;

/**
 * Runs `body` while a lock file stands, one process at a time. A file that a dead process left behind does not
 * count. Blocks the thread.
 */
export function withLock<T>(path: string, body: () => T): T {
  for (;;) {
    const lock = tryLock(path);
    if (!('release' in lock)) {
      pause(LOOK_MS);
      continue;
    }
    try {
      return body();
    } finally {
      lock.release();
    }
  }
}

/** Blocks the thread for so long. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * Takes a lock, a file, or tells who holds it. A lock whose process has ended, by whatever means, is taken over; a process is known by its
 * number and by when it began.
 */
export function tryLock(path: string): Lock | LockOwner {
  const { pid } = process;
  const { FLOTILLA_ATTEMPT: attempt } = process.env;
  const mine = JSON.stringify({ host: hostname(), pid, born: birthOf(pid), attempt, token: Math.random() });
  while (!create(path, mine)) {
    const owner = ownerOf(path);
    if (owner?.alive) return owner;
    if (owner !== undefined) takeAway(path, owner.text);
  }
  const beat = setInterval(() => {
    const now = new Date();
    // The file may have been removed meanwhile: that is for its holder's next write to find out.
    if (content(path) === mine) utimesSync(path, now, now);
  }, BEAT_MS);
  beat.unref();
  return {
    release() {
      clearInterval(beat);
      if (content(path) === mine) unlink(path);
    },
  };
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(path: string): (LockOwner & { readonly alive: boolean; readonly text: string }) | undefined {
  const text = content(path);
  if (text === undefined) return undefined;
  const fresh = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < DEAD_MS;
  let parsed: { host?: string; pid?: number; born?: string; attempt?: string };
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    // Being written, or left half written by a machine that lost power.
    return { host: 'an unknown host', pid: 0, alive: fresh, text };
  }
  const { host = '', pid = 0, born, attempt } = parsed;
  const alive =
    host === hostname() ? runs(pid) && birthOf(pid) === born : fresh && !isEarlierAttempt(attempt);
  return { host, pid, alive, text };
}

/** An attempt of our own job before ours, `NUMBER JOB`: its host may have died, and the scheduler begins none beside another. */
function isEarlierAttempt(theirs: string | undefined): boolean {
  const [number, job] = theirs?.split(' ') ?? [];
  const [ours, ourJob] = process.env.FLOTILLA_ATTEMPT?.split(' ') ?? [];
  return job !== undefined && job === ourJob && Number(number) < Number(ours);
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

function content(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Two that find it abandoned at once must not remove the lock that a third has taken since. */
function takeAway(path: string, abandoned: string): void {
  const aside = `${path}.${process.pid}.${Math.random()}`;
  try {
    renameSync(path, aside);
    if (content(aside) === abandoned) unlink(aside);
    else renameSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function unlink(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
