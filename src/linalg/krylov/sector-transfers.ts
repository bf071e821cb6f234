import { bitsOf, type SectorBlocks } from '../spin/blocks.ts';
import { CANCELLED, oddBits } from '../spin/groups.ts';
import { parityGroups } from '../spin/parities.ts';
import type { PauliString } from '../spin/strings.ts';

/** What a block of rows gets of another one, or of itself. */
export interface Transfer {
  /** Targets in the lower halves of the words, sources in the upper ones; none where `aligned`. */
  readonly pairs: Int32Array;
  /** One, or one for each pair; complex ones interleaved. */
  readonly amplitudes: Float64Array;
  /** Each entry from the one at its own place, all with one amplitude. */
  readonly aligned: boolean;
}

/** Strings with one flip of the upper sites, as 32-bit masks. */
interface Group {
  readonly flip: number;
  readonly flipped: number;
  readonly masks: readonly number[];
  readonly strings: readonly {
    readonly high: number;
    readonly low: number;
    readonly flip: number;
    readonly re: number;
    readonly im: number;
  }[];
  /** Numbers of transfers plus 1, 0 where there is none, −1 where it has not been made yet. */
  readonly known: Int32Array;
}

/**
 * What blocks get of each other under Pauli strings. It depends on few things: on the strings that
 * flip the same upper sites, on how many of these were set, on how many bits are left for the lower
 * sites, and on some parities of the upper ones; so all blocks share few transfers.
 */
export class SectorTransfers {
  readonly all: Transfer[] = [];
  readonly #groups: readonly Group[];

  constructor(
    strings: readonly PauliString[],
    readonly blocks: SectorBlocks,
    readonly complex: boolean,
  ) {
    const { low } = blocks;
    const lower = (mask: bigint) => Number(mask & BigInt(2 ** low - 1));
    const upper = (mask: bigint) => Number(mask >> BigInt(low));
    this.#groups = parityGroups(strings, low, ({ flip }) => flip >> BigInt(low)).map(
      ({ strings: members, masks }) => {
        const flip = upper(members[0]!.flip);
        const flipped = bitsOf(flip);
        return {
          flip,
          flipped,
          masks,
          strings: members.map((string) => ({
            high: upper(string.sign),
            low: lower(string.sign),
            flip: lower(string.flip),
            re: string.re,
            im: string.im,
          })),
          known: new Int32Array((low + 1) * (flipped + 1) * 2 ** masks.length).fill(-1),
        };
      },
    );
  }

  /** Calls back with each block (by its upper sites) that one takes from, and the number of the transfer. */
  each(high: number, visit: (source: number, transfer: number) => void): void {
    const below = this.blocks.bitsBelow(high);
    for (const group of this.#groups) {
      const set = bitsOf(high & group.flip);
      let parities = 0;
      for (let m = 0; m < group.masks.length; m++) parities |= oddBits(high & group.masks[m]!) << m;
      const at = ((below * (group.flipped + 1) + set) << group.masks.length) | parities;
      let known = group.known[at]!;
      if (known < 0) {
        const transfer = this.#make(group, below, below + 2 * set - group.flipped, parities);
        known = group.known[at] = transfer === undefined ? 0 : this.all.push(transfer);
      }
      if (known > 0) visit(high ^ group.flip, known - 1);
    }
  }

  /** What blocks with `below` bits in the lower sites get of those with `from`. */
  #make(group: Group, below: number, from: number, parities: number): Transfer | undefined {
    const { patterns, rank } = this.blocks;
    if (patterns[from] === undefined) return undefined;
    const scale = group.strings.reduce((sum, { re, im }) => sum + Math.abs(re) + Math.abs(im), 0);
    const [pairs, amplitudes]: [number[], number[]] = [[], []];
    let aligned = true;
    // Flip by flip, so that neighbouring pairs add to different entries.
    for (const flip of new Set(group.strings.map((string) => string.flip))) {
      const strings = group.strings
        .filter((string) => string.flip === flip)
        .map((string) => ({ ...string, mask: group.masks.indexOf(string.high) }));
      for (const [place, state] of patterns[below]!.entries()) {
        let [re, im] = [0, 0];
        for (const { low, mask, re: a, im: b } of strings) {
          const odd = oddBits(state & low) ^ (mask < 0 ? 0 : (parities >> mask) & 1);
          re += odd ? -a : a;
          im += odd ? -b : b;
        }
        // What cancels leaves rounding, also where a flip would leave the sector.
        if (Math.abs(re) + Math.abs(im) <= CANCELLED * scale || bitsOf(state ^ flip) !== from) continue;
        pairs.push(place | (rank[state ^ flip]! << 16));
        amplitudes.push(...(this.complex ? [re, im] : [re]));
        aligned &&= flip === 0;
      }
    }
    if (pairs.length === 0) return undefined;
    const w = this.complex ? 2 : 1;
    const alike = amplitudes.every((value, i) => value === amplitudes[i % w]);
    if (!alike)
      return { pairs: Int32Array.from(pairs), amplitudes: Float64Array.from(amplitudes), aligned: false };
    aligned &&= pairs.length === patterns[below]!.length;
    return {
      pairs: Int32Array.from(aligned ? [] : pairs),
      amplitudes: Float64Array.from(amplitudes.slice(0, w)),
      aligned,
    };
  }
}
