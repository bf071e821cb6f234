import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Bytes of freed windows that this thread may still hold. Node counts shared memory for no thread, so that V8 sees no reason to collect what keeps
 * it; it is given back when every thread of the job has collected.
 */
let held = 0;

/** Most bytes of freed windows that wait for V8 to collect them by itself. */
const MOST_HELD = 128 * 2 ** 20;

let collect: (() => void) | undefined;

/** A window of that many bytes has been freed. */
export function freed(bytes: number): void {
  held += bytes;
}

/**
 * Makes room for a new window: collects those freed before, once they are more than a few. Not done in `free`, while the
 * window is on the caller's stack.
 */
export function reclaim(): void {
  if (held < MOST_HELD) return;
  held = 0;
  collect ??= collector();
  collect();
}

/** V8 offers its collector to contexts made after the flag is set, for which Node needs no option of the command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  // Left set: the flag is the process's, and another thread may be between these two lines.
  return runInNewContext('gc') as () => void;
}
