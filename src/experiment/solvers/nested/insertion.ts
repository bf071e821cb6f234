/**
 * Probability of ranks at least as uneven as counted, where a new live point should take each rank among the others equally often: the
 * Kolmogorov–Smirnov test of A. Fowlie, W. Handley and L. Su, MNRAS 497 (2020) 5256.
 */
export function insertionTest(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 1;
  let [seen, distance] = [0, 0];
  counts.forEach((count, rank) => {
    seen += count;
    distance = Math.max(distance, Math.abs(seen / total - (rank + 1) / counts.length));
  });
  const x = distance * Math.sqrt(total);
  if (x < 0.2) return 1;
  // N. Smirnov, Ann. Math. Stat. 19 (1948) 279.
  let p = 0;
  for (let k = 1; k <= 100; k++) p += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, p));
}
