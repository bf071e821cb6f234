import type { Random } from '../../../conduit/index.ts';
import { covarianceRoot } from '../covariance-root.ts';
import { logAdd } from '../logarithms.ts';

/** Points c + L z, |z| ≤ 1. Strict JSON. */
export interface Ellipsoid {
  readonly center: number[];
  /** L, lower triangular, row by row in n × n. */
  readonly factor: number[];
  /** ln of the volume in units of the unit ball's. */
  readonly logVolume: number;
}

type Places = readonly (readonly number[])[];

/** The covariance's ellipsoid about some of the points, scaled to hold them all. */
function fit(points: Places, members: readonly number[]): Ellipsoid {
  const n = points[0]!.length;
  const center = new Array<number>(n).fill(0);
  for (const k of members) for (let i = 0; i < n; i++) center[i]! += points[k]![i]! / members.length;
  const covariance = new Array<number>(n * n).fill(0);
  const d = new Float64Array(n);
  for (const k of members) {
    const point = points[k]!;
    for (let i = 0; i < n; i++) d[i] = point[i]! - center[i]!;
    for (let r = 0; r < n; r++) for (let c = 0; c <= r; c++) covariance[r * n + c]! += d[r]! * d[c]!;
  }
  for (let i = 0; i < covariance.length; i++) covariance[i]! /= members.length;
  const unit = { center, factor: covarianceRoot(covariance, n, 1e-30), logVolume: 0 };
  let most = 0;
  for (const k of members) most = Math.max(most, squareWithin(unit, points[k]!));
  return stretch(unit, Math.sqrt(most) || 1);
}

/** The same shape, its axes that much longer. */
export function stretch({ center, factor }: Ellipsoid, by: number): Ellipsoid {
  const n = center.length;
  const longer = factor.map((x) => by * x);
  let logVolume = 0;
  for (let i = 0; i < n; i++) logVolume += Math.log(longer[i * n + i]!);
  return { center, factor: longer, logVolume };
}

/** |z|² of a point: up to 1 within. */
export function squareWithin({ center, factor }: Ellipsoid, point: readonly number[]): number {
  const n = center.length;
  const z = SCRATCH.length < n ? (SCRATCH = new Float64Array(n)) : SCRATCH;
  let sum = 0;
  for (let r = 0; r < n; r++) {
    let left = point[r]! - center[r]!;
    for (let c = 0; c < r; c++) left -= factor[r * n + c]! * z[c]!;
    const value = left / factor[r * n + r]!;
    z[r] = value;
    sum += value * value;
  }
  return sum;
}
let SCRATCH = new Float64Array(32);

/** A vector in the ellipsoid's metric, from one in the unit ball's. */
export function inMetric({ center, factor }: Ellipsoid, z: readonly number[]): number[] {
  const n = center.length;
  return z.map((_, r) => {
    let sum = 0;
    for (let c = 0; c <= r; c++) sum += factor[r * n + c]! * z[c]!;
    return sum;
  });
}

/** Evenly on the unit sphere. */
export function direction(n: number, random: Random): number[] {
  const z = Array.from({ length: n }, () => random.normal());
  const norm = Math.hypot(...z);
  return z.map((x) => x / norm);
}

/** Evenly in the unit ball. */
export function inBall(n: number, random: Random): number[] {
  const radius = random.uniform() ** (1 / n);
  return direction(n, random).map((x) => radius * x);
}

const allOf = (points: Places) => points.map((_, k) => k);
const unionVolume = (parts: readonly Ellipsoid[]) =>
  parts.reduce((sum, { logVolume }) => logAdd(sum, logVolume), -Infinity);

/**
 * Ellipsoids that hold the points, several where these are apart: F. Feroz, M. P. Hobson and M. Bridges, MNRAS 398 (2009) 1601, with
 * splits judged by the Bayesian information criterion. Enlarged until points left out of a bootstrap sample lie within.
 */
export function bound(points: Places, rounds: number, random: Random): Ellipsoid[] {
  const parts = decompose(points, allOf(points));
  let enlarge = 1;
  for (let round = 0; round < rounds; round++) {
    const chosen = new Set<number>();
    for (let k = 0; k < points.length; k++) chosen.add(random.integer(points.length));
    const trial = decompose(points, [...chosen]);
    points.forEach((point, k) => {
      if (chosen.has(k)) return;
      const least = trial.reduce((min, part) => Math.min(min, squareWithin(part, point)), Infinity);
      enlarge = Math.max(enlarge, Math.sqrt(least));
    });
  }
  return parts.map((part) => stretch(part, enlarge));
}

