import type { Random } from '../../conduit/index.ts';
import { drawGamma } from '../distributions/draw-gamma.ts';
import { covarianceRoot } from './covariance-root.ts';
import { logAdd } from './logarithms.ts';

/** A multivariate t distribution: a mean, and a lower triangular root of its scale matrix, row by row in n × n. */
export interface Part {
  readonly weight: number;
  readonly mean: number[];
  readonly factor: number[];
}

/** Strict JSON. */
export type Mixture = readonly Part[];

type Places = readonly (readonly number[])[];

/** Degrees of freedom: tails heavier than a normal distribution's, so that none of a posterior is out of reach. */
export const TAILS = 5;
const ROUNDS = 12;

/**
 * Parts that together lie as the weighted points do (weights sum to 1): split along the longest axis, by expectation and maximization (A. P.
 * Dempster, N. M. Laird and D. B. Rubin, JRSS B 39 (1977) 1), as long as the Bayesian information criterion says so.
 */
export function fitMixture(places: Places, weights: ArrayLike<number>, most: number): Mixture {
  const n = places[0]!.length;
  const whole = { ...fitPart(places, weights, undefined), weight: 1 };
  const done: Part[] = [];
  const open: { part: Part; weights: ArrayLike<number> }[] = [{ part: whole, weights }];
  while (open.length > 0) {
    const { part, weights: mine } = open.shift()!;
    const room = done.length + open.length + 2 <= most;
    const two = room ? halve(places, mine, part, whole, n) : undefined;
    if (two) open.push(...two);
    else done.push(part);
  }
  return done;
}

/** Two parts instead of one, each with its share of every point's weight; undefined when they are no better. */
function halve(
  places: Places,
  weights: ArrayLike<number>,
  part: Part,
  whole: Part,
  n: number,
): { part: Part; weights: ArrayLike<number> }[] | undefined {
  const [sum, effective] = sizes(weights);
  // Each must have points enough for a covariance.
  const least = 4 * n + 4;
  if (effective < 2 * least) return undefined;
  const axis = longestAxis(part.factor, n);
  let shares: number[] = places.map((z) => {
    let along = 0;
    for (let i = 0; i < n; i++) along += (z[i]! - part.mean[i]!) * axis[i]!;
    return along > 0 ? 1 : 0;
  });
  let parts: [Part, Part] | undefined;
  let gain = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const first = Float64Array.from(shares, (s, k) => s * weights[k]!);
    const second = Float64Array.from(shares, (s, k) => (1 - s) * weights[k]!);
    const [a, b] = [sizes(first), sizes(second)];
    if (a[1] < least || b[1] < least) return undefined;
    parts = [
      { ...fitPart(places, first, whole), weight: a[0] / sum },
      { ...fitPart(places, second, whole), weight: b[0] / sum },
    ];
    gain = 0;
    shares = places.map((z, k) => {
      if (weights[k] === 0) return 0.5;
      const [first, second] = parts!;
      const log = logHeight(first) - 0.5 * squareFrom(first, z);
      const both = logAdd(log, logHeight(second) - 0.5 * squareFrom(second, z));
      gain += (weights[k]! / sum) * (both - logNormalAt(part, z));
      return Math.exp(log - both);
    });
  }
  const parameters = (n * (n + 3)) / 2 + 1;
  if (parts === undefined || gain * effective < 0.5 * parameters * Math.log(effective)) return undefined;
  return parts.map((each, i) => ({
    part: { ...each, weight: each.weight * part.weight },
    weights: Float64Array.from(shares, (s, k) => (i === 0 ? s : 1 - s) * weights[k]!),
  }));
}

/** Their sum, and how many equal ones would be worth as much. */
function sizes(weights: ArrayLike<number>): [sum: number, effective: number] {
  let [sum, squares] = [0, 0];
  for (let k = 0; k < weights.length; k++) {
    sum += weights[k]!;
    squares += weights[k]! ** 2;
  }
  return [sum, squares === 0 ? 0 : (sum * sum) / squares];
}

