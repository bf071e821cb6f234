/** Trajectories at which a window of the warm-up begins or ends. */
export interface WarmUp {
  /** The metric is estimated anew at each of these, from the trajectories since the one before. */
  readonly ends: readonly number[];
  /** From here on they count for the metric. */
  readonly from: number;
}

/**
 * Stan's windows: 75 trajectories for the step size alone; windows of 25, 50, 100, … for the metric, of which the last takes what is left; 50
 * for the step size. Shorter warm-ups are divided as 15, 75 and 10 %. Stan Reference Manual, "Automatic parameter tuning".
 */
export function windowsOf(total: number): WarmUp {
  if (total < 20) return { ends: [], from: total };
  const short = total < 150;
  const from = short ? Math.floor(0.15 * total) : 75;
  const last = total - (short ? Math.floor(0.1 * total) : 50);
  const ends: number[] = [];
  if (short) return { ends: [last], from };
  for (let size = 25, at = from; at < last; size *= 2) {
    at += size;
    // A window that the next one would not fit behind goes on to the end.
    if (at + 2 * size > last) at = last;
    ends.push(at);
  }
  return { ends, from };
}
