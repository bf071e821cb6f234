/** Chains of one length that are to look alike. */
type Chains = readonly (readonly number[])[];

/** Twice as many chains of half the length; of an odd length without the middle draw. */
export function splitInHalves(chains: Chains): number[][] {
  return chains.flatMap((chain) => {
    const half = Math.floor(chain.length / 2);
    return [chain.slice(0, half), chain.slice(chain.length - half)];
  });
}

export const isConstant = (draws: readonly number[]): boolean => draws.every((x) => x === draws[0]);

const meanOf = (draws: readonly number[]): number => draws.reduce((sum, x) => sum + x, 0) / draws.length;

function varianceOf(draws: readonly number[]): number {
  const mean = meanOf(draws);
  return draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws.length - 1);
}

/** √(((N − 1)/N W + B/N) / W). */
export function rHatOf(chains: Chains): number {
  const n = chains[0]!.length;
  const within = meanOf(chains.map(varianceOf));
  return Math.sqrt((n - 1) / n + varianceOf(chains.map(meanOf)) / within);
}

/**
 * Effective sample size of the mean, of chains that are split already. C. J. Geyer, Stat. Sci. 7 (1992) 473: autocorrelations are summed as
 * pairs, as long as these are positive, and made monotone.
 */
export function effectiveSize(chains: Chains): number {
  const n = chains[0]!.length;
  const total = n * chains.length;
  if (isConstant(chains.flat())) return NaN;
  const centred = chains.map((chain) => {
    const mean = meanOf(chain);
    return Float64Array.from(chain, (x) => x - mean);
  });
  const covariance = (lag: number) => meanOf(centred.map((chain) => autocovariance(chain, lag)));
  const within = (covariance(0) * n) / (n - 1);
  const between = chains.length > 1 ? varianceOf(chains.map(meanOf)) : 0;
  const all = (within * (n - 1)) / n + between;
  const rho = (lag: number) => 1 - (within - covariance(lag)) / all;
  const pairs = [[1, rho(1)] as [number, number]];
  let even = 1;
  let odd = rho(1);
  for (let lag = 2; lag < n - 2 && even + odd > 0; lag += 2) {
    even = rho(lag);
    odd = rho(lag + 1);
    if (even + odd >= 0) pairs.push([even, odd]);
  }
  // The last pair that was looked at is not summed: of it only an even term that is positive.
  if (pairs.length > 1 && even + odd >= 0) pairs.pop();
  let least = Infinity;
  let sum = 0;
  for (const [a, b] of pairs) {
    least = Math.min(least, a + b);
    sum += least;
  }
  const tau = -1 + 2 * sum + Math.max(0, even);
  return total / Math.max(tau, 1 / Math.log10(total));
}

/** Divided by the whole length, whatever the lag. */
function autocovariance(centred: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < centred.length; i++) sum += centred[i]! * centred[i - lag]!;
  return sum / centred.length;
}
