/**
 * Philox4x32-10, a counter-based generator: block k of a stream is a function of (key, k), so streams need no state and no order.
 * J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export function philox(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let [c0, c1, c2, c3] = counter as unknown as [number, number, number, number];
  let [k0, k1] = key as unknown as [number, number];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(M0, c0);
    const low0 = Math.imul(M0, c0);
    const high1 = multiplyHigh(M1, c2);
    const low1 = Math.imul(M1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

const ROUNDS = 10;
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The upper 32 bits of a product of two 32-bit words. No intermediate exceeds 2³². */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (other >>> 16);
}

/** A stream of random numbers. Made by `stream`; two with the same key and item give the same numbers. */
export class Random {
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #block = new Uint32Array(4);
  #used = 4;

  /** @internal */
  constructor(key: Uint32Array, item: number) {
    this.#key = key;
    this.#counter = Uint32Array.of(0, 0, item >>> 0, Math.floor(item / 2 ** 32));
  }

  /** 32 random bits. */
  bits(): number {
    if (this.#used === 4) {
      philox(this.#counter, this.#key, this.#block);
      this.#counter[0]!++;
      if (this.#counter[0] === 0) this.#counter[1]!++;
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  /** A number of the open interval (0, 1), in steps of 2⁻⁵². */
  uniform(): number {
    const high = this.bits() >>> 6;
    return (high * 2 ** 26 + (this.bits() >>> 6) + 0.5) / 2 ** 52;
  }

  /** A number of the standard normal distribution (G. E. P. Box and M. E. Muller, 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number from 0 to n − 1. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }
}

/**
 * The stream of an item (a sample, a generation) under a seed and a name. It does not depend on who asks, nor on what was drawn before:
 * that is what makes results independent of the number of teams.
 */
export function stream(seed: number, name: string, item = 0): Random {
  return new Random(keyOf(`${seed}\n${name}`), item);
}

/** 64 bits of a text: two FNV-1a hashes with different bases, each finished as MurmurHash3 does. */
function keyOf(text: string): Uint32Array {
  return Uint32Array.of(hash(text, 0x811c9dc5), hash(text, 0x2f0b4a27));
}

function hash(text: string, basis: number): number {
  let h = basis;
  for (const byte of Buffer.from(text)) h = Math.imul(h ^ byte, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
