/** Energies of a chain's trajectories, of which no list is kept. Strict JSON. */
export interface Energies {
  count: number;
  mean: number;
  /** Σ (E − mean)² and Σ (E − the one before)². */
  squares: number;
  jumps: number;
  last: number;
}

export const noEnergies = (): Energies => ({ count: 0, mean: 0, squares: 0, jumps: 0, last: 0 });

/** By B. P. Welford, Technometrics 4 (1962) 419. */
export function noteEnergy(energies: Energies, energy: number): void {
  if (energies.count > 0) energies.jumps += (energy - energies.last) ** 2;
  energies.last = energy;
  const before = energy - energies.mean;
  energies.mean += before / ++energies.count;
  energies.squares += before * (energy - energies.mean);
}

/** Energy's Bayesian fraction of missing information: M. Betancourt, arXiv:1604.00695 (2016). NaN of fewer than two. */
export const bfmiOf = ({ count, squares, jumps }: Energies): number => (count < 2 ? NaN : jumps / squares);
