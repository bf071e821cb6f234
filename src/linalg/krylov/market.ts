import { checkCount, type MarketOperator } from '../market/read.ts';
import { expand, readShare } from '../market/entries.ts';
import { ownerOf } from '../ownership.ts';
import { fromRecords } from '../records.ts';
import { width } from '../scalar.ts';
import type { Prepared, ProductLayout } from './product-plan.ts';
import { planStored } from './rows.ts';

/** Products with the matrix of a file, of which each rank reads a share. */
export function planMarket(operator: MarketOperator, layout: ProductLayout): Prepared {
  const { comm } = layout;
  const { path, header, scalar } = operator;
  const entries = readShare(path, header, comm.rank, comm.size);
  return () => {
    const counts = comm.allgather(entries.count);
    checkCount(
      path,
      header,
      counts.reduce((sum, count) => sum + count, 0),
    );
    const first = counts.slice(0, comm.rank).reduce((sum, count) => sum + count, 0);
    const lists: number[][] = layout.rows.map(() => []);
    expand(header, entries, first, (row, column, re, im) => {
      const list = lists[ownerOf(layout.rows, row)]!;
      if (scalar === 'complex') list.push(row, column, re, im);
      else list.push(row, column, re);
    });
    const got = comm.alltoall(lists.map((list) => Float64Array.from(list)));
    const rows = fromRecords(got, layout.rows[comm.rank]!, scalar);
    return planStored(rows, scalar === 'complex', layout, width(layout.scalar));
  };
}
