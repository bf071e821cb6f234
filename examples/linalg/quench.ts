/**
 * A quench: Néel's state under the Heisenberg chain, its entropy against time (quimb's
 * ex_mpi_expm_evo). The same program in each mode, with the same numbers:
 *
 *     flotilla examples/linalg/quench.ts                          worker threads
 *     FLOTILLA_POOL=spawn flotilla examples/linalg/quench.ts      MPI processes that it starts
 *     flotilla run --pool --mpi -n 5 examples/linalg/quench.ts    rank 0 asks, the others solve
 *     flotilla run --synchro --mpi -n 4 examples/linalg/quench.ts every rank asks and solves
 */
import { world } from 'flotilla';
import { basisState, entropy, evolve, lazy } from 'flotilla/linalg';
import { getPool } from 'flotilla/pool';
import { chainRows } from './tasks.ts';

const n = 12;
const on = getPool();
const H = lazy({ shape: [2 ** n, 2 ** n] }, chainRows, n);
const start = await basisState(H, parseInt('01'.repeat(n / 2), 2), { on });

for await (const { t, state } of evolve(H, start, [0.5, 1, 2, 5], { on, vectors: 'keep' })) {
  using handle = state; // the workers may forget it afterwards
  const bits = await entropy(handle, { sites: n / 2, on });
  if (world().rank === 0) console.log(`t = ${t}: ${bits.toFixed(8)} bits`);
}
