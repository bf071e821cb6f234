import type { Box } from '../../kernel/index.ts';
import { GridError } from '../error.ts';
import type { Grid } from '../grid.ts';
import { extra } from '../place.ts';
import { connection } from '../storage.ts';
import type { Written } from './needs.ts';

/** Least points left for after an exchange next to each side, for each dimension. */
export type Rim = readonly number[];

/** Rows cut shorter than this lose vectors. */
const RIM_X = 16;
/** Parts of the inner points: messages are moved on in between. */
const SLABS = 4;

/** Widths of the rim, undefined where exchanges and kernels do not overlap. */
export function rimOf(
  grid: Grid,
  overlap: boolean | { readonly outerWidth: number | readonly number[] },
): Rim | undefined {
  if (overlap === false) return undefined;
  if (overlap === true) return Array.from({ length: grid.dims }, (_, d) => (d === 0 ? RIM_X : 0));
  const { outerWidth } = overlap;
  const widths = typeof outerWidth === 'number' ? Array<number>(grid.dims).fill(outerWidth) : outerWidth;
  if (widths.length === grid.dims && widths.every((width) => Number.isSafeInteger(width) && width >= 0))
    return widths;
  const message = `outerWidth is a whole number of points, or one for each of ${grid.dims} dimensions, not ${JSON.stringify(outerWidth)}`;
  throw new GridError('ERR_ARGUMENT', message, { operation: 'launcher' });
}

/** Points of a box whose values need no halo of other ranks. */
export function innerOf(grid: Grid, written: readonly Written[], box: Box, rim: Rim): Box {
  const lo = [...box.lo];
  const hi = [...box.hi];
  for (let d = 0; d < grid.dims; d++) {
    const meets = grid.connectivity[d]!.map((each) => each === 'connected' || each === 'periodic');
    for (const { field, demands } of written) {
      const reach = (side: number) =>
        Math.max(
          rim[d]!,
          0,
          ...demands.flatMap(({ layers }) =>
            layers.filter(([at]) => at === connection(d, side)).map(([, n]) => n),
          ),
        );
      if (meets[0]) lo[d] = Math.max(lo[d]!, reach(0));
      if (meets[1]) hi[d] = Math.min(hi[d]!, grid.cells[d]! + extra(field.place, d) - reach(1));
    }
  }
  return lo.some((low, d) => low >= hi[d]!) ? { lo: box.lo, hi: [...box.lo] } : { lo, hi };
}

/** Parts of a box along its slowest dimension; none of an empty one. */
export function* slabs({ lo, hi }: Box): Generator<Box> {
  if (lo.some((low, d) => low >= hi[d]!)) return;
  const last = lo.length - 1;
  const length = hi[last]! - lo[last]!;
  const cut = (part: number) => lo[last]! + Math.floor((length * part) / SLABS);
  for (let part = 0; part < SLABS; part++)
    if (cut(part) < cut(part + 1))
      yield { lo: [...lo.slice(0, last), cut(part)], hi: [...hi.slice(0, last), cut(part + 1)] };
}

/** What a box has beside an inner one: a slab below and above it in each dimension. */
export function* around(box: Box, inner: Box): Generator<Box> {
  const lo = [...box.lo];
  const hi = [...box.hi];
  if (inner.lo.some((low, d) => low >= inner.hi[d]!)) {
    yield box;
    return;
  }
  for (let d = lo.length - 1; d >= 0; d--) {
    const [low, high] = [inner.lo[d]!, inner.hi[d]!];
    if (lo[d]! < low) yield { lo: [...lo], hi: replaced(hi, d, low) };
    if (high < hi[d]!) yield { lo: replaced(lo, d, high), hi: [...hi] };
    [lo[d], hi[d]] = [low, high];
  }
}

const replaced = (list: readonly number[], d: number, value: number) =>
  list.map((each, e) => (e === d ? value : each));
