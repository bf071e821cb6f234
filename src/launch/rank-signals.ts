import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

/** Hears the signals in place of a rank that computes and never gets to its event loop; ends with the rank. */
const HEAR = `exec 3<&0
(trap '' TERM USR2; exec cat <&3 >/dev/null) &
trap ': > "$1"' TERM USR2
while kill -0 $! 2>/dev/null; do wait $!; done`;

/**
 * Takes signals that a scheduler sends to the ranks themselves for requests to stop: all ranks of the job then find it asked for. A rank
 * of a job that may be put back survives SIGTERM: Slurm sends it when the grace time of a preemption begins, and a job whose ranks end of
 * it has failed and is not put back. SIGUSR1 would start Node's inspector.
 */
export function hearStopRequests(env: NodeJS.ProcessEnv = process.env): void {
  const { FLOTILLA_STOP: file } = env;
  if (file === undefined) return;
  const signals: NodeJS.Signals[] = ['SIGUSR2'];
  if (env.FLOTILLA_REQUEUE !== undefined) signals.push('SIGTERM');
  if (env.SGE_TASK_ID !== undefined) signals.push('SIGUSR1');
  for (const signal of signals)
    process.on(signal, () => {
      try {
        writeFileSync(file, signal, { flag: 'wx' });
      } catch {
        // Another rank has, or the job is over.
      }
    });
  // Slurm sends signals to all processes of a step: one listener a node is enough.
  if (env.FLOTILLA_REQUEUE !== undefined && env.SLURM_LOCALID === '0') listenBeside(file);
}

function listenBeside(file: string): void {
  const listener = spawn('/bin/sh', ['-c', HEAR, 'sh', file], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  listener.on('error', () => undefined);
  listener.stdin.on('error', () => undefined);
  listener.unref();
  if (listener.stdin instanceof Socket) listener.stdin.unref();
}
