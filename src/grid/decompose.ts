import { GridError } from './error.ts';

/** How ranks are laid out over the dimensions of a grid, x first. */
export interface Decomposition {
  /** Cells of the whole grid. */
  readonly cells: readonly number[];
  /** Entries other than 0 are kept; missing ones are 0. */
  readonly wanted: readonly number[];
  readonly periodic: readonly boolean[];
  /** Width of halos: no rank may have fewer cells along a dimension that is cut. */
  readonly halo: number;
  readonly ranks: number;
}

/** Values of an x face lie a row apart, so that each costs a cache line. */
const X_FACE_COST = 4;

/** First cell of part `c` of `p` (inclusive) when `n` cells are dealt: parts differ by one cell at most. */
export function firstCell(n: number, p: number, c: number): number {
  return Math.floor((n * c) / p);
}

/**
 * The layout with the least bytes over faces, x faces counted four times; among equals the one that cuts z before y before x.
 *
 * @throws GridError ERR_GRID with the largest layout that works
 */
export function layoutFor(problem: Decomposition): number[] {
  const { cells, ranks, wanted } = problem;
  const best = { dims: [] as number[], cost: Infinity };
  const search = (dims: readonly number[], rest: number): void => {
    const d = dims.length;
    if (d === cells.length) {
      if (rest !== 1) return;
      const cost = faces(dims, problem);
      if (cost < best.cost) Object.assign(best, { dims, cost });
      return;
    }
    // Few ranks along x are tried first: the first of equals wins.
    for (let p = 1; p <= mostRanks(problem, d) && p <= rest; p++) {
      const given = wanted[d] ?? 0;
      if (rest % p === 0 && (given === 0 || given === p)) search([...dims, p], rest / p);
    }
  };
  search([], ranks);
  if (best.cost === Infinity)
    throw new GridError('ERR_GRID', refusal(problem), { operation: 'architecture' });
  return best.dims;
}

function faces(dims: readonly number[], { cells, periodic }: Decomposition): number {
  const total = cells.reduce((product, n) => product * n, 1);
  return dims.reduce((sum, p, d) => {
    const cuts = p === 1 ? 0 : periodic[d] === true ? p : p - 1;
    return sum + (cuts * total * (d === 0 ? X_FACE_COST : 1)) / cells[d]!;
  }, 0);
}

function mostRanks({ cells, halo }: Decomposition, d: number): number {
  return Math.max(1, Math.floor(cells[d]! / Math.max(1, halo)));
}

function refusal(problem: Decomposition): string {
  const { cells, wanted, halo, ranks } = problem;
  const most = cells.map((_, d) => mostRanks(problem, d));
  const largest = most.map((p, d) => Math.min(p, (wanted[d] ?? 0) === 0 ? p : wanted[d]!));
  const product = largest.reduce((a, b) => a * b, 1);
  const asked = wanted.some((p) => p !== 0)
    ? ` laid out as ${cells.map((_, d) => wanted[d] ?? 0).join(' × ')}`
    : '';
  const grid = `${cells.join(' × ')} cells with a halo of ${halo}`;
  return `${ranks} ranks${asked} do not fit ${grid}; the largest layout that works is ${largest.join(' × ')}, ${product} ranks`;
}
