import { threadId } from 'node:worker_threads';
import { entropy, hamHeis, hamMbl, type Csr, type Range, type SpinOperator } from 'flotilla/linalg';
import { task } from 'flotilla/pool';

/** Rows of the open Heisenberg chain; says who builds which. */
export const chainRows: (range: Range, n: number) => Csr = task(import.meta, function chainRows(range, n) {
  console.log(`process ${process.pid}, thread ${threadId} builds rows ${range.start} to ${range.end}`);
  return hamHeis(n).rows(range);
});

/** A chain with disordered fields and as many spins up as down. */
export const disordered = (n: number): SpinOperator =>
  hamMbl(n, { fields: Array.from({ length: n }, (_, i) => 3 * Math.sin(7 * i * i + 1)) }).in({ sz: 0 });

/** The entropy of the first sites of a state of that chain. */
export const blockEntropy: (n: number, vector: Float64Array, sites: number) => number = task(
  import.meta,
  function blockEntropy(n, vector, sites) {
    return entropy(vector, { sites, of: disordered(n) });
  },
);
