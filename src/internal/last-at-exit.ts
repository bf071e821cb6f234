type Last = (code: number, called: boolean) => void;

const last: Last[] = [];
let called = false;

/**
 * Calls `body` when this thread ends and all 'exit' listeners have been heard, however late they were added: with the exit code, and whether
 * process.exit was called rather than the event loop ran out of work. It may set process.exitCode. What it returns takes it back.
 */
export function lastAtExit(body: Last): () => void {
  last.push(body);
  if (!intercepted) intercept();
  return () => {
    const at = last.indexOf(body);
    if (at >= 0) last.splice(at, 1);
  };
}

let intercepted = false;

/** Node tells nobody why it exits, nor offers a place after the listeners: as signal-exit does, this stands before `exit` and `emit`. */
function intercept(): void {
  intercepted = true;
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    called = true;
    return exit(code);
  };
  // The overloads of `emit` cannot be written as one function.
  const emit = process.emit.bind(process) as (...args: unknown[]) => boolean;
  const emitThenLast = (...args: unknown[]): boolean => {
    const heard = emit(...args);
    if (args[0] === 'exit')
      for (const body of [...last]) body(Number(process.exitCode ?? args[1] ?? 0), called);
    return heard;
  };
  process.emit = emitThenLast as typeof process.emit;
}

/** Whether process.exit was called; of use in the listeners of 'exit'. */
export function exitCalled(): boolean {
  return called;
}
