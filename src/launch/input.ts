import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { isatty } from 'node:tty';

/** The launcher's standard input for rank 0. */
export interface Input {
  /** What rank 0 reads instead of what mpirun gives it. */
  readonly path: string;
  /** Stops it. */
  end(): void;
}

/**
 * Leads the standard input of this process to rank 0 of a job on this machine: MPICH's mpirun gives up when a rank reads more slowly than it is written.
 * Undefined for a terminal, which mpirun hands on well enough.
 */
export function offerInput(folder: string, env: NodeJS.ProcessEnv): Input | undefined {
  if (isatty(0)) return undefined;
  const path = join(folder, 'input');
  execFileSync('mkfifo', ['-m', '600', path]);
  // It waits until rank 0 has opened the other end.
  const pump = spawn('sh', ['-c', 'exec cat > "$0"', path], { stdio: ['inherit', 'ignore', 'ignore'], env });
  pump.on('error', () => undefined);
  return { path, end: () => void pump.kill('SIGKILL') };
}

/** Makes it descriptor 0 of this process, which then has it as process.stdin and whoever reads the descriptor too. */
export function takeInput(path: string): void {
  closeSync(0);
  // The lowest one that is free.
  openSync(path, 'r');
}
