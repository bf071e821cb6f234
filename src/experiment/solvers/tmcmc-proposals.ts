import type { Random } from '../../conduit/index.ts';
import { apply } from './linear.ts';

/** Most variables for which steps of several lengths and along differences are tried: beyond, few of them would be accepted. */
export const FEW = 5;
/** Lengths spread over this many powers of ten. */
const DECADES = 1.5;

/**
 * A Metropolis proposal. In few dimensions half of the steps lie along the difference of two members of the population (C. J. F. ter Braak
 * and J. A. Vrugt, Stat. Comput. 18 (2008) 435), the others have the population's covariance, and all are of several lengths, so that
 * some fit into a neck. In many dimensions there is one length, which follows the acceptance.
 */
export function proposeFrom(
  z: readonly number[],
  population: readonly (readonly number[])[],
  factor: readonly (readonly number[])[],
  scale: number,
  random: Random,
): number[] {
  const n = z.length;
  // The same numbers are drawn for either, so that the stream stays in step.
  const noise = z.map(() => random.normal());
  const length = n > FEW ? scale : (2.38 / Math.sqrt(n)) * 10 ** (-DECADES * random.uniform());
  const [a, b] = [random.integer(population.length), random.integer(population.length)];
  const along = n <= FEW && random.uniform() < 0.5;
  const move = along
    ? z.map((_, j) => (population[a]![j]! - population[b]![j]!) * Math.SQRT1_2)
    : apply(factor, noise);
  return z.map((x, j) => x + length * move[j]!);
}
