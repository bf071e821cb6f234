import type { Bank } from './bank.ts';
import { Lanczos } from './lanczos.ts';
import type { Space } from './space.ts';
import { ritzValues } from './tridiagonal.ts';

/** Bounds of the spectrum, a little wide, from a few Lanczos steps. */
export function spectrumBounds(space: Space, bank: Bank, seed: number): [number, number] {
  const work = [bank.take(), bank.take(), bank.take()] as const;
  space.randomUnit(work[0], seed, 7, []);
  const lanczos = new Lanczos(space, space.apply, work[0], [work[1], work[2]], []);
  while (lanczos.steps < 60 && lanczos.advance());
  for (const vector of work) bank.giveBack(vector);
  const { values, last } = ritzValues(lanczos.alpha, lanczos.beta);
  const coupling = lanczos.beta.at(-1)!;
  const margin = 1e-3 * (values.at(-1)! - values[0]!) + 1e-12;
  return [
    values[0]! - coupling * Math.abs(last[0]!) - margin,
    values.at(-1)! + coupling * Math.abs(last.at(-1)!) + margin,
  ];
}
