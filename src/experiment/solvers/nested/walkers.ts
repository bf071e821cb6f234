import type { Random } from '../../../conduit/index.ts';
import { direction, inBall, inMetric, type Ellipsoid } from './ellipsoid.ts';

/** A live point's copy on its way to become another. Strict JSON. */
export interface Walker {
  u: number[];
  value: number;
  /** Ellipsoid whose metric it uses, all the way. */
  metric: number;
  /** Steps or slices left. */
  left: number;
  /** Whether the last proposals hold one of its own. */
  asks: boolean;
  /** Times it has moved. */
  moved: number;
  /** Of a slice: its direction, and how far it reaches on both sides. */
  along: number[] | null;
  low: number;
  high: number;
  /** Where on the slice the point proposed lies. */
  at: number;
}

export const startWalker = (u: readonly number[], value: number, metric: number, left: number): Walker => ({
  u: [...u],
  value,
  metric,
  left,
  asks: false,
  moved: 0,
  along: null,
  low: 0,
  high: 0,
  at: 0,
});

/**
 * The next point that a random walk asks for; undefined at its end. A step that leaves the cube is one that is refused: it must count, and
 * needs no evaluation. Reflected instead, a correlated step would not be as likely as its reverse.
 */
export function step(walker: Walker, metric: Ellipsoid, scale: number, random: Random): number[] | undefined {
  while (walker.left > 0) {
    walker.left--;
    const move = inMetric(metric, inBall(walker.u.length, random));
    const u = walker.u.map((x, i) => x + scale * move[i]!);
    if (u.every((x) => x > 0 && x < 1)) return u;
  }
  return undefined;
}

export function settleStep(walker: Walker, u: readonly number[], value: number, above: number): void {
  if (!(value > above)) return;
  walker.u = [...u];
  walker.value = value;
  walker.moved++;
}

/**
 * The next point that slice sampling asks for; undefined at its end. R. M. Neal, Ann. Stat. 31 (2003) 705: an interval of a given width
 * about the point, cut at the cube, that shrinks to the point until a draw from it lies above the bound. It is not stepped out: that is
 * as valid, and costs no evaluations where the width is about right.
 */
export function slice(
  walker: Walker,
  metric: Ellipsoid,
  width: number,
  random: Random,
): number[] | undefined {
  if (walker.left === 0) return undefined;
  if (walker.along === null) {
    walker.along = inMetric(metric, direction(walker.u.length, random));
    walker.low = -width * random.uniform();
    walker.high = walker.low + width;
    walker.along.forEach((d, i) => {
      const [a, b] = [-walker.u[i]! / d, (1 - walker.u[i]!) / d];
      walker.low = Math.max(walker.low, Math.min(a, b));
      walker.high = Math.min(walker.high, Math.max(a, b));
    });
  }
  walker.at = walker.low + random.uniform() * (walker.high - walker.low);
  return walker.u.map((x, i) =>
    Math.min(1 - 2 ** -53, Math.max(2 ** -53, x + walker.at * walker.along![i]!)),
  );
}

/** Whether the slice is done. */
export function settleSlice(walker: Walker, u: readonly number[], value: number, above: number): boolean {
  if (value > above) {
    walker.u = [...u];
    walker.value = value;
    walker.moved++;
  } else {
    if (walker.at < 0) walker.low = walker.at;
    else walker.high = walker.at;
    if (walker.high - walker.low > 1e-14) return false;
  }
  walker.along = null;
  walker.left--;
  return true;
}
