/**
 * The root L of the inverse mass matrix, like the posterior's covariance: a place moves by L p, a momentum by Lᵀ times the gradient, and momenta
 * are of mass 1. Strict JSON.
 */
export type Metric =
  | { readonly kind: 'diagonal'; readonly root: readonly number[] }
  /** Lower triangular, row by row in n × n. */
  | { readonly kind: 'dense'; readonly root: readonly number[] };

/** L p. */
export function forth({ kind, root }: Metric, p: readonly number[]): number[] {
  if (kind === 'diagonal') return p.map((x, i) => root[i]! * x);
  const n = p.length;
  return p.map((_, r) => {
    let sum = 0;
    for (let c = 0; c <= r; c++) sum += root[r * n + c]! * p[c]!;
    return sum;
  });
}

/** Lᵀ g. */
export function back({ kind, root }: Metric, g: readonly number[]): number[] {
  if (kind === 'diagonal') return g.map((x, i) => root[i]! * x);
  const n = g.length;
  return g.map((_, c) => {
    let sum = 0;
    for (let r = c; r < n; r++) sum += root[r * n + c]! * g[r]!;
    return sum;
  });
}

/**
 * From draws of a posterior, as Stan does it: n/(n + 5) S + 0.001 · 5/(n + 5), the latter in units of the prior's scales (Stan Reference
 * Manual, "HMC algorithm parameters").
 */
export function metricOf(
  kind: Metric['kind'],
  draws: readonly (readonly number[])[],
  scales: readonly number[],
): Metric {
  const count = draws.length;
  const n = scales.length;
  const mean = scales.map((_, i) => draws.reduce((sum, z) => sum + z[i]! / count, 0));
  const covariance = (r: number, c: number) => {
    let sum = 0;
    for (const z of draws) sum += (z[r]! - mean[r]!) * (z[c]! - mean[c]!);
    return ((count / (count + 5)) * sum) / Math.max(1, count - 1);
  };
  const floor = scales.map((s) => (0.001 * 5 * s * s) / (count + 5));
  if (kind === 'diagonal')
    return { kind, root: scales.map((_, i) => Math.sqrt(covariance(i, i) + floor[i]!)) };
  const root = new Array<number>(n * n).fill(0);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      let left = covariance(r, c) + (r === c ? floor[r]! : 0);
      for (let k = 0; k < c; k++) left -= root[r * n + k]! * root[c * n + k]!;
      root[r * n + c] = r === c ? Math.sqrt(Math.max(left, 1e-6 * floor[r]!)) : left / root[c * n + c]!;
    }
  }
  return { kind, root };
}
