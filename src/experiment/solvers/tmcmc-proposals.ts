import type { Random } from '../../conduit/index.ts';
import { drawGamma } from '../distributions/draw-gamma.ts';
import {
  drawMixture,
  logMixtureAt,
  logTAt,
  noiseOf,
  squareFrom,
  TAILS,
  type Mixture,
  type Part,
} from './mixture.ts';

/** Most variables for which whole draws of the mixture, and steps of several lengths, are tried: beyond, few would be accepted. */
export const FEW = 6;
/** Lengths spread over this many powers of ten. */
const DECADES = 1.5;

/** Where a chain might go, and ln of how much likelier the way back is proposed than the way there. */
export interface Proposal {
  readonly z: number[];
  readonly back: number;
  /** Whether its acceptance tells how far such steps should go. */
  readonly kind: 'mixture' | 'partial' | 'walk';
}

/** What a half of the population looks like. */
export interface Shape {
  /** All of it as one. */
  readonly whole: Part;
  /** Closer, where there are several parts. */
  readonly mixture: Mixture;
}

export interface Reach {
  /** Of a step of the random walk. */
  readonly scale: number;
  /** Share of a partial draw that is new. */
  readonly fresh: number;
}

/**
 * A Metropolis proposal. In few dimensions half of them are draws of the mixture, that forget where they began; the others are steps along the
 * difference of two members of the population (C. J. F. ter Braak and J. A. Vrugt, Stat. Comput. 18 (2008) 435) or of the population's
 * covariance, of several lengths, so that some fit into a neck. In many dimensions most are draws of the mixture's only part that
 * keep some of the place: preconditioned Crank–Nicolson steps that leave a t distribution as it is (M. Grumitt, M. Karamanis and U. Seljak,
 * arXiv:2407.07781 (2024)).
 */
export function proposeFrom(
  z: readonly number[],
  population: readonly (readonly number[])[],
  { whole, mixture }: Shape,
  half: number,
  { scale, fresh }: Reach,
  random: Random,
): Proposal {
  const n = z.length;
  const way = random.uniform();
  if (n <= FEW && way < 0.5) {
    const to = drawMixture(mixture, random);
    return { z: to, back: logMixtureAt(mixture, z) - logMixtureAt(mixture, to), kind: 'mixture' };
  }
  if (n > FEW && way < 0.75) {
    const kept = Math.sqrt(1 - fresh * fresh);
    const spread = (TAILS + squareFrom(whole, z)) / (2 * drawGamma((TAILS + n) / 2, random));
    const noise = noiseOf(whole, random);
    const to = z.map(
      (x, i) => whole.mean[i]! + kept * (x - whole.mean[i]!) + fresh * Math.sqrt(spread) * noise[i]!,
    );
    return { z: to, back: logTAt(whole, z) - logTAt(whole, to), kind: 'partial' };
  }
  const length = n > FEW ? scale : (2.38 / Math.sqrt(n)) * 10 ** (-DECADES * random.uniform());
  // Members of the same half: the other one must not know.
  const one = () => 2 * random.integer((population.length + 1 - half) >> 1) + half;
  const [a, b] = [one(), one()];
  const along = n <= FEW && random.uniform() < 0.5;
  const move = along
    ? z.map((_, j) => (population[a]![j]! - population[b]![j]!) * Math.SQRT1_2)
    : noiseOf(whole, random);
  return { z: z.map((x, j) => x + length * move[j]!), back: 0, kind: 'walk' };
}
