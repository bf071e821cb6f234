import { LinalgError } from '../error.ts';
import type { Complex } from '../scalar.ts';
import type { Bank } from './bank.ts';
import { Lanczos } from './lanczos.ts';
import type { Space } from './space.ts';
import { tridiagonalEigen } from './tridiagonal.ts';

/** A function of eigenvalues. */
export type SpectralFunction = (x: number) => number | Complex;

/** f(A) x: its real and imaginary factors apart in a real space. */
export interface FunctionResult {
  readonly steps: number;
  readonly estimate: number;
  /** Whether some f(λ) was complex; then a real space has the imaginary part at `imaginary`. */
  readonly complex: boolean;
}

/** Steps beyond which the small problem would cost more than the products. */
const MOST_STEPS = 1200;

/**
 * y ← f(A) x by Lanczos without a stored basis, in two passes: the first for T, until f(T) e₁
 * changes by no more than tol between two sizes of T, the second for the vectors. Rounding costs
 * steps, not accuracy (C. Musco, C. Musco and A. Sidford, SODA 2018).
 *
 * @param y gets the result; in a real space its real part.
 * @param imaginary gets the imaginary part in a real space.
 * @param most steps to try; undefined comes back when they do not suffice.
 */
export function lanczosFunction(
  space: Space,
  bank: Bank,
  f: SpectralFunction,
  x: number,
  [y, imaginary]: readonly [number, number],
  tol: number,
  most: number = MOST_STEPS,
): FunctionResult | undefined {
  const work = [bank.take(), bank.take(), bank.take()] as const;
  const norm = space.norm(x);
  const begin = () => {
    space.copy(work[0], x);
    if (norm > 0) space.memory.kernels.scale(work[0], 1 / norm, space.doubles);
    return new Lanczos(space, space.apply, work[0], [work[1], work[2]], []);
  };
  try {
    space.local(y).fill(0);
    space.local(imaginary).fill(0);
    if (norm === 0) return { steps: 0, estimate: 0, complex: false };
    const first = begin();
    let weights = new Weights([]);
    let estimate = Infinity;
    for (let check = 8, open = true; ; check += Math.max(4, check >> 2)) {
      while (open && first.steps < check && !space.spent) open = first.advance();
      const now = weightsOf(f, first.alpha, first.beta);
      estimate = now.distance(weights);
      weights = now;
      if (!open || estimate <= tol * now.size) break;
      if (first.steps >= most || space.spent) return undefined;
    }
    const { re, im } = weights;
    const again = begin();
    for (let step = 0; step < re.length; step++) {
      add(space, again.vector, norm * re[step]!, norm * im[step]!, y, imaginary);
      if (step + 1 < re.length) again.replay(step, first.alpha, first.beta);
    }
    return { steps: first.steps, estimate: estimate * norm, complex: weights.complex };
  } finally {
    for (const vector of work) bank.giveBack(vector);
  }
}

function add(space: Space, v: number, re: number, im: number, y: number, imaginary: number): void {
  const { kernels } = space.memory;
  if (space.width === 2) kernels.axpyComplex(y, re, im, v, space.doubles / 2);
  else {
    kernels.axpy(y, re, v, space.doubles);
    if (im !== 0) kernels.axpy(imaginary, im, v, space.doubles);
  }
}

/** f(T) e₁. */
class Weights {
  constructor(
    readonly re: readonly number[],
    readonly im: readonly number[] = re.map(() => 0),
    readonly complex = false,
  ) {}

  get size(): number {
    return Math.hypot(...this.re, ...this.im);
  }

  distance(shorter: Weights): number {
    return Math.hypot(
      ...this.re.map((value, i) => value - (shorter.re[i] ?? 0)),
      ...this.im.map((value, i) => value - (shorter.im[i] ?? 0)),
    );
  }
}

function weightsOf(f: SpectralFunction, alpha: readonly number[], beta: readonly number[]): Weights {
  const { values, vectors } = tridiagonalEigen(alpha, beta);
  const m = values.length;
  const [re, im] = [new Array<number>(m).fill(0), new Array<number>(m).fill(0)];
  let complex = false;
  const scale = Math.max(Math.abs(values[0]!), Math.abs(values[m - 1]!));
  vectors.forEach((vector, i) => {
    // What is zero but for rounding.
    const x = Math.abs(values[i]!) <= 4 * Number.EPSILON * scale ? 0 : values[i]!;
    const value = f(x);
    const [a, b] = typeof value === 'number' ? [value, 0] : [value.re, value.im];
    if (typeof value !== 'number') complex = true;
    if (!Number.isFinite(a) || !Number.isFinite(b))
      throw new LinalgError(
        'ERR_VALUE',
        `the function is ${a}${b === 0 ? '' : ` + ${b}i`} at ${x}, a value of the operator`,
      );
    for (let j = 0; j < m; j++) {
      re[j]! += a * vector[0]! * vector[j]!;
      im[j]! += b * vector[0]! * vector[j]!;
    }
  });
  return new Weights(re, im, complex);
}
