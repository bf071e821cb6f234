import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastAtExit } from './last-at-exit.ts';

/** Reads until this process has closed its end or died, then removes. */
const REMOVE = 'read -r _; rm -rf "$1"';

/**
 * Makes a folder that is removed when this thread or process ends, whichever way: a signal while it computes, MPI_Abort and SIGKILL
 * call no listener. So a shell outside its session waits for the end of a pipe.
 */
export function temporaryFolder(within: string = tmpdir()): {
  readonly path: string;
  readonly remove: () => void;
} {
  const path = mkdtempSync(join(within, 'flotilla-'));
  const watcher = spawn('/bin/sh', ['-c', REMOVE, 'sh', path], {
    cwd: '/',
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => undefined); // No such shell: what is left is the listener.
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  if (watcher.stdin instanceof Socket) watcher.stdin.unref();
  const remove = () => {
    rmSync(path, { recursive: true, force: true });
    watcher.stdin.destroy();
    forget();
  };
  // What ranks report at their end may name lines of files in it.
  const forget = lastAtExit(remove);
  return { path, remove };
}
