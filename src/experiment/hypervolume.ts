import { ExperimentError } from '../conduit/index.ts';

type Objectives = readonly number[];

/**
 * Volume that points dominate together, up to a reference point: the measure of a front that grows exactly when the front gets better.
 * All objectives are minimised. Points that are not below the reference in every objective count for nothing. Exact, by exclusive
 * volumes: L. While, L. Bradstreet and L. Barone, "A fast way of calculating exact hypervolumes", IEEE Trans. Evol. Comput. 16 (2012) 86.
 *
 * @param points Objectives of each point.
 * @param reference What is just not worth having, in every objective.
 * @throws ExperimentError ERR_OPTION when a point has another number of objectives than the reference.
 * @example hypervolume([[0, 1], [1, 0]], [2, 2]) // 3
 */
export function hypervolume(points: readonly Objectives[], reference: Objectives): number {
  const m = reference.length;
  if (m === 0 || !points.every((point) => point.length === m))
    throw new ExperimentError(
      'ERR_OPTION',
      'hypervolume: every point needs as many objectives as the reference',
    );
  // Distances to the reference, so that larger is better and the reference is the origin.
  const inside = points
    .filter((point) => point.every((x, j) => x < reference[j]!))
    .map((point) => point.map((x, j) => reference[j]! - x));
  if (inside.some((point) => point.includes(Infinity))) return Infinity;
  return volume(undominated(inside));
}

function volume(points: Objectives[]): number {
  if (points.length === 0) return 0;
  if (points[0]!.length === 1) return points.reduce((most, [x]) => Math.max(most, x!), 0);
  // The largest of the last objective first: those that follow are cut off at a smaller one.
  const sorted = [...points].sort((a, b) => b.at(-1)! - a.at(-1)!);
  if (sorted[0]!.length === 2) return area(sorted);
  return sorted.reduce((sum, point, k) => sum + exclusive(point, sorted.slice(k + 1)), 0);
}

/** Of two objectives: strips from the largest of the second to the smallest. */
function area(sorted: readonly Objectives[]): number {
  let [sum, width] = [0, 0];
  for (const [x, y] of sorted as readonly (readonly [number, number])[]) {
    if (x > width) {
      sum += (x - width) * y;
      width = x;
    }
  }
  return sum;
}

/** What this point dominates and none of the others does. */
function exclusive(point: Objectives, others: readonly Objectives[]): number {
  const own = point.reduce((product, x) => product * x, 1);
  const limited = others.map((other) => other.map((x, j) => Math.min(x, point[j]!)));
  return own - volume(undominated(limited));
}

/** Without those that another covers; of equals the first stays. */
function undominated(points: readonly Objectives[]): Objectives[] {
  return points.filter(
    (point, i) =>
      !points.some(
        (other, k) =>
          k !== i && other.every((x, j) => x >= point[j]!) && (k < i || other.some((x, j) => x > point[j]!)),
      ),
  );
}
