import { LinalgError } from '../error.ts';
import type { Bank } from './bank.ts';
import { lanczosRounds, type Extremal, type Found } from './rounds.ts';
import type { Space } from './space.ts';

/**
 * Lanczos rounds that must bring k pairs.
 *
 * @throws LinalgError ERR_CONVERGENCE with what there is as `partial`.
 */
export function extremal(space: Space, bank: Bank, wanted: Extremal): Found {
  const found = lanczosRounds(space, space.apply, bank, wanted);
  if (found.pairs.length === wanted.k && !found.exhausted) return found;
  const { pairs } = found;
  const worst = pairs.reduce((most, { residual }) => Math.max(most, residual), 0);
  throw new LinalgError(
    'ERR_CONVERGENCE',
    `${pairs.length} of ${wanted.k} eigenvalues converged in ${space.products} products` +
      (pairs.length > 0 ? `, worst residual ${worst.toExponential(1)}` : '') +
      (found.exhausted ? ': raise maxProducts, or tol' : ': raise tol'),
    {
      partial: {
        values: Float64Array.from(pairs, ({ value }) => value),
        residuals: Float64Array.from(pairs, ({ residual }) => residual),
        products: space.products,
      },
    },
  );
}
