import { WHOLE, type Level, type Tile } from '../fabric/tile.ts';

/**
 * Which elements a view shows, in elements from its start (the filetypes of MPI 4.1 §14.3, without datatypes):
 *
 * - `'contiguous'`: all of them.
 * - `{ blocklength, stride }`: the first `blocklength` of every `stride` elements, without end.
 * - `{ count, blocklength, stride }`: `count` such blocks; behind the last one the pattern begins again at once, as with MPI_Type_vector.
 * - `{ shape, subshape, start }`: a block of an array with any number of dimensions, last index fastest; then the same block of the next array.
 */
export type FileLayout =
  | 'contiguous'
  | { readonly blocklength: number; readonly stride: number; readonly count?: number }
  | {
      readonly shape: readonly number[];
      readonly subshape: readonly number[];
      readonly start: readonly number[];
    };

/** The tile of a layout, or the reason why it is none. */
export function tileOf(layout: FileLayout): Tile | string {
  if (layout === 'contiguous') return WHOLE;
  if (typeof layout !== 'object') return `${String(layout)} is no layout`;
  return 'shape' in layout ? subarray(layout.shape, layout.subshape, layout.start) : vector(layout);
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31;

function vector({
  blocklength,
  stride,
  count,
}: {
  blocklength: number;
  stride: number;
  count?: number;
}): Tile | string {
  if (!isCount(blocklength) || !Number.isSafeInteger(stride) || stride < 1) {
    return `blocks of ${blocklength} every ${stride} elements are none`;
  }
  if (stride < blocklength)
    return `blocks of ${blocklength} elements overlap when one starts every ${stride}`;
  if (count === undefined) return { length: blocklength, start: 0, levels: [], extent: stride };
  if (!isCount(count)) return `${count} is no number of blocks`;
  const extent = (count - 1) * stride + blocklength;
  if (count === 0 || blocklength === 0) return NOTHING;
  return { length: blocklength, start: 0, levels: [{ count, stride }], extent };
}

const NOTHING: Tile = { length: 0, start: 0, levels: [], extent: 1 };

function subarray(
  shape: readonly number[],
  subshape: readonly number[],
  start: readonly number[],
): Tile | string {
  const dimensions = shape.length;
  if (dimensions === 0 || subshape.length !== dimensions || start.length !== dimensions) {
    return `shape, subshape and start have ${dimensions}, ${subshape.length} and ${start.length} dimensions`;
  }
  for (let i = 0; i < dimensions; i++) {
    const [whole, part, from] = [shape[i]!, subshape[i]!, start[i]!];
    if (isCount(whole) && isCount(part) && isCount(from) && from + part <= whole) continue;
    return `${part} from ${from} do not lie in the ${whole} of dimension ${i}`;
  }
  if (subshape.includes(0)) return NOTHING;
  /** Elements from one index of dimension i to the next. */
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, n) => product * n, 1));
  // Dimensions taken whole lie in one row with the one before them.
  let inner = dimensions - 1;
  while (inner > 0 && subshape[inner] === shape[inner]) inner--;
  const levels = subshape.slice(0, inner).map((count, i): Level => ({ count, stride: strides[i]! }));
  return {
    length: subshape[inner]! * strides[inner]!,
    start: start.reduce((sum, from, i) => sum + from * strides[i]!, 0),
    levels,
    extent: shape[0]! * strides[0]!,
  };
}
