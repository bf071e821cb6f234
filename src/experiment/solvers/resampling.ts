import type { Random } from '../../conduit/index.ts';

/** Systematic resampling: as many of each as its share says, up to one. */
export function systematic(shares: ArrayLike<number>, count: number, random: Random): number[] {
  const offset = random.uniform();
  const chosen: number[] = [];
  let below = shares[0]!;
  for (let i = 0, k = 0; k < count; k++) {
    while (below * count < k + offset && i < shares.length - 1) below += shares[++i]!;
    chosen.push(i);
  }
  return chosen;
}
