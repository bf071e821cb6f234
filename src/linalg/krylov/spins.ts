import type { SolverMemory } from '../kernels/memory.ts';
import { BLOCK_SITES, type SpinOperator } from '../spin/operator.ts';
import { oddBits } from '../spin/groups.ts';
import { parityGroups, splitDiagonal } from '../spin/parities.ts';
import type { PauliString } from '../spin/strings.ts';
import { width } from '../scalar.ts';
import { Exchange, planGhosts } from './exchange.ts';
import type { Prepared, Product, ProductLayout, ProductPlan } from './product-plan.ts';

const LANES = 2 ** BLOCK_SITES;
const LOW = BigInt(LANES - 1);
/** Words of a group in the kernel. */
const WORDS = 12;

/** Strings of one flip mask whose amplitude depends on few parities of the block's number. */
interface Group {
  readonly flipBlock: number;
  readonly flipLane: number;
  readonly masks: readonly number[];
  /** By parities of the masks: 0 nothing, 1 all lanes alike, 2 lanes differ. */
  readonly kinds: Int32Array;
  /** By parities: 16 real parts, then 16 imaginary ones if the operator is complex. */
  readonly lanes: Float64Array;
}

/**
 * Products with a spin operator that is never stored: blocks of 16 rows, of which ranks own whole
 * ones. Blocks of others that a flip leads to are the ghosts.
 */
export function planSpins(operator: SpinOperator, layout: ProductLayout): Prepared {
  return () => plan(operator, layout);
}

function plan(operator: SpinOperator, layout: ProductLayout): ProductPlan {
  const { comm, scalar } = layout;
  const complexOperator = operator.scalar === 'complex';
  const { diagonal: diagonalTerms, others } = splitDiagonal(operator.strings);
  const groups = parityGroups(others, BLOCK_SITES, ({ flip }) => flip).map(({ strings, masks }) =>
    makeGroup(strings, masks, complexOperator),
  );
  const ranges = layout.rows.map(({ start, end }) => ({ start: start / LANES, end: end / LANES }));
  const { start: first, end } = ranges[comm.rank]!;
  const blocks = end - first;
  const numbers = comm.size === 1 ? new Float64Array(0) : ghostBlocks(groups, first, end);
  const ghostPlan = planGhosts(comm, ranges, numbers);
  const entry = LANES * width(scalar);
  const exchange = Exchange.needs(ghostPlan, entry);
  const total = 2 ** (operator.n - BLOCK_SITES);
  const slotBytes = numbers.length > 0 ? 4 * total : 0;
  const tables = groups.reduce((sum, { kinds, lanes }) => sum + kinds.byteLength + lanes.byteLength, 0);
  return {
    bytes:
      exchange.bytes +
      slotBytes +
      tables +
      8 * LANES * blocks +
      16 * diagonalTerms.length +
      4 * WORDS * groups.length,
    allocations: exchange.allocations + 2 * groups.length + 4,
    bind(memory): Product {
      const ghosts = new Exchange(comm, memory, ghostPlan, entry);
      const diagonal = storeDiagonal(memory, diagonalTerms, first, blocks);
      const at = storeGroups(memory, groups);
      let slots = 0;
      if (numbers.length > 0) {
        slots = memory.allocate(slotBytes);
        const table = memory.ints(slots, total);
        numbers.forEach((block, slot) => (table[block] = slot));
      }
      const { kernels } = memory;
      const kernel = scalar === 'complex' ? kernels.spinComplex : kernels.spinReal;
      const part = (y: number, x: number, which: number) =>
        kernel(
          y,
          x,
          ghosts.ghosts,
          diagonal,
          first,
          blocks,
          at,
          groups.length,
          slots,
          which,
          complexOperator ? 1 : 0,
        );
      return {
        apply(y, x) {
          if (comm.size === 1) {
            part(y, x, 0);
            return;
          }
          ghosts.start(x);
          part(y, x, 1);
          ghosts.finish();
          if (numbers.length > 0) part(y, x, 2);
        },
        failure: () => undefined,
      };
    },
  };
}

function makeGroup(
  strings: readonly PauliString[],
  masks: readonly number[],
  complexOperator: boolean,
): Group {
  const { flip } = strings[0]!;
  const size = 2 ** masks.length;
  const stride = complexOperator ? 2 * LANES : LANES;
  const kinds = new Int32Array(size);
  const lanes = new Float64Array(size * stride);
  for (let index = 0; index < size; index++) {
    const of = lanes.subarray(index * stride, (index + 1) * stride);
    for (const { sign, re, im } of strings) {
      const mask = masks.indexOf(Number(sign >> BigInt(BLOCK_SITES)));
      const high = mask >= 0 && (index >> mask) & 1;
      for (let lane = 0; lane < LANES; lane++) {
        const odd = oddBits(lane & Number(sign & LOW)) ^ (high ? 1 : 0);
        of[lane]! += odd ? -re : re;
        if (complexOperator) of[LANES + lane]! += odd ? -im : im;
      }
    }
    // Amplitudes that cancel leave nothing but rounding.
    const scale = strings.reduce((sum, { re, im }) => sum + Math.abs(re) + Math.abs(im), 0);
    for (let i = 0; i < of.length; i++) if (Math.abs(of[i]!) <= 1e-15 * scale) of[i] = 0;
    if (of.every((value) => value === 0)) kinds[index] = 0;
    else kinds[index] = of.subarray(0, LANES).every((value) => value === of[0]) ? 1 : 2;
  }
  return {
    flipBlock: Number(flip >> BigInt(BLOCK_SITES)),
    flipLane: Number(flip & LOW),
    masks,
    kinds,
    lanes,
  };
}

/** The parities of a block's number, as an index into the tables of a group. */
function indexOf({ masks }: Group, block: number): number {
  return masks.reduce((index, mask, m) => index | (oddBits(block & mask) << m), 0);
}

/** Blocks of others that own blocks need, ascending. */
function ghostBlocks(groups: readonly Group[], first: number, end: number): Float64Array {
  const found = new Set<number>();
  for (const group of groups)
    for (let block = first; block < end; block++) {
      const other = (block ^ group.flipBlock) >>> 0;
      if ((other < first || other >= end) && group.kinds[indexOf(group, block)] !== 0) found.add(other);
    }
  return Float64Array.from(found).sort();
}

function storeDiagonal(
  memory: SolverMemory,
  strings: readonly PauliString[],
  first: number,
  blocks: number,
): number {
  const terms = memory.allocate(16 * strings.length);
  const diagonal = memory.allocate(8 * LANES * blocks);
  const words = memory.ints(terms, 4 * strings.length);
  const values = memory.floats(terms, 2 * strings.length);
  for (const [t, { sign, re }] of strings.entries()) {
    words[4 * t] = Number(sign >> BigInt(BLOCK_SITES));
    words[4 * t + 1] = Number(sign & LOW);
    values[2 * t + 1] = re;
  }
  memory.kernels.spinDiagonal(diagonal, first, blocks, terms, strings.length);
  return diagonal;
}

function storeGroups(memory: SolverMemory, groups: readonly Group[]): number {
  const at = memory.allocate(4 * WORDS * groups.length);
  const words = memory.ints(at, WORDS * groups.length);
  for (const [g, { flipBlock, flipLane, masks, kinds, lanes }] of groups.entries()) {
    const head = [
      flipBlock,
      flipLane,
      masks.length,
      memory.storeInts(kinds),
      memory.storeFloats(lanes),
      ...masks,
    ];
    words.set(head, WORDS * g);
  }
  return at;
}
