import type { Bank } from './bank.ts';
import type { Space } from './space.ts';

/**
 * A Krylov method for A x = b: x ← x + correction for the residual r, which is lost, until its norm
 * is at most `goal` by the recurrence.
 */
export type LinearMethod = (space: Space, bank: Bank, x: number, r: number, goal: number) => LinearOutcome;

/** How a run ended; `indefinite` tells that conjugate gradients do not suit the operator. */
export interface LinearOutcome {
  readonly iterations: number;
  readonly end: 'converged' | 'indefinite' | 'spent' | 'stuck';
}

/** More iterations than rounding makes of as many as there are rows. */
const most = (space: Space) => 50 + 4 * space.ranges.at(-1)!.end;

/**
 * Conjugate gradients (M. R. Hestenes and E. Stiefel, J. Res. NBS 49, 409, 1952) for positive
 * definite operators.
 */
export const conjugateGradients: LinearMethod = (space, bank, x, r, goal) => {
  const { kernels } = space.memory;
  const n = space.doubles;
  const [p, q] = [bank.take(), bank.take()];
  space.copy(p, r);
  let size = space.norm(r);
  let [iterations, end]: [number, LinearOutcome['end']] = [0, 'converged'];
  while (size > goal) {
    const { projection, size: square, square: image } = space.step(space.apply, q, p);
    iterations++;
    // Of a positive definite operator it is no less than 2/√κ of this.
    if (projection <= 1e-12 * Math.sqrt(square * image)) {
      end = 'indefinite';
      break;
    }
    const alpha = (size * size) / projection;
    kernels.axpy(x, alpha, p, n);
    kernels.axpy(r, -alpha, q, n);
    const next = space.norm(r);
    kernels.combine(p, (next / size) ** 2, 1, r, 0, r, n);
    size = next;
    if (space.spent || iterations > most(space)) {
      end = 'spent';
      break;
    }
  }
  bank.giveBack(p);
  bank.giveBack(q);
  return { iterations, end };
};

/** MINRES (C. C. Paige and M. A. Saunders, SIAM J. Numer. Anal. 12, 617, 1975) for Hermitian operators. */
export const minimalResiduals: LinearMethod = (space, bank, x, r, goal) => {
  const { kernels } = space.memory;
  const n = space.doubles;
  const taken = Array.from({ length: 5 }, () => bank.take()) as [number, number, number, number, number];
  let [v, before, next, w, wBefore] = taken;
  for (const vector of [before, w, wBefore]) space.local(vector).fill(0);
  space.copy(v, r);
  let eta = space.normalize(v);
  let beta = 0;
  // The last two rotations of the QR factors of T.
  let [c, s, cBefore, sBefore] = [1, 0, 1, 0];
  let [iterations, end]: [number, LinearOutcome['end']] = [0, 'converged'];
  while (Math.abs(eta) > goal) {
    const { projection: alpha, square } = space.step(space.apply, next, v);
    iterations++;
    kernels.combine(next, 1, -alpha, v, -beta, before, n);
    const coupling = space.norm(next);
    const delta = c * alpha - cBefore * s * beta;
    const diagonal = Math.hypot(delta, coupling);
    if (diagonal <= 1e-15 * Math.sqrt(square)) {
      end = 'stuck';
      break;
    }
    // w ← (v − ρ₂ w − ρ₃ w₋) / ρ₁, over the place of w₋.
    const [rho2, rho3] = [s * alpha + cBefore * c * beta, sBefore * beta];
    kernels.combine(wBefore, -rho3 / diagonal, 1 / diagonal, v, -rho2 / diagonal, w, n);
    [w, wBefore] = [wBefore, w];
    [cBefore, sBefore] = [c, s];
    [c, s] = [delta / diagonal, coupling / diagonal];
    kernels.axpy(x, c * eta, w, n);
    eta *= -s;
    if (coupling <= 1e-15 * Math.sqrt(square)) break;
    kernels.scale(next, 1 / coupling, n);
    [before, v, next] = [v, next, before];
    beta = coupling;
    if (space.spent || iterations > most(space)) {
      end = 'spent';
      break;
    }
  }
  for (const vector of taken) bank.giveBack(vector);
  return { iterations, end };
};
