/**
 * Eigenstates in the middle of the spectrum of a disordered chain, their entropies and the statistics
 * of their levels (quimb's ex_distributed_shift_invert), in each of five ways:
 *
 *     flotilla examples/linalg/localization.ts                            worker threads
 *     FLOTILLA_POOL=spawn flotilla examples/linalg/localization.ts        MPI processes that it starts
 *     flotilla run --pool --mpi -n 3 examples/linalg/localization.ts      rank 0 asks, the others solve
 *     flotilla run --synchro --mpi -n 3 examples/linalg/localization.ts   every rank asks and solves
 *     flotilla run -n 3 examples/linalg/localization.ts spmd              every rank, vectors distributed
 */
import { world } from 'flotilla';
import { eigh, entropy } from 'flotilla/linalg';
import { getPool } from 'flotilla/pool';
import { blockEntropy, disordered } from './tasks.ts';

const n = 12;
const H = disordered(n);
const blocks = [2, 4, 6];
const target = { k: 5, near: 0, tol: 1e-12 } as const;
let values: Float64Array;
const entropies: number[][] = [];

if (process.argv.includes('spmd')) {
  const found = eigh(H, target);
  values = found.values;
  for (const state of found.vectors) entropies.push(blocks.map((sites) => entropy(state, { sites, of: H })));
} else {
  const executor = getPool();
  const found = await eigh(H, { ...target, on: executor });
  values = found.values;
  const jobs = found.vectors.flatMap((vector) =>
    blocks.map((sites) => [n, vector, sites] as [number, Float64Array, number]),
  );
  const all: number[] = [];
  for await (const bits of executor.starmap(blockEntropy, jobs)) all.push(bits);
  for (let i = 0; i < all.length; i += blocks.length) entropies.push(all.slice(i, i + blocks.length));
}

if (world().rank === 0) {
  values.forEach((value, i) => {
    console.log(
      `${value.toFixed(9).padStart(12)}  ${entropies[i]!.map((bits) => bits.toFixed(5)).join('  ')}`,
    );
  });
  const gaps = Array.from(values.subarray(1), (value, i) => value - values[i]!);
  const ratios = gaps.slice(1).map((gap, i) => Math.min(gap, gaps[i]!) / Math.max(gap, gaps[i]!));
  const mean = ratios.reduce((sum, r) => sum + r, 0) / ratios.length;
  console.log(`mean ratio of neighbouring gaps ${mean.toFixed(5)} (0.386 localized, 0.531 not)`);
}
