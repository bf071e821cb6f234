import type { LinearMap, Space } from './space.ts';

/**
 * Steps between projections on the complement of what is known: rounding brings it back by then to
 * about 1e-12.
 */
const PROJECT_EVERY = 12;
/** Above this share the known vectors are projected out at once. */
const MOST_SHARE = 1e-11;
/** A vector whose square is further from 1 is normalized again. */
const NORM_ERROR = 1e-13;
/** Below this share of ‖A v‖² the next β is computed from the vector, not by subtraction. */
const CANCELLATION = 0.01;

/**
 * The Lanczos recurrence without a stored basis: three vectors, one sum of two numbers a step (α,
 * and β from ‖A v‖² = α² + β² + β₋²). The second pass makes the same vectors again from the
 * coefficients of the first.
 */
export class Lanczos {
  /** Diagonal of T. */
  readonly alpha: number[] = [];
  /** Off-diagonal of T; the last one couples to the next vector. */
  readonly beta: number[] = [];
  /** Addresses: the current vector, the one before, and room. */
  #v: number;
  #before: number;
  #room: number;
  /** Estimates of what the current vector and the one before have of what is known. */
  #share = Number.EPSILON;
  #shareBefore = Number.EPSILON;

  /**
   * @param v a unit vector.
   * @param rest two more vectors.
   * @param known vectors in whose complement the recurrence stays.
   * @param values their eigenvalues: those far from the others come back soonest.
   */
  constructor(
    readonly space: Space,
    readonly map: LinearMap,
    v: number,
    rest: readonly [number, number],
    readonly known: readonly number[],
    readonly values: readonly number[] = [],
  ) {
    this.#v = v;
    [this.#before, this.#room] = rest;
    space.local(this.#before).fill(0);
  }

  /** Steps done. */
  get steps(): number {
    return this.alpha.length;
  }

  /** The current basis vector. */
  get vector(): number {
    return this.#v;
  }

  /** A vector that is free between steps. */
  get room(): number {
    return this.#room;
  }

  /** One step; false when the space is exhausted, which leaves β = 0. */
  advance(): boolean {
    const { space } = this;
    const { kernels } = space.memory;
    const w = this.#room;
    const sums = space.step(this.map, w, this.#v);
    let { projection: alpha, square } = sums;
    // The vector tells how far off the last β was, which came from a difference.
    const { size } = sums;
    if (Math.abs(size - 1) > NORM_ERROR && this.steps > 0) {
      const factor = Math.sqrt(size);
      this.beta[this.steps - 1]! *= factor;
      kernels.scale(this.#v, 1 / factor, space.doubles);
      kernels.scale(w, 1 / factor, space.doubles);
      alpha /= size;
      square /= size;
    }
    const last = this.beta.at(-1) ?? 0;
    this.alpha.push(alpha);
    let beta = Math.sqrt(Math.max(0, square - alpha * alpha - last * last));
    const exact = beta * beta <= CANCELLATION * square;
    if (exact) {
      kernels.combine(w, 1, -alpha, this.#v, -last, this.#before, space.doubles);
      beta = space.norm(w);
    }
    if (beta <= 1e-14 * (Math.abs(alpha) + last + beta)) {
      this.beta.push(0);
      return false;
    }
    this.beta.push(beta);
    if (exact) kernels.scale(w, 1 / beta, space.doubles);
    else kernels.combine(w, 1 / beta, -alpha / beta, this.#v, -last / beta, this.#before, space.doubles);
    this.#rotate(this.steps, alpha, beta, last);
    return true;
  }

  /** Makes the next vector again, from coefficients that are known. */
  replay(step: number, alpha: readonly number[], beta: readonly number[]): void {
    const { space } = this;
    const w = this.#room;
    this.map(w, this.#v);
    const b = beta[step]!;
    const last = step > 0 ? beta[step - 1]! : 0;
    space.memory.kernels.combine(
      w,
      1 / b,
      -alpha[step]! / b,
      this.#v,
      -last / b,
      this.#before,
      space.doubles,
    );
    this.#rotate(step + 1, alpha[step]!, b, last);
  }

  /** Follows how rounding brings back what is known, by the recurrence itself (H. D. Simon, Linear Algebra Appl. 61, 101, 1984). */
  #rotate(steps: number, alpha: number, beta: number, last: number): void {
    [this.#before, this.#v, this.#room] = [this.#v, this.#room, this.#before];
    const far = this.values.reduce((most, value) => Math.max(most, Math.abs(value - alpha)), 0);
    const next = Number.EPSILON + (far * this.#share + last * this.#shareBefore) / beta;
    this.#shareBefore = this.#share;
    this.#share = next;
    if (this.known.length === 0 || (steps % PROJECT_EVERY >= 2 && next <= MOST_SHARE)) return;
    this.space.project(this.#v, this.known);
    this.#share = Number.EPSILON;
  }
}
