import { LinalgError } from '../error.ts';
import type { Complex } from '../scalar.ts';
import { arnoldi } from './arnoldi.ts';
import type { Bank } from './bank.ts';
import { denseExponential, type SmallMatrix } from './dense-exponential.ts';
import { lanczosFunction } from './lanczos-function.ts';
import type { Space } from './space.ts';

/** Vectors of the Arnoldi basis. */
export const EXPM_BASIS = 30;
const MOST_HALVINGS = 40;

/**
 * x ← exp(scale A) x of a Hermitian operator by Lanczos, in as many equal parts as it takes.
 *
 * @returns steps of the recurrence.
 */
export function expmHermitian(space: Space, bank: Bank, x: number, scale: Complex, tol: number): number {
  const out = [bank.take(), bank.take()] as const;
  let [parts, steps] = [1, 0];
  for (let part = 0; part < parts;) {
    const { re, im } = { re: scale.re / parts, im: scale.im / parts };
    const f = (value: number) => {
      const size = Math.exp(re * value);
      return im === 0 ? size : { re: size * Math.cos(im * value), im: size * Math.sin(im * value) };
    };
    const found = lanczosFunction(space, bank, f, x, out, tol / parts, part === 0 ? 160 : 1000);
    if (found === undefined) {
      if (space.spent || parts > 2 ** MOST_HALVINGS) throw notConverged(space);
      parts *= 4;
      continue;
    }
    steps += found.steps;
    space.copy(x, out[0]);
    part++;
  }
  for (const vector of out) bank.giveBack(vector);
  return steps;
}

/**
 * x ← exp(scale A) x of any operator by Arnoldi, in parts whose lengths an error estimate chooses
 * (Y. Saad, SIAM J. Numer. Anal. 29, 209, 1992; R. B. Sidje, ACM TOMS 24, 130, 1998). Takes
 * EXPM_BASIS + 1 vectors of the bank.
 *
 * @returns steps of the process.
 */
export function expmGeneral(space: Space, bank: Bank, x: number, scale: Complex, tol: number): number {
  const basis = Array.from({ length: EXPM_BASIS + 1 }, () => bank.take());
  const { kernels } = space.memory;
  let [done, share, steps] = [0, 1, 0];
  while (done < 1) {
    if (space.spent) throw notConverged(space);
    const norm = space.norm(x);
    if (norm === 0) break;
    space.copy(basis[0]!, x);
    kernels.scale(basis[0]!, 1 / norm, space.doubles);
    const h = arnoldi(space, space.apply, basis);
    steps += h.steps;
    const m = h.steps;
    const closed = h.entry(m, m - 1)[0] === 0;
    for (let turn = 0; ; turn++) {
      share = Math.min(share, 1 - done);
      // The last column of the exponential would belong to vₘ₊₁, whose share is the error's estimate.
      const f = denseExponential(timesSteps(h.entry, closed ? m : m + 1, m, scale, share));
      const at = (i: number) => [f.re[i * f.n]!, f.im[i * f.n]!] as const;
      const error = closed ? 0 : Math.hypot(...at(m));
      let size = 0;
      for (let i = 0; i < f.n; i++) size = Math.hypot(size, ...at(i));
      const limit = tol * size * share;
      if (!Number.isFinite(size))
        throw new LinalgError('ERR_VALUE', 'the exponential is beyond what numbers hold');
      if (error <= limit) {
        space.local(x).fill(0);
        const used = basis.slice(0, f.n);
        const weights = used.flatMap((_, i) => {
          const [re, im] = at(i);
          return space.width === 2 ? [norm * re, norm * im] : [norm * re];
        });
        space.accumulate(x, weights, used);
        done += share;
        if (1 - done < 1e-14) done = 1;
        share *= Math.min(4, 0.9 * (limit / Math.max(error, 1e-300)) ** (1 / m));
        break;
      }
      if (turn > 60) throw notConverged(space);
      share *= Math.max(0.1, Math.min(0.7, 0.9 * (limit / error) ** (1 / m)));
    }
  }
  for (const vector of basis) bank.giveBack(vector);
  return steps;
}

/** scale · share · H, with the row that leads to vₘ₊₁ where n is m + 1. */
function timesSteps(
  entry: (i: number, j: number) => readonly [number, number],
  n: number,
  m: number,
  scale: Complex,
  share: number,
): SmallMatrix {
  const out = { n, re: new Float64Array(n * n), im: new Float64Array(n * n) };
  const [a, b] = [scale.re * share, scale.im * share];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const [re, im] = entry(i, j);
      out.re[i * n + j] = a * re - b * im;
      out.im[i * n + j] = a * im + b * re;
    }
  return out;
}

function notConverged(space: Space): LinalgError {
  return new LinalgError(
    'ERR_CONVERGENCE',
    `the exponential did not converge in ${space.products} products: raise maxProducts, or tol`,
  );
}
