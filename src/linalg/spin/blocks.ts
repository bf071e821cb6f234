import { oddBits } from './groups.ts';

/** Bits of a 32-bit mask that are set. */
export function bitsOf(mask: number): number {
  let x = mask - ((mask >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * The states of a sector in blocks: those of a block agree in the upper sites, and run through all
 * states of the `low` lower ones that have as many bits as are left for them. Since states ascend, a
 * block is a range of rows, and blocks with as many bits below have the same lower states in the
 * same order.
 */
export class SectorBlocks {
  /** By number of bits: the states of the lower sites that have so many, ascending. */
  readonly patterns: readonly Int32Array[];
  /** By state of the lower sites: its place among those with as many bits. */
  readonly rank: Int32Array;
  /** By state of the upper sites: the first row of its block; the last number is that of all rows. */
  readonly first: Float64Array;

  /**
   * @param n sites, at most 31.
   * @param down bits that are set in each state.
   * @param low lower sites.
   */
  constructor(
    n: number,
    readonly down: number,
    readonly low: number,
  ) {
    const patterns: number[][] = Array.from({ length: low + 1 }, () => []);
    this.rank = new Int32Array(2 ** low);
    for (let state = 0; state < 2 ** low; state++) {
      const list = patterns[bitsOf(state)]!;
      this.rank[state] = list.length;
      list.push(state);
    }
    this.patterns = patterns.map((list) => Int32Array.from(list));
    this.first = new Float64Array(2 ** (n - low) + 1);
    for (let high = 0; high + 1 < this.first.length; high++)
      this.first[high + 1] = this.first[high]! + this.rows(high);
  }

  /** Bits of the lower states of a block; there are none where it lies outside 0 … low. */
  bitsBelow(high: number): number {
    return this.down - bitsOf(high);
  }

  /** Rows of a block, 0 where no state of the sector has these upper sites. */
  rows(high: number): number {
    return this.patterns[this.bitsBelow(high)]?.length ?? 0;
  }
}

/** 1 or −1 for each lower state with so many bits: whether it has an odd number of those of a mask. */
export function signsOf({ patterns }: SectorBlocks, bits: number, mask: number): Float64Array {
  return Float64Array.from(patterns[bits]!, (state) => (oddBits(state & mask) === 1 ? -1 : 1));
}

/** Rows that blocks should have on average, so that going from one to the next costs little. */
const GOOD_ROWS = 24;
const [LEAST, MOST] = [4, 12];

/**
 * How many sites at the lower end make blocks of a good size; undefined where there are too few
 * states for it.
 */
export function lowerSites(n: number, down: number): number | undefined {
  for (let low = LEAST; low <= Math.min(MOST, n - 1); low++) {
    let blocks = 0;
    for (let bits = Math.max(0, down - low); bits <= Math.min(down, n - low); bits++)
      blocks += choose(n - low, bits);
    if (choose(n, down) >= GOOD_ROWS * blocks) return low;
  }
  return undefined;
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return Math.round(product);
}
