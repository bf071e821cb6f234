import { launchedBy, launchVariable } from '../fabric/mpi/environment.ts';
import { describeError } from '../internal/index.ts';
import { launcherHears, UNSETTLED } from '../lifecycle.ts';
import { takeInput } from './input.ts';
import {
  EXIT_BROKEN_PIPE,
  openLauncherPipe,
  redirectOutput,
  terminalFrom,
  terminalOf,
} from './output/index.ts';
import { refuseOtherSize } from './preflight.ts';
import { exitCalled } from '../internal/index.ts';
import type { RankSettings } from './rank-data.ts';
import { hearStopRequests } from './rank-signals.ts';
import { mapStacks } from './source-maps.ts';

/**
 * Runs the script as the rank that this process is: of the MPI job around it, or alone.
 *
 * @param prepare - gives what runs the script
 */
export async function runRank(
  settings: RankSettings,
  prepare: () => Promise<() => Promise<unknown>>,
): Promise<void> {
  const { script, args, label } = settings;
  mapStacks();
  hearStopRequests();
  process.argv = [process.execPath, script, ...args];
  // Joins first: a launcher and a library of different families must be told before the script does anything.
  const { parent, world } = await import('../world.ts');
  const { rank, size } = world();
  if (parent() === null) refuseOtherSize(size);
  redirect(rank, label);
  const input = launchVariable('FLOTILLA_INPUT');
  if (input !== undefined) takeInput(rank === 0 && parent() === null ? input : '/dev/null');
  if (launchVariable('FLOTILLA_POOL') === 'futures') {
    const { releaseAtExit, serve } = await import('../pool/ranks/serve.ts');
    if (rank !== 0) {
      serve(world()).catch((error: unknown) => setImmediate(() => raise(error)));
      return;
    }
    releaseAtExit(world());
  }
  // A stack is made when it is first looked at; Node looks when the files that tell its lines are gone.
  process.on('uncaughtExceptionMonitor', (error: unknown) => void describeError(error));
  const load = await prepare();
  // An error of the script is the rank's own and goes the way of all uncaught errors.
  load().then(
    () => (settled = true),
    (error: unknown) => setImmediate(() => raise(error)),
  );
  let settled = false;
  process.on('exit', (code) => {
    // As Node has it for the module of its command line.
    if (!settled && code === 0 && !exitCalled()) process.exitCode = UNSETTLED;
  });
}

/** Through the launcher's pipe where there is one: then what it has is a terminal, whatever mpirun gives to this process. */
function redirect(rank: number, label: boolean): void {
  const path = launchVariable('FLOTILLA_OUTPUT');
  const pipe = path === undefined ? undefined : openLauncherPipe(path);
  if (pipe !== undefined) launcherHears(pipe.code);
  const terminal = launchVariable('FLOTILLA_TERMINAL');
  redirectOutput({
    rank,
    label,
    sinks: pipe,
    terminal: (fd) => {
      if (launchedBy() === undefined) return terminalOf(fd);
      return pipe === undefined ? undefined : terminalFrom(terminal, fd);
    },
    onBroken: () => process.exit(EXIT_BROKEN_PIPE),
  });
}

function raise(error: unknown): never {
  throw error;
}
