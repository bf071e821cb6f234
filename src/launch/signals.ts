/** Signals that end a job, with the exit codes that shells give to such an end. */
const ENDING: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
];

let stopRequest: ((signal: NodeJS.Signals) => void) | undefined;
/** When SIGTERM came first. A scheduler may send it twice, to the process and to its group. */
let stopped = Infinity;
const TWICE_MS = 1000;

/**
 * Takes these signals for requests to stop in good order, as the job of a scheduler has them: the first SIGTERM too. One that follows it
 * ends the job as everywhere else.
 */
export function onStopRequests(
  signals: readonly NodeJS.Signals[],
  ask: (signal: NodeJS.Signals) => void,
): void {
  stopRequest = ask;
  for (const signal of signals) if (signal !== 'SIGTERM') process.on(signal, () => ask(signal));
}

/** Whether signals of users are requests to stop, and none of them is the ranks'. */
export function hearsStopRequests(): boolean {
  return stopRequest !== undefined;
}

/** From here on calls `end` for the first signal that asks for the end, and `again` for those that follow it; nobody else hears of them. */
export function onEndingSignals(
  end: (signal: NodeJS.Signals, code: number) => void,
  again: () => void,
): void {
  let asked = false;
  for (const [signal, code] of ENDING) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      if (signal === 'SIGTERM' && stopRequest !== undefined && performance.now() < stopped + TWICE_MS) {
        stopped = Math.min(stopped, performance.now());
        return stopRequest(signal);
      }
      if (asked) return again();
      asked = true;
      end(signal, code);
    });
  }
}

/** Ends this process by a signal, as if it had never listened: for a thread that does not come back out of a system call. */
export function dieOf(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Ignored, as SIGHUP under nohup.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000);
}