/** Mean and covariance; a direction without extent gets a millionth of the whole's. */
function fitPart(places: Places, weights: ArrayLike<number>, whole: Part | undefined): Omit<Part, 'weight'> {
  const n = places[0]!.length;
  const [sum] = sizes(weights);
  const mean = new Array<number>(n).fill(0);
  places.forEach((z, k) => {
    const share = weights[k]! / sum;
    if (share > 0) for (let i = 0; i < n; i++) mean[i]! += share * z[i]!;
  });
  const covariance = new Float64Array(n * n);
  const d = new Float64Array(n);
  places.forEach((z, k) => {
    const share = weights[k]! / sum;
    if (!(share > 0)) return;
    for (let i = 0; i < n; i++) d[i] = z[i]! - mean[i]!;
    for (let r = 0; r < n; r++) {
      const w = share * d[r]!;
      for (let c = 0; c <= r; c++) covariance[r * n + c]! += w * d[c]!;
    }
  });
  for (let i = 0; i < n; i++) covariance[i * n + i]! += whole ? 1e-12 * whole.factor[i * n + i]! ** 2 : 1e-24;
  return { mean, factor: covarianceRoot(covariance, n, 1e-300) };
}

/** By power iteration on L Lᵀ. */
function longestAxis(factor: readonly number[], n: number): number[] {
  let v = Array.from({ length: n }, (_, i) => 1 + i / n);
  for (let round = 0; round < 20; round++) {
    const back = v.map((_, c) => v.reduce((sum, x, r) => (r >= c ? sum + factor[r * n + c]! * x : sum), 0));
    const forth = v.map((_, r) =>
      back.reduce((sum, x, c) => (c <= r ? sum + factor[r * n + c]! * x : sum), 0),
    );
    const length = Math.hypot(...forth) || 1;
    v = forth.map((x) => x / length);
  }
  return v;
}

/** |L⁻¹ (z − mean)|². */
export function squareFrom({ mean, factor }: Part, z: readonly number[]): number {
  const n = mean.length;
  if (SCRATCH.length < n) SCRATCH = new Float64Array(n);
  let sum = 0;
  for (let r = 0; r < n; r++) {
    let left = z[r]! - mean[r]!;
    for (let c = 0; c < r; c++) left -= factor[r * n + c]! * SCRATCH[c]!;
    const y = left / factor[r * n + r]!;
    SCRATCH[r] = y;
    sum += y * y;
  }
  return sum;
}
let SCRATCH = new Float64Array(32);

function logScale({ mean, factor }: Part): number {
  const n = mean.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(factor[i * n + i]!);
  return sum;
}

/** ln of the normal density, up to a constant of the dimension. */
const logNormalAt = (part: Part, z: readonly number[]) => -0.5 * squareFrom(part, z) - logScale(part);

/** ln of the t density, up to a constant of the dimension. */
export function logTAt(part: Part, z: readonly number[]): number {
  return -0.5 * (TAILS + z.length) * Math.log1p(squareFrom(part, z) / TAILS) - logScale(part);
}

/** ln of weight over scale: looked up for every proposal, and the same all through a generation. */
const HEIGHTS = new WeakMap<Part, number>();
function logHeight(part: Part): number {
  let height = HEIGHTS.get(part);
  if (height === undefined) HEIGHTS.set(part, (height = Math.log(part.weight) - logScale(part)));
  return height;
}

/** ln of the mixture's density, up to a constant of the dimension. */
export function logMixtureAt(mixture: Mixture, z: readonly number[]): number {
  const power = -0.5 * (TAILS + z.length);
  let most = -Infinity;
  let sum = 0;
  for (const part of mixture) {
    const log = logHeight(part) + power * Math.log1p(squareFrom(part, z) / TAILS);
    if (log > most) {
      sum = sum * Math.exp(most - log) + 1;
      most = log;
    } else sum += Math.exp(log - most);
  }
  return most + Math.log(sum);
}

/** L times normal noise. */
export function noiseOf({ mean, factor }: Part, random: Random): number[] {
  const n = mean.length;
  const noise = mean.map(() => random.normal());
  return mean.map((_, r) => {
    let sum = 0;
    for (let c = 0; c <= r; c++) sum += factor[r * n + c]! * noise[c]!;
    return sum;
  });
}

/** A draw from the mixture of t distributions. */
export function drawMixture(mixture: Mixture, random: Random): number[] {
  let left = random.uniform();
  let k = 0;
  while (k < mixture.length - 1 && left >= mixture[k]!.weight) left -= mixture[k++]!.weight;
  const part = mixture[k]!;
  const stretch = Math.sqrt(TAILS / (2 * drawGamma(TAILS / 2, random)));
  return noiseOf(part, random).map((x, i) => part.mean[i]! + stretch * x);
}
