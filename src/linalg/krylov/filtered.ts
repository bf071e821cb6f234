import { LinalgError } from '../error.ts';
import type { Bank } from './bank.ts';
import { spectrumBounds } from './bounds.ts';
import { chebyshev } from './chebyshev.ts';
import { rayleighRitz, type RitzPairs } from './rayleigh-ritz.ts';
import type { LinearMap, Space } from './space.ts';
import { thickRestart, thickScratch } from './thick-restart.ts';

const FIRST_DEGREE = 6;
/** Restarts after which a filter counts as too wide to tell the values apart. */
const PATIENCE = 12;

/** What an inner solve needs to know. */
export interface Inner {
  readonly tol: number;
  readonly seed: number;
  readonly complete: boolean;
  readonly basis: number;
  readonly target:
    | { readonly kind: 'near'; readonly k: number; readonly near: number | { readonly relative: number } }
    | { readonly kind: 'interval'; readonly from: number; readonly to: number };
}

/** Pairs that are locked, with their vectors in the bank. */
interface Locked {
  readonly value: number;
  readonly vector: number;
}

/** Eigenvalues that a polynomial filter makes the largest: those around a number. */
export function filtered(
  space: Space,
  bank: Bank,
  inner: Inner,
  n: number,
): RitzPairs & { readonly solver: string; readonly complete: boolean; readonly iterations: number } {
  const { target, tol } = inner;
  const [low, high] = spectrumBounds(space, bank, inner.seed);
  const scale = Math.max(Math.abs(low), Math.abs(high));
  const center =
    target.kind === 'interval'
      ? (target.from + target.to) / 2
      : typeof target.near === 'number'
        ? target.near
        : low + target.near.relative * (high - low);
  const inInterval = ({ value }: { value: number }) =>
    target.kind === 'near' || (value >= target.from && value <= target.to);
  const distance = ({ value }: { value: number }) => Math.abs(value - center);
  const basis = space.vectors(inner.basis + 1);
  const scratch = space.memory.allocate(thickScratch(inner.basis));
  // About half a basis of values, were they evenly dense, within the width of the filter.
  let degree = Math.max(20, Math.round((FIRST_DEGREE * n) / inner.basis));
  let locked: Locked[] = [];
  let [iterations, complete] = [0, false];
  for (let round = 0; round < 60 && !space.spent; round++) {
    const missing = target.kind === 'near' ? Math.max(0, target.k - locked.length) : 4;
    const count = Math.max(1, missing);
    const found = batch(count, round);
    if (found.length === 0) continue;
    const reach =
      target.kind === 'interval'
        ? (target.to - target.from) / 2
        : locked.length >= target.k
          ? distance(locked[target.k - 1]!)
          : Infinity;
    // A batch is complete as one Krylov space knows it: the nearest of what is left is beyond all
    // we want.
    const better = found.filter((pair) => distance(pair) <= reach + (missing > 0 ? 0 : -1e-10 * scale));
    locked = [...locked, ...found].sort((a, b) => distance(a) - distance(b));
    if (target.kind === 'near') {
      for (const { vector } of locked.slice(target.k)) bank.giveBack(vector);
      locked = locked.slice(0, target.k);
    }
    if (better.length === 0 || (target.kind === 'near' && !inner.complete && locked.length >= target.k)) {
      complete = better.length === 0;
      break;
    }
  }
  const wanted = locked.filter(inInterval);
  if (!complete && (inner.complete || (target.kind === 'near' && locked.length < target.k)))
    throw new LinalgError(
      'ERR_CONVERGENCE',
      `${wanted.length} eigenvalues around ${center} converged in ${space.products} products: raise maxProducts, or use a larger basis`,
      {
        partial: { values: Float64Array.from(wanted, ({ value }) => value).sort(), products: space.products },
      },
    );
  const images = wanted.map(() => bank.take());
  const room = [bank.take(), bank.take()] as const;
  const result = rayleighRitz(
    space,
    space.apply,
    wanted.map(({ vector }) => vector),
    images,
    room,
  );
  return { ...result, solver: 'lanczos, chebyshev filter', complete, iterations };

  /** The `count` nearest values of the complement, locked vectors taken from the bank. */
  function batch(count: number, stream: number): Locked[] {
    const keep = Math.min(Math.max(count + 4, inner.basis >> 1), inner.basis - 4);
    const filterRoom = [bank.take(), bank.take(), bank.take()] as const;
    const own = Array.from({ length: keep }, () => bank.take());
    const images = own.map(() => bank.take());
    let result: Locked[] = [];
    const none = () => result.length === 0; // a callback fills it
    let restarts = 0;
    while (none() && !space.spent) {
      const filter = deltaFilter(space, [low, high], center, degree, filterRoom);
      restarts = 0;
      thickRestart(space, filter, basis, scratch, {
        basis: Math.min(inner.basis, n - locked.length - 1),
        keep,
        known: locked.map(({ vector }) => vector),
        seed: inner.seed,
        stream: 100 * stream,
        enough(vectors, values, residuals) {
          restarts++;
          iterations++;
          // Filtered values first: the operator is asked only when they have settled.
          if (residuals.slice(0, count).some((residual) => residual > 1e-2 * tol ** 0.5 * values[0]!))
            return restarts >= PATIENCE;
          own.forEach((vector, i) => space.copy(vector, vectors[i]!));
          const pairs = rayleighRitz(space, space.apply, own, images, [filterRoom[0], filterRoom[1]]);
          const nearest = Array.from(pairs.values.keys())
            .sort((a, b) => Math.abs(pairs.values[a]! - center) - Math.abs(pairs.values[b]! - center))
            .slice(0, count);
          if (nearest.some((i) => pairs.residuals[i]! > 0.5 * tol * scale)) return restarts >= PATIENCE;
          result = nearest.map((i) => {
            const vector = bank.take();
            space.local(vector).set(pairs.vectors[i]!);
            return { value: pairs.values[i]!, vector };
          });
          return true;
        },
      });
      // Too many restarts: the filter does not tell the values apart.
      if (none()) degree *= 2;
    }
    for (const vector of [...filterRoom, ...own, ...images]) bank.giveBack(vector);
    return result;
  }
}

/**
 * The Chebyshev expansion of a delta at a number, damped as Jackson does, scaled to 1 there (A.
 * Weiße, G. Wellein, A. Alvermann, H. Fehske, Rev. Mod. Phys. 78, 275, 2006).
 */
function deltaFilter(
  space: Space,
  [low, high]: readonly [number, number],
  center: number,
  degree: number,
  room: readonly [number, number, number],
): LinearMap {
  const [middle, half] = [(high + low) / 2, (high - low) / 2];
  const theta = Math.acos(Math.max(-1, Math.min(1, (center - middle) / half)));
  const q = Math.PI / (degree + 2);
  const jackson = (j: number) =>
    ((degree - j + 2) * Math.cos(q * j) + Math.sin(q * j) / Math.tan(q)) / (degree + 2);
  const terms = Array.from(
    { length: degree + 1 },
    (_, j) => (j === 0 ? 1 : 2) * jackson(j) * Math.cos(j * theta),
  );
  const atCenter = terms.reduce((sum, term, j) => sum + term * Math.cos(j * theta), 0);
  const factors = terms.map((term) => term / atCenter);
  const { kernels } = space.memory;
  return (y, x) => {
    space.local(y).fill(0);
    chebyshev(space, [low, high], degree, x, room, (j, vector) =>
      kernels.axpy(y, factors[j]!, vector, space.doubles),
    );
  };
}
