/**
 * The ground state of a ring of 12 spins and its correlations with distance, drawn in the terminal:
 *
 *     flotilla run -n 4 examples/linalg/ground-state.ts
 */
import { world } from 'flotilla';
import { eigh, expectation, hamHeis, spinOperator } from 'flotilla/linalg';

const n = 12;
const { values, vectors } = eigh(hamHeis(n, { cyclic: true }), { k: 1 });
const say = (line: string) => world().rank === 0 && console.log(line);
say(`energy ${values[0]!.toFixed(8)}`);

/** ⟨Sz Sz⟩ of two sites so far apart. */
const correlation = (distance: number) =>
  expectation(spinOperator(n, [{ factor: 1, ops: 'zz', sites: [0, distance] }]), vectors[0]!);
let sum = 1 / 4; // a site with itself
for (let distance = 1; distance < n; distance++) {
  const value = correlation(distance);
  sum += value;
  const bar = '█'.repeat(Math.round(Math.abs(value) * 150));
  if (distance <= n / 2)
    say(
      `${distance}  ${value.toFixed(6).padStart(9)}  ${value < 0 ? bar.padStart(24) : `${' '.repeat(24)}${bar}`}`,
    );
}
say(`all together ${Math.abs(sum) < 1e-9 ? 'nothing: the state is a singlet' : sum}`);
