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
/** Words of a group and of what comes before them, bytes of a job (assembly/spin-jobs.ts). */
const [WORDS, HEAD_WORDS, JOB_BYTES] = [12, 8, 16];
/** Blocks that have most jobs in common: 2 to this power, where ranks own whole runs of them. */
const MOST_RUN = 4;
/**
 * Amplitudes for which the real kernel has its own code: flip of the lanes, lanes that are not 0 and
 * then all alike, and the kind that says so. They are exchanges of neighbours, of which both sites
 * or only the upper lane's are within a block.
 */
const SHAPES = [
  { flip: 0b1100, lanes: 0x0ff0, kind: 3 },
  { flip: 0b0110, lanes: 0x3c3c, kind: 4 },
  { flip: 0b0011, lanes: 0x6666, kind: 5 },
  { flip: 0b1000, lanes: 0x00ff, kind: 6 },
  { flip: 0b1000, lanes: 0xff00, kind: 7 },
] as const;

/** Strings of one flip mask whose amplitude depends on few parities of the block's number. */
interface Group {
  readonly flipBlock: number;
  readonly flipLane: number;
  readonly masks: readonly number[];
  /** By parities of the masks: 0 nothing, 1 all lanes alike, 2 lanes differ, or that of a shape. */
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
  // One job more than there may be, in each of two lists.
  const listBytes = JOB_BYTES * (groups.length + 2);
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
      4 * (HEAD_WORDS + WORDS * groups.length) +
      listBytes,
    allocations: exchange.allocations + 2 * groups.length + 5,
    bind(memory): Product {
      const ghosts = new Exchange(comm, memory, ghostPlan, entry);
      const diagonal = storeDiagonal(memory, diagonalTerms, first, blocks);
      const at = storeGroups(memory, groups, runOf(first, end));
      const lists = memory.allocate(listBytes);
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
          lists,
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
    else kinds[index] = kindOf(of, Number(flip & LOW));
  }
  return {
    flipBlock: Number(flip >> BigInt(BLOCK_SITES)),
    flipLane: Number(flip & LOW),
    masks,
    kinds,
    lanes,
  };
}

/** The kind of amplitudes that are not all 0. */
function kindOf(amplitudes: Float64Array, flip: number): number {
  const real = amplitudes.subarray(0, LANES);
  if (real.every((value) => value === real[0])) return 1;
  const value = real.find((other) => other !== 0);
  if (value === undefined || amplitudes.length > LANES) return 2;
  const lanes = real.reduce((mask, other, lane) => mask | (other === 0 ? 0 : 1 << lane), 0);
  const alike = real.every((other) => other === 0 || other === value);
  const shape = SHAPES.find((known) => known.flip === flip && known.lanes === lanes);
  return alike && shape !== undefined ? shape.kind : 2;
}

/** The mask of the longest runs of blocks that ranks own as a whole. */
function runOf(first: number, end: number): number {
  let bits = 0;
  while (bits < MOST_RUN && first % 2 ** (bits + 1) === 0 && end % 2 ** (bits + 1) === 0) bits++;
  return 2 ** bits - 1;
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

/** The amplitude that plain groups have wherever they have one; 0 if there are several or complex ones. */
function commonAmplitude(groups: readonly Group[]): number {
  const found = new Set<number>();
  for (const { kinds, lanes } of groups) {
    const stride = lanes.length / kinds.length;
    if (stride > LANES) return 0;
    for (const [index, kind] of kinds.entries()) if (kind !== 0) found.add(lanes[index * stride]!);
  }
  return found.size === 1 ? [...found][0]! : 0;
}

function storeGroups(memory: SolverMemory, groups: readonly Group[], run: number): number {
  const isPlain = ({ flipLane, kinds }: Group) => flipLane === 0 && kinds.every((kind) => kind <= 1);
  const isOuter = ({ masks }: Group) => masks.every((mask) => (mask & run) === 0);
  const sorts = [true, false].flatMap((plain) =>
    [true, false].map((outer) =>
      groups.filter((group) => isPlain(group) === plain && isOuter(group) === outer),
    ),
  );
  const size = HEAD_WORDS + WORDS * groups.length;
  const at = memory.allocate(4 * size);
  const words = memory.ints(at, size);
  words.set([...sorts.map(({ length }) => length), run]);
  memory.floats(at, HEAD_WORDS / 2)[3] = commonAmplitude([...sorts[0]!, ...sorts[1]!]);
  for (const [g, { flipBlock, flipLane, masks, kinds, lanes }] of sorts.flat().entries()) {
    const head = [
      flipBlock,
      flipLane,
      masks.length,
      memory.storeInts(kinds),
      memory.storeFloats(lanes),
      ...masks,
    ];
    words.set(head, HEAD_WORDS + WORDS * g);
  }
  return at;
}
