/** Bits a chunk; sums of 2^21 pieces fit into the 53 bits of a number. */
const CHUNK_BITS = 32;
const CHUNK = 2 ** CHUNK_BITS;
/** From the least bit of the smallest number, 2^−1074, to beyond the largest of 2^1024, times counts of summands. */
export const CHUNKS = 68;
const LEAST_EXPONENT = -1074;
/** Additions after which chunks are made small again. */
const MOST_ADDITIONS = 2 ** 20;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/**
 * An exact sum of doubles: a number of some 2100 bits in chunks of 32, to which each summand is added whole (Kulisch 2002). Additions of whole numbers
 * do not depend on their order, so the sum does not depend on how it is dealt to ranks; it is rounded once, at the end.
 */
export class Superaccumulator {
  /** Chunks, the least first, and last what is not finite. */
  readonly chunks: Float64Array = new Float64Array(CHUNKS + 1);
  #additions = 0;

  add(value: number): void {
    number[0] = value;
    const high = words[1]!;
    const low = words[0]!;
    const biased = (high >>> 20) & 0x7ff;
    if (biased === 0x7ff) {
      this.chunks[CHUNKS]! += value;
      return;
    }
    // Whole mantissa times 2^(position − 1074).
    const position = biased === 0 ? 0 : biased - 1;
    const top = biased === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
    const chunk = position >>> 5;
    const shift = position & 31;
    const { chunks } = this;
    // 53 bits shifted by up to 31 lie in three chunks.
    const lowest = (low << shift) >>> 0;
    const middle = shift === 0 ? top : (low >>> (32 - shift)) + ((top << shift) >>> 0);
    const highest = shift === 0 ? 0 : top >>> (32 - shift);
    if (high >>> 31 === 0) {
      chunks[chunk]! += lowest;
      chunks[chunk + 1]! += middle;
      chunks[chunk + 2]! += highest;
    } else {
      chunks[chunk]! -= lowest;
      chunks[chunk + 1]! -= middle;
      chunks[chunk + 2]! -= highest;
    }
    if (++this.#additions >= MOST_ADDITIONS) this.carry();
  }

  /** Adds the exact product of two numbers: it and its rounding error (Dekker 1971). */
  addProduct(a: number, b: number): void {
    const product = a * b;
    this.add(product);
    if (!Number.isFinite(product)) return;
    const [a1, a2] = split(a);
    const [b1, b2] = split(b);
    const error = a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
    // Factors near the largest number cannot be split.
    if (Number.isFinite(error)) this.add(error);
  }

  /** Makes chunks smaller than 2^32 in magnitude: then those of 2^20 ranks can be added. */
  carry(): void {
    const { chunks } = this;
    let carry = 0;
    for (let i = 0; i < CHUNKS; i++) {
      const sum = chunks[i]! + carry;
      carry = Math.floor(sum / CHUNK);
      chunks[i] = sum - carry * CHUNK;
    }
    // Of a negative number: everything above is −1.
    chunks[CHUNKS - 1]! += carry * CHUNK;
    this.#additions = 0;
  }

  /** The sum, rounded to the nearest number, ties to even. */
  value(): number {
    const special = this.chunks[CHUNKS]!;
    if (special !== 0) return special;
    let whole = 0n;
    for (let i = CHUNKS - 1; i >= 0; i--) whole = (whole << 32n) + BigInt(this.chunks[i]!);
    const magnitude = whole < 0n ? -whole : whole;
    const excess = Math.max(0, magnitude.toString(2).length - 64);
    let leading = magnitude >> BigInt(excess);
    // What is cut off decides ties only.
    if (leading << BigInt(excess) !== magnitude) leading |= 1n;
    const rounded = scaled(Number(leading), excess + LEAST_EXPONENT);
    return whole < 0n ? -rounded : rounded;
  }
}

const SPLITTER = 2 ** 27 + 1;

/** A number as the sum of two of 26 bits. */
function split(a: number): readonly [number, number] {
  const scaledUp = SPLITTER * a;
  const high = scaledUp - (scaledUp - a);
  return [high, a - high];
}

/** `value · 2^exponent`, in two steps where the power is no number. */
function scaled(value: number, exponent: number): number {
  return exponent > 1000 ? value * 2 ** 1000 * 2 ** (exponent - 1000) : value * 2 ** exponent;
}