function decompose(points: Places, members: readonly number[]): Ellipsoid[] {
  const whole = fit(points, members);
  const n = whole.center.length;
  const halves = members.length < 4 * n ? undefined : halve(points, members, whole);
  if (halves === undefined) return [whole];
  const penalty = (n * (n + 3) * Math.log(members.length)) / (2 * members.length);
  const two = halves.map((half) => fit(points, half));
  const parts = halves.flatMap((half) => decompose(points, half));
  if (unionVolume(two) < whole.logVolume - penalty) return parts;
  return unionVolume(parts) < whole.logVolume - penalty * (parts.length - 1) ? parts : [whole];
}

/** 2-means, begun at the ends of the longest axis; undefined where a part would be too small for an ellipsoid. */
function halve(
  points: Places,
  members: readonly number[],
  whole: Ellipsoid,
): [number[], number[]] | undefined {
  const n = whole.center.length;
  const axis = longestAxis(whole);
  let means = [1, -1].map((sign) => whole.center.map((c, i) => c + sign * axis[i]!));
  let parts: [number[], number[]] = [[], []];
  for (let round = 0; round < 10; round++) {
    const [a, b] = means as [number[], number[]];
    const next: [number[], number[]] = [[], []];
    for (const k of members) next[distance(points[k]!, a) <= distance(points[k]!, b) ? 0 : 1].push(k);
    const same = next[0].length === parts[0].length && next[0].every((k, i) => k === parts[0][i]);
    parts = next;
    if (same || next.some((part) => part.length === 0)) break;
    means = parts.map((part) =>
      whole.center.map((_, i) => part.reduce((sum, k) => sum + points[k]![i]!, 0) / part.length),
    );
  }
  return parts.every((part) => part.length >= 2 * n) ? parts : undefined;
}

function distance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

/** By power iteration on L Lᵀ. */
function longestAxis({ center, factor }: Ellipsoid): number[] {
  const n = center.length;
  let v = Array.from({ length: n }, (_, i) => 1 + i / n);
  let length = 1;
  for (let round = 0; round < 20; round++) {
    const back = v.map((_, c) => v.reduce((sum, x, r) => (r >= c ? sum + factor[r * n + c]! * x : sum), 0));
    const forth = v.map((_, r) =>
      back.reduce((sum, x, c) => (c <= r ? sum + factor[r * n + c]! * x : sum), 0),
    );
    length = Math.hypot(...forth);
    v = forth.map((x) => x / length);
  }
  return v.map((x) => x * Math.sqrt(length));
}

const insideCube = (u: readonly number[]) => u.every((x) => x > 0 && x < 1);

/** A point drawn evenly from the part of the union that lies in the unit cube; undefined when the cube is never hit. */
export function drawWithin(parts: readonly Ellipsoid[], random: Random): number[] | undefined {
  const n = parts[0]!.center.length;
  const most = parts.reduce((max, { logVolume }) => Math.max(max, logVolume), -Infinity);
  const volumes = parts.map(({ logVolume }) => Math.exp(logVolume - most));
  const total = volumes.reduce((sum, v) => sum + v, 0);
  for (let tries = 0; tries < 100_000; tries++) {
    let left = random.uniform() * total;
    let k = 0;
    while (k < parts.length - 1 && left >= volumes[k]!) left -= volumes[k++]!;
    const move = inMetric(parts[k]!, inBall(n, random));
    const u = move.map((x, i) => parts[k]!.center[i]! + x);
    if (!insideCube(u)) continue;
    let holders = 1;
    parts.forEach((part, j) => {
      if (j !== k && squareWithin(part, u) <= 1) holders++;
    });
    if (holders === 1 || random.uniform() * holders < 1) return u;
  }
  return undefined;
}

/** ln of the union's volume as a share of the cube's, counted twice where parts overlap. */
export function logShare(parts: readonly Ellipsoid[]): number {
  return unionVolume(parts) + LOG_BALL(parts[0]!.center.length);
}

/** ln of the volume of the unit ball, by V(n) = V(n − 2) 2π/n. */
const LOG_BALL = (n: number): number =>
  n === 0 ? 0 : n === 1 ? Math.LN2 : LOG_BALL(n - 2) + Math.log((2 * Math.PI) / n);
