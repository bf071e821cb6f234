import { parity, type PauliString } from './strings.ts';

/**
 * All strings of one flip mask, as 32-bit masks: of states with at most 31 sites, or of their
 * blocks of 16.
 */
export interface FlipGroup {
  readonly flip: number;
  readonly strings: readonly { readonly sign: number; readonly re: number; readonly im: number }[];
  /** The sum of the sizes of their coefficients. */
  readonly scale: number;
}

/** Amplitudes below this share of a group's scale are rounding of what cancels. */
export const CANCELLED = 1e-14;

/** Strings by a mask. */
export function byMask(
  strings: readonly PauliString[],
  maskOf: (string: PauliString) => bigint,
): ReadonlyMap<bigint, readonly PauliString[]> {
  const groups = new Map<bigint, PauliString[]>();
  for (const string of strings) {
    const mask = maskOf(string);
    const group = groups.get(mask);
    if (group === undefined) groups.set(mask, [string]);
    else group.push(string);
  }
  return groups;
}

/** Strings by flip mask, the diagonal (flip 0) among them. For at most 31 sites. */
export function flipGroups(strings: readonly PauliString[]): FlipGroup[] {
  return [...byMask(strings, ({ flip }) => flip)].map(([flip, members]) => ({
    flip: Number(flip),
    strings: members.map(({ sign, re, im }) => ({ sign: Number(sign), re, im })),
    scale: members.reduce((sum, { re, im }) => sum + Math.abs(re) + Math.abs(im), 0),
  }));
}

/** 1 if a 32-bit mask has an odd number of bits, else 0. */
export function oddBits(mask: number): number {
  let x = mask ^ (mask >>> 16);
  x ^= x >>> 8;
  x ^= x >>> 4;
  x ^= x >>> 2;
  return (x ^ (x >>> 1)) & 1;
}

/** The conjugate transpose of strings: the sign masks then meet the flipped state. */
export function adjoint(strings: readonly PauliString[]): PauliString[] {
  return strings.map((string) => {
    const turned = parity(string.flip & string.sign);
    return { ...string, re: turned ? -string.re : string.re, im: turned ? string.im : -string.im };
  });
}
