/** How long ranks may take to come back from what was given up, or from a section that has failed. */
const GRACE_MS = 5000;
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
