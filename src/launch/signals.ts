/** Signals that end a job, with the exit codes that shells give to such an end. */
const ENDING: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
];

/** From here on calls `end` for the first signal that asks for the end, and `again` for those that follow it; nobody else hears of them. */
export function onEndingSignals(
  end: (signal: NodeJS.Signals, code: number) => void,
  again: () => void,
): void {
  let asked = false;
  for (const [signal, code] of ENDING) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
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
