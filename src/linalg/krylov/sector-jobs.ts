import type { Range } from '../ownership.ts';
import type { SectorTransfers } from './sector-transfers.ts';

/** Blocks that something is added to, and what. */
export interface Jobs {
  /** First row of each block within the vector that is added to. */
  readonly offsets: number[];
  readonly rows: number[];
  /** Jobs of each block. */
  readonly counts: number[];
  /**
   * First row of the source of each job: of own rows in inner lists; in outer ones of the ghosts, or
   * −1 less a row of the copies.
   */
  readonly sources: number[];
  /** Number of each job's transfer. */
  readonly transfers: number[];
}

/** A part of a block that this rank owns. */
export interface Owned {
  readonly high: number;
  /** Its first row within the rank's part of a vector, and within the block. */
  readonly at: number;
  readonly from: number;
  readonly count: number;
}

/** A block of which this rank owns some rows, and others the rest: there are copies of all of it. */
export interface Edge {
  /** Its first row among those of the copies, and its rows. */
  readonly at: number;
  readonly size: number;
  /** Rows of this rank: within its part of a vector, within the block, and how many. */
  readonly own: number;
  readonly from: number;
  readonly count: number;
  /** Where the rows of others begin among the ghosts. */
  readonly ghosts: number;
}

/** What a rank does for a product in a sector. */
export interface SectorPlan {
  readonly owned: readonly Owned[];
  readonly edges: readonly Edge[];
  /** Global rows of others that are needed, ascending. */
  readonly ghosts: Float64Array;
  /** Jobs of own blocks, of the copies at the ends; from own blocks, and from others or the copies. */
  readonly inner: Jobs;
  readonly innerEdges: Jobs;
  readonly outer: Jobs;
  readonly outerEdges: Jobs;
}

/** The jobs of a rank that owns a range of a sector's rows. */
export function planJobs(transfers: SectorTransfers, { start, end }: Range): SectorPlan {
  const { blocks } = transfers;
  const { first } = blocks;
  const isOwn = (high: number) => first[high]! >= start && first[high + 1]! <= end;
  const owned: Owned[] = [];
  for (let high = blockOf(first, start); start < end && first[high]! < end; high++) {
    const from = Math.max(start, first[high]!);
    const count = Math.min(end, first[high + 1]!) - from;
    if (count > 0) owned.push({ high, at: from - start, from: from - first[high]!, count });
  }
  const edges = owned.filter(({ high }) => !isOwn(high));
  const needed = new Set(edges.map(({ high }) => high));
  if (end - start < first.at(-1)!)
    for (const { high } of owned)
      transfers.each(high, (source) => {
        if (!isOwn(source)) needed.add(source);
      });
  const { ghosts, places } = ghostRows([...needed], first, { start, end });
  let row = 0;
  const copies = edges.map(({ high, at, from, count }): Edge => {
    const size = first[high + 1]! - first[high]!;
    row += size;
    return { at: row - size, size, own: at, from, count, ghosts: places.get(high)! };
  });
  const copyOf = new Map(edges.map(({ high }, e) => [high, copies[e]!]));
  const [inner, innerEdges, outer, outerEdges] = [list(), list(), list(), list()];
  for (const { high, at, count } of owned) {
    const copy = copyOf.get(high);
    const [near, far] = copy === undefined ? [inner, outer] : [innerEdges, outerEdges];
    const before = [near.sources.length, far.sources.length] as const;
    transfers.each(high, (source, transfer) => {
      if (isOwn(source)) add(near, first[source]! - start, transfer);
      else {
        const other = copyOf.get(source);
        add(far, other === undefined ? places.get(source)! : -1 - other.at, transfer);
      }
    });
    const [offset, rows] = copy === undefined ? [at, count] : [copy.at, copy.size];
    for (const [jobs, since] of [[near, before[0]] as const, [far, before[1]] as const]) {
      // Own blocks always: they get the diagonal with them.
      if (jobs !== inner && jobs.sources.length === since) continue;
      jobs.offsets.push(offset);
      jobs.rows.push(rows);
      jobs.counts.push(jobs.sources.length - since);
    }
    if (copy !== undefined) {
      inner.offsets.push(at);
      inner.rows.push(count);
      inner.counts.push(0);
    }
  }
  return { owned, edges: copies, ghosts, inner, innerEdges, outer, outerEdges };
}

const list = (): Jobs => ({ offsets: [], rows: [], counts: [], sources: [], transfers: [] });

function add(jobs: Jobs, source: number, transfer: number): void {
  jobs.sources.push(source);
  jobs.transfers.push(transfer);
}

/** The block of a row: the last one that begins at or before it. */
function blockOf(first: Float64Array, row: number): number {
  let [low, high] = [0, first.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (first[middle]! <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Rows of others in blocks, ascending, and where those of each block begin among them. */
function ghostRows(
  needed: number[],
  first: Float64Array,
  own: Range,
): { readonly ghosts: Float64Array; readonly places: ReadonlyMap<number, number> } {
  const places = new Map<number, number>();
  const rows: number[] = [];
  for (const high of needed.sort((a, b) => a - b)) {
    places.set(high, rows.length);
    for (let row = first[high]!; row < first[high + 1]!; row++)
      if (row < own.start || row >= own.end) rows.push(row);
  }
  return { ghosts: Float64Array.from(rows), places };
}
