import { LinalgError } from '../error.ts';
import type { Complex } from '../scalar.ts';

/** A product of spin operators: `ops` of `x y z + -`, one for each of `sites`, times `factor`. */
export interface SpinTerm {
  readonly factor: number | Complex;
  readonly ops: string;
  readonly sites: readonly number[];
}

/**
 * A Pauli string with its coefficient: y[s] = c (−1)^{|s & sign|} x[s ^ flip]. Site 0 is the most
 * significant of n bits; bit 0 is spin up. Masks are BigInts, since a state may have more than 32
 * sites.
 */
export interface PauliString {
  readonly flip: bigint;
  readonly sign: bigint;
  readonly re: number;
  readonly im: number;
  /** The first of the terms that it comes from. */
  readonly term: number;
}

/**
 * x, y, z and the ladder operators of spin ½ as sums of Pauli matrices of one site: [flips, signs,
 * re, im].
 */
const SINGLE: Readonly<Record<string, readonly (readonly [boolean, boolean, number, number])[]>> = {
  x: [[true, false, 0.5, 0]],
  y: [[true, true, 0, -0.5]],
  z: [[false, true, 0.5, 0]],
  // S± = Sx ± i Sy; i (−i/2) = 1/2.
  '+': [
    [true, false, 0.5, 0],
    [true, true, 0.5, 0],
  ],
  '-': [
    [true, false, 0.5, 0],
    [true, true, -0.5, 0],
  ],
};

/**
 * The Pauli strings of terms, equal ones added up and those that cancel left out.
 *
 * @throws LinalgError ERR_OPTION for an operator or site that does not exist.
 */
export function pauliStrings(n: number, terms: readonly SpinTerm[]): PauliString[] {
  const sums = new Map<
    string,
    { flip: bigint; sign: bigint; re: number; im: number; scale: number; term: number }
  >();
  for (const [index, term] of terms.entries()) {
    for (const string of expand(n, term, index)) {
      const key = `${string.flip}/${string.sign}`;
      const sum = sums.get(key) ?? { ...string, re: 0, im: 0, scale: 0 };
      sum.re += string.re;
      sum.im += string.im;
      sum.scale += Math.abs(string.re) + Math.abs(string.im);
      sums.set(key, sum);
    }
  }
  // What is left of terms that cancel is rounding.
  const kept = [...sums.values()].map((sum) => ({
    ...sum,
    re: Math.abs(sum.re) <= 1e-15 * sum.scale ? 0 : sum.re,
    im: Math.abs(sum.im) <= 1e-15 * sum.scale ? 0 : sum.im,
  }));
  return kept.filter(({ re, im }) => re !== 0 || im !== 0);
}

function expand(n: number, term: SpinTerm, index: number): PauliString[] {
  const { factor, ops, sites } = term;
  if (ops.length !== sites.length)
    throw new LinalgError('ERR_OPTION', `'${ops}' has ${ops.length} operators for ${sites.length} sites`);
  const { re, im } = typeof factor === 'number' ? { re: factor, im: 0 } : factor;
  let strings: PauliString[] = [{ flip: 0n, sign: 0n, re, im, term: index }];
  for (const [k, site] of sites.entries()) {
    const single = SINGLE[ops[k]!];
    if (single === undefined)
      throw new LinalgError('ERR_OPTION', `'${ops[k]}' in '${ops}' is no operator; there are x y z + -`);
    if (!Number.isInteger(site) || site < 0 || site >= n)
      throw new LinalgError('ERR_OPTION', `site ${site} of '${ops}' is not among sites 0 to ${n - 1}`);
    const bit = 1n << BigInt(n - 1 - site);
    strings = strings.flatMap((left) =>
      single.map(([flips, signs, a, b]) => multiply(left, flips ? bit : 0n, signs ? bit : 0n, a, b)),
    );
  }
  return strings;
}

/** A string times one that acts before it. */
function multiply(left: PauliString, flip: bigint, sign: bigint, a: number, b: number): PauliString {
  // The signs of the right one are those of a state that the left one has flipped.
  const odd = parity(left.flip & sign);
  const [re, im] = odd ? [-a, -b] : [a, b];
  return {
    flip: left.flip ^ flip,
    sign: left.sign ^ sign,
    re: left.re * re - left.im * im,
    im: left.re * im + left.im * re,
    term: left.term,
  };
}

/** Whether a mask has an odd number of bits. */
export function parity(mask: bigint): boolean {
  let odd = false;
  for (let rest = mask; rest > 0n; rest &= rest - 1n) odd = !odd;
  return odd;
}
