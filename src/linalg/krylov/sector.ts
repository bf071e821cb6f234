import type { SolverMemory } from '../kernels/memory.ts';
import { width } from '../scalar.ts';
import { lowerSites, SectorBlocks } from '../spin/blocks.ts';
import type { SpinOperator } from '../spin/operator.ts';
import { splitDiagonal } from '../spin/parities.ts';
import { Exchange, planGhosts } from './exchange.ts';
import type { Prepared, Product, ProductLayout, ProductPlan } from './product-plan.ts';
import { SectorDiagonal } from './sector-diagonal.ts';
import { planJobs, type Edge, type Jobs } from './sector-jobs.ts';
import { SectorTransfers } from './sector-transfers.ts';

/** Sizes of what the kernel reads (assembly/sectors.ts). */
const [BLOCK_BYTES, JOB_BYTES, TRANSFER_BYTES] = [20, 16, 16];

/**
 * Products with a spin operator within a sector, whose rows are never stored: in blocks of states
 * that agree in their upper sites. Ranks own any ranges of rows; a block at the end of one, of which
 * others own a part, is computed as a whole from a copy of its own.
 */
export function planSector(operator: SpinOperator, layout: ProductLayout): Prepared {
  return () => plan(operator, layout);
}

function plan(operator: SpinOperator, layout: ProductLayout): ProductPlan {
  const { comm, scalar } = layout;
  const { diagonal, others } = splitDiagonal(operator.strings);
  const complexOperator = operator.scalar === 'complex';
  const down = operator.n - operator.up!;
  const blocks = new SectorBlocks(operator.n, down, lowerSites(operator.n, down)!);
  const transfers = new SectorTransfers(others, blocks, complexOperator);
  const range = layout.rows[comm.rank]!;
  const jobs = planJobs(transfers, range);
  const ghostPlan = planGhosts(comm, layout.rows, jobs.ghosts);
  const entry = width(scalar);
  const exchange = Exchange.needs(ghostPlan, entry);
  const rows = range.end - range.start;
  const { all } = transfers;
  const lists = [jobs.inner, jobs.innerEdges, jobs.outer, jobs.outerEdges];
  const edgeRows = jobs.edges.reduce((sum, { size }) => sum + size, 0);
  const bytes =
    exchange.bytes +
    8 * rows +
    16 * entry * edgeRows +
    lists.reduce(
      (sum, { offsets, sources }) => sum + BLOCK_BYTES * offsets.length + JOB_BYTES * sources.length,
      0,
    ) +
    all.reduce(
      (sum, { pairs, amplitudes }) => sum + TRANSFER_BYTES + 4 * pairs.length + 8 * amplitudes.length,
      0,
    );
  return {
    bytes,
    allocations: exchange.allocations + 2 * lists.length + 2 * all.length + 4,
    bind(memory): Product {
      const ghosts = new Exchange(comm, memory, ghostPlan, entry);
      const stored = memory.allocate(8 * rows);
      const values = new SectorDiagonal(diagonal, blocks);
      for (const { high, from, at, count } of jobs.owned)
        values.fill(memory.floats(stored + 8 * at, count), high, from);
      // Copies of the blocks at the ends: what comes in, and what is computed.
      const [sources, targets] = [
        memory.allocate(8 * entry * edgeRows),
        memory.allocate(8 * entry * edgeRows),
      ];
      const records = storeTransfers(memory, transfers, complexOperator);
      const place = (source: number) =>
        8 * entry * (source >= 0 ? source : -1 - source) + (source >= 0 ? ghosts.ghosts : sources);
      const near = (source: number) => 8 * entry * source;
      const [inner, innerEdges] = [jobs.inner, jobs.innerEdges].map((list) =>
        store(memory, list, records, entry, near),
      );
      const [outer, outerEdges] = [jobs.outer, jobs.outerEdges].map((list) =>
        store(memory, list, records, entry, place),
      );
      const { kernels } = memory;
      const kernel = scalar === 'complex' ? kernels.sectorComplex : kernels.sectorReal;
      const run = (list: Stored, y: number, x: number, base: number, diagonal: number) => {
        if (list.count > 0) kernel(y, x, base, diagonal, list.at, list.count, complexOperator ? 1 : 0);
      };
      return {
        apply(y, x) {
          ghosts.start(x);
          run(inner!, y, x, x, stored);
          memory.floats(targets, entry * edgeRows).fill(0);
          run(innerEdges!, targets, x, x, 0);
          ghosts.finish();
          for (const edge of jobs.edges) gatherEdge(memory, edge, entry, sources, x, ghosts.ghosts);
          run(outer!, y, x, 0, 0);
          run(outerEdges!, targets, x, 0, 0);
          for (const { at, own, from, count } of jobs.edges)
            kernels.axpy(y + 8 * entry * own, 1, targets + 8 * entry * (at + from), count * entry);
        },
        failure: () => undefined,
      };
    },
  };
}

