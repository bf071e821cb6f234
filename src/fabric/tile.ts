/**
 * Which elements of a file belong to a view: rows of equal length in a tile, and the tile again and again (the filetype of MPI 4.1 §14.3).
 * All counts and places are in elements. Rows lie in ascending order and apart.
 */
export interface Tile {
  /** Elements in a row; 0 in a view of nothing. */
  readonly length: number;
  /** Where the first row starts. */
  readonly start: number;
  /** How rows repeat, from the outermost dimension in. */
  readonly levels: readonly Level[];
  /** From one tile to the next. */
  readonly extent: number;
}

export interface Level {
  readonly count: number;
  readonly stride: number;
}

/** Everything, element after element. */
export const WHOLE: Tile = { length: 1, start: 0, levels: [], extent: 1 };

const rowsOf = ({ levels }: Tile) => levels.reduce((rows, { count }) => rows * count, 1);

/** Where row `row` starts in its tile. */
function rowStart({ start, levels }: Tile, row: number): number {
  let at = start;
  for (let i = levels.length - 1, rest = row; i >= 0; i--) {
    const { count, stride } = levels[i]!;
    at += (rest % count) * stride;
    rest = Math.floor(rest / count);
  }
  return at;
}

/** Goes through `count` elements of the view from element `offset`: pieces of `n` elements that lie in the file from element `at`. */
export function forEachPiece(
  tile: Tile,
  offset: number,
  count: number,
  visit: (at: number, n: number) => void,
): void {
  const { length, extent } = tile;
  if (count === 0) return;
  const rows = rowsOf(tile);
  let pending = { at: 0, n: 0 };
  for (let done = 0; done < count;) {
    const element = offset + done;
    const row = Math.floor(element / length);
    const within = element % length;
    const n = Math.min(length - within, count - done);
    const at = Math.floor(row / rows) * extent + rowStart(tile, row % rows) + within;
    if (pending.at + pending.n === at) {
      // Rows that touch are one piece; a view without gaps is one from here to the end.
      const gapless = rows * length === extent;
      const more = gapless ? count - done : n;
      pending.n += more;
      done += more;
      continue;
    }
    if (pending.n > 0) visit(pending.at, pending.n);
    pending = { at, n };
    done += n;
  }
  visit(pending.at, pending.n);
}

/** Elements of the view that lie wholly in the first `end` elements. */
export function elementsBefore(tile: Tile, end: number): number {
  const { length, extent } = tile;
  if (length === 0 || end <= 0) return 0;
  const rows = rowsOf(tile);
  const tiles = Math.floor(end / extent);
  const rest = end - tiles * extent;
  // Rows that start before the end, by bisection.
  let low = 0;
  for (let high = rows; low < high;) {
    const middle = (low + high) >>> 1;
    if (rowStart(tile, middle) < rest) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return tiles * rows * length;
  const last = Math.min(length, rest - rowStart(tile, low - 1));
  return (tiles * rows + low - 1) * length + last;
}
