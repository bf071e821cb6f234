/** SLEPc on the workers of a pool: the values, or why there is none. */
import { world } from 'flotilla';
import { eigh, hamHeis, LinalgError } from 'flotilla/linalg';

try {
  const H = hamHeis(10, { cyclic: true });
  const { values, vectors, backend } = await eigh(H, { k: 4, backend: 'slepc', on: 'pool' });
  const shown = Array.from(values, (value) => value.toFixed(8)).join(' ');
  if (world().rank === 0) console.log(backend, vectors.length, vectors[0]!.length, shown);
} catch (error) {
  if (!(error instanceof LinalgError)) throw error;
  console.log(error.code, error.message);
}