/** The whole of a block at an end of the range: own rows, and those of others before and after them. */
function gatherEdge(
  memory: SolverMemory,
  { at, size, own, from, count, ghosts }: Edge,
  entry: number,
  sources: number,
  x: number,
  others: number,
): void {
  const part = (address: number, row: number, rows: number) =>
    memory.floats(address + 8 * entry * row, entry * rows);
  const whole = part(sources, at, size);
  whole.set(part(others, ghosts, from));
  whole.set(part(x, own, count), entry * from);
  whole.set(part(others, ghosts + from, size - from - count), entry * (from + count));
}

/** A list of blocks in the memory of a solve. */
interface Stored {
  readonly at: number;
  readonly count: number;
}

function store(
  memory: SolverMemory,
  { offsets, rows, counts, sources, transfers }: Jobs,
  records: readonly StoredTransfer[],
  entry: number,
  place: (source: number) => number,
): Stored {
  const jobs = memory.allocate(JOB_BYTES * sources.length);
  const words = memory.ints(jobs, (JOB_BYTES / 4) * sources.length);
  const amplitudes = memory.floats(jobs, (JOB_BYTES / 8) * sources.length);
  const at = memory.allocate(BLOCK_BYTES * offsets.length);
  const heads = memory.ints(at, (BLOCK_BYTES / 4) * offsets.length);
  let [first, next] = [0, 0];
  offsets.forEach((offset, b) => {
    const head = (BLOCK_BYTES / 4) * b;
    heads.set([8 * entry * offset, rows[b]!, jobs + JOB_BYTES * first, 0, 0], head);
    // What is aligned comes first.
    for (const aligned of [true, false])
      for (let j = first; j < first + counts[b]!; j++) {
        const record = records[transfers[j]!]!;
        if (record.aligned !== aligned) continue;
        words[4 * next] = place(sources[j]!);
        words[4 * next + 1] = record.at;
        amplitudes[2 * next + 1] = record.amplitude;
        heads[head + (aligned ? 3 : 4)]!++;
        next++;
      }
    first = next;
  });
  return { at, count: offsets.length };
}

/** A transfer in the memory of a solve. */
interface StoredTransfer {
  readonly at: number;
  readonly aligned: boolean;
  /** The first one, its real part. */
  readonly amplitude: number;
}

function storeTransfers(
  memory: SolverMemory,
  { all }: SectorTransfers,
  complexOperator: boolean,
): StoredTransfer[] {
  const at = memory.allocate(TRANSFER_BYTES * all.length);
  const words = memory.ints(at, (TRANSFER_BYTES / 4) * all.length);
  const bytes = complexOperator ? 16 : 8;
  return all.map(({ pairs, amplitudes, aligned }, t) => {
    const one = 8 * amplitudes.length === bytes;
    const values = one && !complexOperator ? 0 : memory.storeFloats(amplitudes);
    words.set([pairs.length, memory.storeInts(pairs), values, one ? 0 : bytes], (TRANSFER_BYTES / 4) * t);
    return { at: at + TRANSFER_BYTES * t, aligned, amplitude: amplitudes[0]! };
  });
}
