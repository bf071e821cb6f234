import type { Communicator } from '../../comm/index.ts';
import { Sum, type Operator } from '../operator.ts';
import { MatrixFreeOperator } from '../operators/lazy.ts';
import { deal } from '../ownership.ts';
import type { Scalar } from '../scalar.ts';
import { lowerSites } from '../spin/blocks.ts';
import { SpinOperator } from '../spin/operator.ts';
import { MarketOperator } from '../market/read.ts';
import { planCalls } from './calls.ts';
import { planMarket } from './market.ts';
import type { Prepared, ProductLayout } from './product-plan.ts';
import { planRows } from './rows.ts';
import { planSector } from './sector.ts';
import { planSpins } from './spins.ts';
import { planSum } from './sum.ts';

/** States of a sector from which on its rows are not stored. */
const LARGE_SECTOR = 900;

/**
 * Makes the products of an operator ready. Throws what its rows throw, on the rank where they do;
 * the plan itself takes all ranks.
 */
export function prepareProduct(operator: Operator, layout: ProductLayout): Prepared {
  if (operator instanceof MatrixFreeOperator) return planCalls(operator, layout);
  if (operator instanceof SpinOperator && operator.block > 1) return planSpins(operator, layout);
  if (operator instanceof SpinOperator && isLargeSector(operator)) return planSector(operator, layout);
  if (operator instanceof Sum && operator.summands.some((part) => staysLazy(part.operator)))
    return planSum(operator, layout, prepareProduct);
  if (operator instanceof MarketOperator) return planMarket(operator, layout);
  return planRows(operator, layout);
}

/** Whether the products of an operator are computed without stored rows. */
export const staysLazy = (operator: Operator): boolean =>
  !operator.hasRows || (operator instanceof SpinOperator && (operator.block > 1 || isLargeSector(operator)));

/** Whether a sector is large enough for products without stored rows to be the faster ones. */
const isLargeSector = ({ n, up, shape: [states] }: SpinOperator): boolean =>
  up !== undefined && states >= LARGE_SECTOR && lowerSites(n, n - up) !== undefined;

/** The distributions of an operator's rows and columns, alike where it is square. */
export function layoutOf(operator: Operator, comm: Communicator, scalar: Scalar): ProductLayout {
  const rows = deal(operator.shape[0], comm.size, operator.block);
  const columns = operator.shape[0] === operator.shape[1] ? rows : deal(operator.shape[1], comm.size);
  return { comm, rows, columns, scalar };
}
