import { Lanczos } from './lanczos.ts';
import type { Bank } from './bank.ts';
import type { LinearMap, Space } from './space.ts';
import { ritzValues, ritzVector, tridiagonalResidual } from './tridiagonal.ts';

/** An eigenpair: the vector's address, and ‖A x − value x‖. */
export interface Pair {
  readonly value: number;
  readonly vector: number;
  readonly residual: number;
}

/** What is looked for. */
export interface Extremal {
  readonly k: number;
  /** 1: the lowest values, −1: the highest. */
  readonly sign: 1 | -1;
  /** Residuals at most tol · ‖A‖. */
  readonly tol: number;
  /** Whether to look for further copies until there is none. */
  readonly complete: boolean;
  readonly seed: number;
  /** A vector to begin with. */
  readonly start?: number | undefined;
}

/** What was found, best first. */
export interface Found {
  readonly pairs: readonly Pair[];
  readonly complete: boolean;
  readonly iterations: number;
  /** An estimate of ‖A‖ from inside. */
  readonly scale: number;
  readonly exhausted: boolean;
}

/**
 * Below this share of the start vector a value of T is a ghost: a copy of a converged one that
 * rounding brings, on its way there. Shares of eigenvectors in a random vector are of the order of
 * 1/√N.
 */
const GHOST = 1e-9;
/** Rounds in a row that may bring nothing. */
const BARREN = 3;

/**
 * Lowest or highest eigenpairs by rounds of Lanczos without a stored basis. A Krylov space holds
 * one copy of each value, so what a round finds is locked, and the next begins in its complement
 * with a new random vector, until the best value there is no better than the k-th that is locked.
 * Each round runs twice: for the values, and for the vectors at the steps at which their values had
 * converged.
 */
export function lanczosRounds(space: Space, map: LinearMap, bank: Bank, wanted: Extremal): Found {
  const { k, sign, complete } = wanted;
  let locked: Pair[] = [];
  let [scale, iterations, barren, exhausted] = [0, 0, 0, false];
  const work = [bank.take(), bank.take(), bank.take()] as const;
  for (let round = 0; ; round++) {
    const known = locked.map(({ vector }) => vector);
    const begin = () => {
      if (round === 0 && wanted.start !== undefined) {
        space.copy(work[0], wanted.start);
        space.normalize(work[0]);
      } else space.randomUnit(work[0], wanted.seed, round, known);
      const values = locked.map(({ value }) => value);
      return new Lanczos(space, map, work[0], [work[1], work[2]], known, values);
    };
    const limit = locked.length >= k ? sign * locked[k - 1]!.value : Infinity;
    const values = begin();
    const hunt = new Hunt(wanted, limit, k - Math.min(locked.length, k), scale);
    while (!exhausted && !hunt.enough(values, values.advance())) exhausted = space.spent;
    iterations += values.steps;
    scale = Math.max(scale, hunt.scale);
    const fresh = exhausted
      ? []
      : extract(space, values, begin, hunt, bank, locked, map, (0.5 * wanted.tol * scale) / Math.sqrt(k));
    for (const pair of fresh) locked.push(pair);
    locked.sort((a, b) => sign * (a.value - b.value));
    for (const { vector } of locked.slice(k)) bank.giveBack(vector);
    locked = locked.slice(0, k);
    barren = fresh.length > 0 ? 0 : barren + 1;
    const verified = locked.length >= k && hunt.nothingBetter;
    const enough = locked.length >= k && (k === 1 || !complete);
    const done = exhausted || verified || enough || barren >= BARREN;
    if (!done) continue;
    for (const vector of work) bank.giveBack(vector);
    return { pairs: locked, complete: verified || (k === 1 && enough), iterations, scale, exhausted };
  }
}

/** A value of T that has converged, and the step at which it had. */
interface Record {
  readonly value: number;
  readonly steps: number;
}

/**
 * Watches the values of T until those wanted have converged, or nothing better than the limit can
 * come.
 */
class Hunt {
  readonly records: Record[] = [];
  scale: number;
  nothingBetter = false;
  readonly #wanted: Extremal;
  readonly #limit: number;
  readonly #count: number;
  #nextCheck = 8;

  constructor(wanted: Extremal, limit: number, missing: number, scale: number) {
    this.#wanted = wanted;
    this.#limit = limit;
    this.#count = missing > 0 ? missing : wanted.k;
    this.scale = scale;
  }

