import { LinalgError } from '../error.ts';
import type { PauliString, SpinTerm } from './strings.ts';
import { parity } from './strings.ts';

/**
 * The states of n sites with a given number of spins up, ascending, found by two tables (H. Q. Lin,
 * Phys. Rev. B 42, 6561, 1990): a state's index is what its upper half begins with plus the rank of
 * its lower half among those with as many bits.
 */
export class Sector {
  readonly states: number;
  readonly #n: number;
  readonly #down: number;
  readonly #half: number;
  /** Index of the first state with an upper half; −1 where there is none. */
  readonly #first: Float64Array;
  readonly #rank: Int32Array;

  /** For at most 31 sites. */
  constructor(n: number, up: number) {
    if (n > 31) throw new LinalgError('ERR_RANGE', `a sector has at most 31 sites, not ${n}`);
    if (!Number.isInteger(up) || up < 0 || up > n)
      throw new LinalgError('ERR_OPTION', `there is no sector of ${up} spins up among ${n}`);
    this.#n = n;
    this.#down = n - up;
    this.#half = n >> 1;
    const bits = (x: number) => x.toString(2).replaceAll('0', '').length;
    const lower = 2 ** this.#half;
    this.#rank = new Int32Array(lower);
    const of = new Float64Array(this.#half + 1);
    for (let low = 0; low < lower; low++) this.#rank[low] = of[bits(low)]!++;
    const upper = 2 ** (n - this.#half);
    this.#first = new Float64Array(upper + 1);
    let index = 0;
    for (let high = 0; high < upper; high++) {
      const rest = this.#down - bits(high);
      this.#first[high] = index;
      if (rest >= 0 && rest <= this.#half) index += of[rest]!;
    }
    this.#first[upper] = index;
    this.states = index;
  }

  /** Where a state of the sector stands. */
  indexOf(state: number): number {
    return this.#first[state >>> this.#half]! + this.#rank[state & (2 ** this.#half - 1)]!;
  }

  /** Whether a state belongs to it. */
  has(state: number): boolean {
    let [bits, rest] = [0, state];
    for (; rest !== 0; rest &= rest - 1) bits++;
    return bits === this.#down && state >= 0 && state < 2 ** this.#n;
  }

  /** The state at an index. */
  stateAt(index: number): number {
    let [low, high] = [0, this.#first.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#first[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    // The first state with this upper half, and on from there.
    let rest = this.#down;
    for (let x = low; x !== 0; x &= x - 1) rest--;
    let state = low * 2 ** this.#half + (2 ** rest - 1);
    for (let i = this.#first[low]!; i < index; i++) state = next(state);
    return state;
  }
}

/** The next larger number with as many bits. */
export function next(state: number): number {
  if (state === 0) return 0;
  const lowest = state & -state;
  const carried = state + lowest;
  return carried + Math.floor(((state ^ carried) >>> 2) / lowest);
}

/**
 * Refuses strings that leave a sector. For one flip mask, the strings that agree outside it form an
 * amplitude of the flipped bits alone; it must vanish where these bits have not as many up as down.
 *
 * @throws LinalgError ERR_SYMMETRY with the first term that leaves the sector.
 */
export function mustConserve(strings: readonly PauliString[], terms: readonly SpinTerm[]): void {
  const classes = new Map<string, PauliString[]>();
  for (const string of strings) {
    if (string.flip === 0n) continue;
    const key = `${string.flip}/${string.sign & ~string.flip}`;
    const members = classes.get(key);
    if (members === undefined) classes.set(key, [string]);
    else members.push(string);
  }
  for (const members of classes.values()) {
    const flip = members[0]!.flip;
    const places: bigint[] = [];
    for (let rest = flip; rest > 0n; rest &= rest - 1n) places.push(rest & -rest);
    const scale = members.reduce((sum, { re, im }) => sum + Math.abs(re) + Math.abs(im), 0);
    for (let pattern = 0; pattern < 2 ** places.length; pattern++) {
      const set = places.filter((_, k) => (pattern >> k) & 1);
      if (2 * set.length === places.length) continue;
      const bits = set.reduce((mask, place) => mask | place, 0n);
      let [re, im] = [0, 0];
      for (const string of members) {
        const sign = parity(bits & string.sign) ? -1 : 1;
        re += sign * string.re;
        im += sign * string.im;
      }
      if (Math.abs(re) + Math.abs(im) <= 1e-14 * scale) continue;
      const { ops, sites } = terms[members[0]!.term]!;
      throw new LinalgError(
        'ERR_SYMMETRY',
        `the term '${ops}' on sites ${sites.join(', ')} does not conserve the number of spins up`,
      );
    }
  }
}
