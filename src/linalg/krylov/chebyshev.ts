import type { Complex } from '../scalar.ts';
import type { Space } from './space.ts';

/** Room of a recurrence: three vectors. */
export type ChebyshevRoom = readonly [number, number, number];

/**
 * The vectors T₀ x, T₁ x, … of the operator scaled to [−1, 1]: T₍ⱼ₎ = 2 H T₍ⱼ₋₁₎ − T₍ⱼ₋₂₎.
 *
 * @param visit called with each, up to `degree`.
 */
export function chebyshev(
  space: Space,
  [low, high]: readonly [number, number],
  degree: number,
  x: number,
  room: ChebyshevRoom,
  visit: (j: number, vector: number) => void,
): void {
  const [middle, half] = [(high + low) / 2, (high - low) / 2];
  const { kernels } = space.memory;
  let [before, now, next] = room;
  space.copy(before, x);
  visit(0, before);
  if (degree === 0) return;
  space.apply(now, x);
  kernels.combine(now, 1 / half, -middle / half, x, 0, x, space.doubles);
  visit(1, now);
  for (let j = 2; j <= degree; j++) {
    space.apply(next, now);
    kernels.combine(next, 2 / half, (-2 * middle) / half, now, -1, before, space.doubles);
    visit(j, next);
    [before, now, next] = [now, next, before];
  }
}

/** Below this share a coefficient adds nothing. */
const NOTHING = 1e-18;

/**
 * Bessel functions J₀(z), J₁(z), … up to the last that matters, by Miller's recurrence downwards (F.
 * W. J. Olver and D. J. Sookne, Math. Comp. 26, 941, 1972), normalized by J₀ + 2 Σ J₂ₖ = 1.
 */
export function bessel(z: number): Float64Array {
  const size = Math.abs(z);
  if (size === 0) return Float64Array.of(1);
  const top = 2 * Math.ceil((size + 30 + 14 * Math.cbrt(size)) / 2);
  const values = new Float64Array(top + 2);
  values[top] = 1e-250;
  for (let k = top; k > 0; k--) {
    values[k - 1] = ((2 * k) / size) * values[k]! - values[k + 1]!;
    if (Math.abs(values[k - 1]!) > 1e200) for (let j = k - 1; j <= top; j++) values[j]! *= 1e-250;
  }
  let sum = values[0]!;
  for (let k = 2; k <= top; k += 2) sum += 2 * values[k]!;
  let count = top;
  while (count > 1 && Math.abs(values[count - 1]! / sum) < NOTHING) count--;
  return values.slice(0, count).map((value, k) => (value / sum) * (z < 0 && k % 2 === 1 ? -1 : 1));
}

/**
 * Coefficients of exp(−i t H) in T₀, T₁, … of H scaled to [−1, 1]: e^(−i t c) (2 − δ) (−i)ᵏ Jₖ(t r)
 * (H. Tal-Ezer and R. Kosloff, J. Chem. Phys. 81, 3967, 1984). The phase e^(−i t c) comes apart.
 */
export function evolutionTerms(
  [low, high]: readonly [number, number],
  t: number,
): { readonly phase: Complex; readonly terms: Float64Array } {
  const center = (high + low) / 2;
  const values = bessel((t * (high - low)) / 2);
  return {
    phase: { re: Math.cos(center * t), im: -Math.sin(center * t) },
    terms: values.map((value, k) => (k === 0 ? value : 2 * value)),
  };
}
