import { availableParallelism } from 'node:os';

const VARIABLES = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];
let warned = false;

/** Once, at the root: numeric libraries that start threads of their own in every rank would fight for the cores. */
export function warnOfThreads(ranks: number): void {
  if (warned) return;
  warned = true;
  const fair = Math.max(1, Math.floor(availableParallelism() / ranks));
  for (const name of VARIABLES) {
    const threads = Number(process.env[name]);
    if (!(threads > fair)) continue;
    process.stderr.write(
      `flotilla: warning: ${name}=${threads} with ${ranks} ranks on ${availableParallelism()} cores: set it to ${fair}\n`,
    );
  }
}
