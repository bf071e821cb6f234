import type { Ending, Fabric } from './fabric/fabric.ts';
import { describeError } from './internal/index.ts';
import { lastAtExit } from './internal/index.ts';

/** Ranks that call process.exit within this time of each other end as if they had ended by themselves. */
export const TOGETHER_MS = 1000;

/** Exit code of a rank whose top-level await was never settled. */
export const UNSETTLED = 13;

/** Tells the launcher with which code the ranks end. */
export type TellLauncher = (code: number) => void;

let tell: TellLauncher | undefined;

/** How this rank tells its launcher; before it ends. */
export function launcherHears(by: TellLauncher): void {
  tell = by;
}

/**
 * Ties the end of a rank to its fabric. A rank that ends by itself waits for the others, whatever its exit code: the job then has the largest.
 * An error that nobody caught ends every rank at once, and so does process.exit with another code than 0, unless all call it (MPI 4.1 §9.5,
 * MPI_Abort). Over threads the launcher sees to that; over MPI nobody else watches.
 */
export function attach(fabric: Fabric): void {
  if (fabric.name === 'mpi') endWithErrors(fabric);
  fabric.onLeftovers = (lines) => {
    for (const line of lines) process.stderr.write(`flotilla: warning: ${line}\n`);
  };
  let uncaught = false;
  process.on('uncaughtExceptionMonitor', () => {
    uncaught ||= process.listenerCount('uncaughtException') === 0;
  });
  lastAtExit((code, called) => {
    const failed = code !== 0 && (called || uncaught || code === UNSETTLED);
    if (fabric.name === 'mpi') return end(fabric, { code, told: tell !== undefined }, failed);
    if (!failed) fabric.finish({ code, told: false }, Infinity);
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
}

function end(fabric: Fabric, mine: Ending, failed: boolean): void {
  const { code } = mine;
  const longest = failed ? (code === UNSETTLED ? 0 : TOGETHER_MS) : Infinity;
  const all = fabric.finish(mine, longest);
  if (all === undefined) {
    const why = code === UNSETTLED ? ', its top-level await was never settled' : '';
    process.stderr.write(
      `flotilla: rank ${fabric.world.rank} has ended with exit code ${code}${why}: the job ends\n`,
    );
    fabric.abort(code);
  }
  // Told by another way, launchers need not hear it from processes: some take one that ends with a code for a failure, and say so at length.
  if (all.told) tell?.(all.code);
  process.exitCode = all.told ? 0 : all.code;
}
