/** Objectives of a point, all to be minimised, and by how much it breaks the constraints. */
export interface Ranked {
  readonly objectives: readonly number[];
  /** 0 where the point is allowed. */
  readonly violation: number;
}

/**
 * Constrained domination (Deb et al. 2002): an allowed point dominates one that is not, of two that are not the one that breaks less
 * does, and of two allowed ones that which is nowhere worse and somewhere better.
 */
export function dominates(a: Ranked, b: Ranked): boolean {
  if (a.violation > 0 || b.violation > 0) return a.violation < b.violation;
  let better = false;
  for (let j = 0; j < a.objectives.length; j++) {
    const [x, y] = [a.objectives[j]!, b.objectives[j]!];
    if (x > y) return false;
    if (x < y) better = true;
  }
  return better;
}

/** Places of the points, front by front: the first is dominated by none, the second by the first only, and so on. */
export function sortIntoFronts(points: readonly Ranked[]): number[][] {
  const below = points.map((): number[] => []);
  const above = points.map(() => 0);
  for (let i = 0; i < points.length; i++)
    for (let k = i + 1; k < points.length; k++) {
      if (dominates(points[i]!, points[k]!)) {
        below[i]!.push(k);
        above[k]!++;
      } else if (dominates(points[k]!, points[i]!)) {
        below[k]!.push(i);
        above[i]!++;
      }
    }
  const fronts: number[][] = [];
  let front = [...above.keys()].filter((i) => above[i] === 0);
  while (front.length > 0) {
    fronts.push(front);
    const next = front.flatMap((i) => below[i]!.filter((k) => (above[k] = above[k]! - 1) === 0));
    front = next.sort((a, b) => a - b);
  }
  return fronts;
}

/**
 * Crowding distance: how far apart a point's neighbours are, summed over the objectives in units of their range. The ends of each
 * objective are infinitely far from any other.
 */
export function crowding(points: readonly Ranked[]): number[] {
  const distance = points.map(() => 0);
  const m = points[0]?.objectives.length ?? 0;
  for (let j = 0; j < m; j++) {
    const at = (i: number) => points[i]!.objectives[j]!;
    // Equals keep their order, so that the result does not depend on the sorting algorithm.
    const order = [...points.keys()].sort((a, b) => (at(a) === at(b) ? a - b : at(a) < at(b) ? -1 : 1));
    const range = at(order.at(-1)!) - at(order[0]!);
    distance[order[0]!] = Infinity;
    distance[order.at(-1)!] = Infinity;
    if (!(range > 0 && range < Infinity)) continue;
    for (let k = 1; k < order.length - 1; k++)
      distance[order[k]!]! += (at(order[k + 1]!) - at(order[k - 1]!)) / range;
  }
  return distance;
}

/**
 * The places of `count` points of one front that are left when the most crowded goes first, one after the other: S. Kukkonen and K. Deb,
 * "Improved pruning of non-dominated solutions based on crowding distance for bi-objective optimization problems", CEC 2006.
 */
export function thinOut(points: readonly Ranked[], count: number): number[] {
  const left = [...points.keys()];
  while (left.length > count) {
    const distance = crowding(left.map((i) => points[i]!));
    let most = 0;
    for (let k = 1; k < left.length; k++) if (distance[k]! < distance[most]!) most = k;
    left.splice(most, 1);
  }
  return left;
}
