import { theCollector } from '../collector.ts';

/**
 * Bytes of freed windows that this thread may still hold. Node counts shared memory for no thread, so that V8 sees no reason to collect what keeps
 * it; it is given back when every thread of the job has collected.
 */
let held = 0;

/** Most bytes of freed windows that wait for V8 to collect them by itself. */
const MOST_HELD = 128 * 2 ** 20;

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
  theCollector()();
}
