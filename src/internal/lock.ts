import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';

const LOOK_MS = 20;
/** A lock of another machine tells nothing about its holder: past this age it counts as left behind. */
const FOREIGN_MS = 300_000;

/**
 * Runs `body` while a lock file stands, one process at a time. A file that a dead process left behind does not
 * count. Blocks the thread.
 */
export function withLock<T>(path: string, body: () => T): T {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  while (!take(path)) {
    if (abandoned(path)) remove(path);
    else Atomics.wait(sleep, 0, 0, LOOK_MS);
  }
  try {
    return body();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, `${hostname()} ${process.pid}`);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function abandoned(path: string): boolean {
  try {
    const age = Date.now() - statSync(path).mtimeMs;
    const [host, pid] = readFileSync(path, 'utf8').split(' ');
    // Empty: its holder has not yet written its name, or died before it could.
    return host === hostname() && pid !== undefined ? !alive(Number(pid)) : age > FOREIGN_MS;
  } catch {
    return false; // gone meanwhile
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Two that find it abandoned at once must not remove the lock that a third has taken since. */
function remove(path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (abandoned(aside)) rmSync(aside, { force: true });
    else renameSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
