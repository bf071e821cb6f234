import { byMask } from './groups.ts';
import type { PauliString } from './strings.ts';

/** Sign masks that one group takes: its tables have 2^masks entries. */
const MOST_MASKS = 6;

/** Strings whose amplitudes depend on few parities of a state's upper sites. */
export interface ParityGroup {
  readonly strings: readonly PauliString[];
  /** Masks of the upper sites, none of them 0. */
  readonly masks: readonly number[];
}

/**
 * Strings by a key, those of one key in several groups where they have too many sign masks.
 *
 * @param low lower sites: masks are those of the others.
 */
export function parityGroups(
  strings: readonly PauliString[],
  low: number,
  key: (string: PauliString) => bigint,
): ParityGroup[] {
  const maskOf = ({ sign }: PauliString) => Number(sign >> BigInt(low));
  const groups: ParityGroup[] = [];
  for (const members of byMask(strings, key).values()) {
    let rest = members;
    while (rest.length > 0) {
      const masks = [...new Set(rest.map(maskOf))].filter((mask) => mask !== 0).slice(0, MOST_MASKS);
      const fits = (string: PauliString) => maskOf(string) === 0 || masks.includes(maskOf(string));
      groups.push({ strings: rest.filter(fits), masks });
      rest = rest.filter((string) => !fits(string));
    }
  }
  return groups;
}

/**
 * The strings of the diagonal, which is stored as real numbers, and the others, which change a state
 * or have an imaginary part: that counts as a flip of nothing.
 */
export function splitDiagonal(strings: readonly PauliString[]): {
  readonly diagonal: PauliString[];
  readonly others: PauliString[];
} {
  return {
    diagonal: strings.filter(({ flip }) => flip === 0n),
    others: strings
      .filter(({ flip, im }) => flip !== 0n || im !== 0)
      .map((string) => (string.flip === 0n ? { ...string, re: 0 } : string)),
  };
}
