import { IN_PLACE, SUM, type Communicator } from '../comm/index.ts';
import type { Cut } from './cut.ts';
import { deal, ownerOf } from './ownership.ts';

/** A Hermitian matrix, row by row; `im` is not there for a real one. */
export interface HermitianBlock {
  readonly n: number;
  readonly re: Float64Array;
  readonly im: Float64Array | undefined;
}

/** A reduced density matrix, in the blocks between which it has no entries. */
export interface Density {
  readonly blocks: readonly HermitianBlock[];
}

/**
 * Collective where there is a communicator: Tr over the larger part of |ψ⟩⟨ψ|. Each rank gets the
 * entries of its share of the larger part's states and sums their products; entries that are zero,
 * as where a symmetry forbids them, cost nothing.
 *
 * @param local this rank's entries.
 * @param start the global row of the first.
 */
export function reducedDensity(
  comm: Communicator | undefined,
  cut: Cut,
  local: Float64Array,
  start: number,
): Density {
  const { small: n, width: w } = cut;
  const records = exchange(comm, cut, local, start);
  const matrix = new Float64Array(n * n * w);
  // Records of one state of the larger part follow each other.
  const step = 2 + w;
  const order = sortedByLarge(records, step);
  for (let begin = 0, end = 0; begin < order.length; begin = end) {
    const large = records[order[begin]! + 1]!;
    while (end < order.length && records[order[end]! + 1] === large) end++;
    for (let p = begin; p < end; p++) {
      const a = order[p]!;
      const row = records[a]! * n;
      const [x, y] = [records[a + 2]!, w === 2 ? records[a + 3]! : 0];
      for (let q = begin; q < end; q++) {
        const b = order[q]!;
        const at = (row + records[b]!) * w;
        const u = records[b + 2]!;
        if (w === 1) matrix[at]! += x * u;
        else {
          const v = records[b + 3]!;
          matrix[at]! += x * u + y * v;
          matrix[at + 1]! += y * u - x * v;
        }
      }
    }
  }
  comm?.Allreduce(IN_PLACE, matrix, SUM);
  return { blocks: blocksOf(matrix, n, w) };
}

/** Entries that are not zero as (small, large, value), on the rank that owns the large state. */
function exchange(
  comm: Communicator | undefined,
  { walk, large: states, width: w }: Cut,
  local: Float64Array,
  start: number,
): Float64Array {
  const ranges = deal(states, comm?.size ?? 1);
  const lists: number[][] = ranges.map(() => []);
  walk(start, start + local.length / w, (row, small, large) => {
    const i = (row - start) * w;
    if (local[i] === 0 && (w === 1 || local[i + 1] === 0)) return;
    const list = lists[ranges.length === 1 ? 0 : ownerOf(ranges, large)]!;
    list.push(small, large, local[i]!);
    if (w === 2) list.push(local[i + 1]!);
  });
  const parts = lists.map((list) => Float64Array.from(list));
  const got = comm === undefined ? parts : comm.alltoall(parts);
  const all = new Float64Array(got.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of got) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function sortedByLarge(records: Float64Array, step: number): Int32Array {
  const order = Int32Array.from({ length: records.length / step }, (_, i) => i * step);
  // Ties by the smaller part, so that sums do not depend on who sent what.
  return order.sort((a, b) => records[a + 1]! - records[b + 1]! || records[a]! - records[b]!);
}

/** Rows that are joined by entries, as matrices of their own. */
function blocksOf(matrix: Float64Array, n: number, w: 1 | 2): HermitianBlock[] {
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const root = (i: number) => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  const isZero = (at: number) => matrix[at] === 0 && (w === 1 || matrix[at + 1] === 0);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) if (!isZero((i * n + j) * w)) parent[root(i)] = root(j);
  const members = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    if (isZero((i * n + i) * w)) continue;
    const of = root(i);
    const list = members.get(of);
    if (list === undefined) members.set(of, [i]);
    else list.push(i);
  }
  return [...members.values()].map((rows) => {
    const size = rows.length;
    const pick = (c: number) =>
      Float64Array.from({ length: size * size }, (_, at) => {
        const [i, j] = [rows[Math.floor(at / size)]!, rows[at % size]!];
        return matrix[(i * n + j) * w + c]!;
      });
    return { n: size, re: pick(0), im: w === 2 ? pick(1) : undefined };
  });
}
