import type { Fabric } from './fabric/fabric.ts';
import type { ThreadsFabric } from './fabric/threads/fabric.ts';
import { describeError } from './internal/index.ts';

/**
 * Ties the end of a rank to its fabric. Over MPI nobody else watches: an error that nobody caught is printed with the rank and ends
 * every rank, and so does an exit code other than 0 (MPI 4.1 §9.5, MPI_Abort). Over threads the launcher sees to that.
 */
export function attach(fabric: Fabric): void {
  if (fabric.name === 'mpi') endWithErrors(fabric);
  process.on('exit', (code) => {
    if (code === 0) fabric.finish();
  });
}

function endWithErrors(fabric: Fabric): void {
  const { rank } = fabric.world;
  process.on('uncaughtException', (error: unknown) => {
    // A program with a handler of its own decides for itself.
    if (process.listenerCount('uncaughtException') > 1) return;
    process.stderr.write(`rank ${rank}: ${describeError(error)}\n`);
    fabric.abort(1);
  });
  process.on('exit', (code) => {
    if (code === 0) return;
    process.stderr.write(`flotilla: rank ${rank} has ended with exit code ${code}: the job ends\n`);
    fabric.abort(code);
  });
}

/** A solo world has no launcher to say what was left behind. */
export function warnAtExit(fabric: ThreadsFabric): void {
  process.on('exit', (code) => {
    if (code !== 0) return;
    for (const line of fabric.leftovers()) process.stderr.write(`flotilla: warning: ${line}\n`);
  });
}
