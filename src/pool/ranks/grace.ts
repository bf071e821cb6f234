/** How long ranks may take to come back from what was given up, or from a section that has failed. */
export const GRACE_MS = 5000;
const LOOK_MS = 50;

/** Calls `late` with whoever is still inside when the time is up. */
export function watchGrace(inside: () => readonly number[], late: (ranks: readonly number[]) => void): void {
  const until = performance.now() + GRACE_MS;
  // Not unref'd: a rank with nothing else to do would block until a message comes, and see no clock.
  const timer = setInterval(() => {
    const ranks = inside();
    if (ranks.length > 0 && performance.now() < until) return;
    clearInterval(timer);
    if (ranks.length > 0) late(ranks);
  }, LOOK_MS);
}

export function notBack(ranks: readonly number[]): string {
  const who = `worker${ranks.length === 1 ? '' : 's'} ${ranks.join(', ')}`;
  return `${who} did not come back within ${GRACE_MS / 1000} s, and a rank cannot be stopped alone`;
}

/** Blocks until something has happened; false when the time is up. */
export function blockUntil(happened: () => boolean): boolean {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  const until = performance.now() + GRACE_MS;
  while (!happened()) {
    if (performance.now() > until) return false;
    Atomics.wait(nothing, 0, 0, 1);
  }
  return true;
}
