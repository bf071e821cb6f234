/**
 * The lowest energies of a ring of 12 spins with their multiplicities, by as many ranks as there are:
 *
 *     flotilla run -n 4 examples/spin-ring.ts
 */
import { world } from 'flotilla';
import { eigh, hamHeis } from 'flotilla/linalg';

const { values, complete } = eigh(hamHeis(12, { cyclic: true }), { k: 9 });

const levels = new Map<string, number>();
for (const value of values) levels.set(value.toFixed(6), (levels.get(value.toFixed(6)) ?? 0) + 1);
if (world().rank === 0) {
  for (const [energy, copies] of levels) console.log(`${energy} × ${copies}`);
  console.log(`all copies found: ${complete}`);
}