  /** Records, best first, no more than wanted: a value that comes late may push others out. */
  best(): Record[] {
    const { sign } = this.#wanted;
    return this.records.sort((a, b) => sign * (a.value - b.value)).slice(0, this.#count);
  }

  /**
   * Whether a round has what it is for. `open` is false when the Krylov space is exhausted: then
   * all values are exact.
   */
  enough({ alpha, beta, steps }: Lanczos, open: boolean): boolean {
    if (open && steps < this.#nextCheck) return false;
    this.#nextCheck = steps + Math.max(4, steps >> 4);
    const { sign, tol, k } = this.#wanted;
    const { values, first, last } = ritzValues(alpha, beta);
    this.scale = Math.max(this.scale, Math.abs(values[0]!), Math.abs(values.at(-1)!));
    const goal = Math.max((0.1 * tol) / Math.sqrt(k), 4 * Number.EPSILON) * this.scale;
    const same = Math.max(tol, 1e-12) * this.scale;
    const coupling = open ? beta.at(-1)! : 0;
    const at = (i: number) => (sign === 1 ? i : values.length - 1 - i);
    let found = 0;
    for (let i = 0, end = 0; i < values.length; i = end) {
      const value = sign * values[at(i)]!;
      let share = Math.abs(first[at(end++)]!);
      while (end < values.length && sign * values[at(end)]! - value <= same)
        share = Math.max(share, Math.abs(first[at(end++)]!));
      if (share < GHOST) continue;
      // A value has copies in T only after it has converged (C. C. Paige, 1971); their last
      // components are mixed.
      const residual = end - i > 1 ? 0 : coupling * Math.abs(last[at(i)]!);
      if (value >= this.#limit - same) {
        if (found > 0) return true;
        this.nothingBetter = residual <= Math.max(1e-3 * (value - this.#limit), goal);
        return this.nothingBetter || !open;
      }
      if (residual > goal) return !open;
      if (!this.records.some((record) => Math.abs(sign * record.value - value) <= same))
        this.records.push({ value: sign * value, steps });
      if (++found === this.#count) return true;
    }
    // Everything in the space is better than the limit and known.
    if (!open && found === 0) this.nothingBetter = true;
    return !open;
  }
}

/**
 * The eigenvector of T at about the first step at which it had converged: later ones mix with the
 * copies that rounding brings. Halves the range of steps, each test of O(steps).
 */
function firstConverged(
  alpha: readonly number[],
  beta: readonly number[],
  value: number,
  steps: number,
  goal: number,
): Float64Array {
  const at = (m: number) => {
    const vector = ritzVector(alpha.slice(0, m), beta, value);
    const residual = Math.hypot(
      tridiagonalResidual(alpha, beta, value, vector),
      beta[m - 1]! * vector[m - 1]!,
    );
    return { vector, residual };
  };
  let [low, high] = [1, steps];
  let best = at(steps);
  while (low < high) {
    const middle = (low + high) >> 1;
    const tried = at(middle);
    if (tried.residual <= goal) [high, best] = [middle, tried];
    else low = middle + 1;
  }
  return best.vector;
}

/**
 * The second pass: vectors of the recorded values, checked against the operator and without what is
 * locked.
 */
function extract(
  space: Space,
  first: Lanczos,
  begin: () => Lanczos,
  hunt: Hunt,
  bank: Bank,
  locked: readonly Pair[],
  map: LinearMap,
  goal: number,
): Pair[] {
  const { alpha, beta } = first;
  if (hunt.records.length === 0) return [];
  const targets = hunt.best().map(({ value, steps }) => ({
    vector: bank.take(),
    weights: firstConverged(alpha, beta, value, steps, 0.2 * goal),
  }));
  for (const { vector } of targets) space.local(vector).fill(0);
  const again = begin();
  const steps = Math.max(...targets.map(({ weights }) => weights.length));
  for (let step = 0; step < steps; step++) {
    for (const { vector, weights } of targets)
      if (step < weights.length)
        space.memory.kernels.axpy(vector, weights[step]!, again.vector, space.doubles);
    if (step + 1 < steps) again.replay(step, alpha, beta);
  }
  const scratch = again.room;
  const fresh: Pair[] = [];
  for (const { vector } of targets) {
    const known = [...locked, ...fresh].map((pair) => pair.vector);
    const norms = [0, 1].map(() => {
      space.project(vector, known);
      return space.normalize(vector);
    });
    // What falls together with what is known was a copy by rounding.
    const value = norms[0]! < 0.1 ? NaN : space.step(map, scratch, vector).projection;
    const residual = Number.isNaN(value) ? Infinity : space.residual(scratch, vector, value);
    if (residual <= goal) fresh.push({ value, vector, residual });
    else bank.giveBack(vector);
  }
  return fresh;
}
