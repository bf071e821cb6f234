/** Diagnostics against the functions of ArviZ 0.23.4, of chains that anybody can make again. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { diagnose, normal } from 'flotilla/experiment';

const standard = normal(0, 1);

/** y ← φ y + e of a linear congruential generator: 4 chains of 250, one stream through all. */
function chains(phi: number): number[][] {
  let k = 12345;
  return Array.from({ length: 4 }, () => {
    let y = 0;
    return Array.from({ length: 250 }, () => {
      k = Number((1664525n * BigInt(k) + 1013904223n) % 2n ** 32n);
      return (y = phi * y + standard.quantile((k + 0.5) / 2 ** 32));
    });
  });
}

const last = (change: (x: number) => number) =>
  chains(0.6).map((chain, i) => (i === 3 ? chain.map(change) : chain));
/** The normal distribution function by its continued fraction and series is not at hand: of pairs, by rank of a fine table. */
const cauchyOf = (x: number) => Math.tan(Math.PI * (cumulative(x) - 0.5));
/** By bisection on the quantile. */
function cumulative(x: number): number {
  let [low, high] = [1e-15, 1 - 1e-15];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (standard.quantile(middle) < x) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function close(found: number, expected: number, half: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= half, `${what}: ${found} is not ${expected}`);
}

it('the chains are those of the table', () => {
  const [first] = chains(0.6);
  close(first![0]!, -2.045502, 1e-6, 'first');
  close(first![1]!, -3.358222, 1e-6, 'second');
  close(chains(0.6)[3]![249]!, -1.221248, 1e-6, 'last');
});

const d = chains(0);
for (const [name, given, rHat, bulk, tail, ess, mcse] of [
  ['A', chains(0.6), 1.01401, 212.396, 487.67, 213.93, 0.083643],
  ['B, one chain moved', last((x) => x + 1), 1.04921, 112.735, 205.04, 109.85, 0.120468],
  ['C, one chain stretched', last((x) => 3 * x), 1.20625, 199.544, 36.96, 190.33, 0.164456],
  ['D, independent', d, 1.00107, 1109.9, 837.86, 1114.8, 0.030139],
  ['E, D made Cauchy', d.map((chain) => chain.map(cauchyOf)), 1.00107, 1109.9, 837.86, 1040.48, 5.3171],
  ['F, antithetic', chains(-0.5), 1.00278, 3000, 901.91, 3000, 0.021689],
] as [string, number[][], number, number, number, number, number][]) {
  it(name, () => {
    const found = diagnose(given);
    close(found.rHat, rHat, 6e-6, 'R-hat');
    close(found.bulk, bulk, 6e-3, 'bulk ESS');
    close(found.tail, tail, 6e-3, 'tail ESS');
    close(found.ess, ess, 6e-3, 'ESS of the mean');
    close(found.mcseMean, mcse, mcse * 2e-5, 'MCSE');
  });
}

it('constant chains, and chains of other lengths', () => {
  for (const value of Object.values(diagnose([new Array<number>(50).fill(2), new Array<number>(50).fill(2)])))
    assert.ok(Number.isNaN(value));
  assert.throws(
    () =>
      diagnose([
        [1, 2, 3, 4],
        [1, 2],
      ]),
    { code: 'ERR_OPTION' },
  );
});
