import { signsOf, type SectorBlocks } from '../spin/blocks.ts';
import { oddBits } from '../spin/groups.ts';
import type { PauliString } from '../spin/strings.ts';

/**
 * The diagonal of a sum of Pauli strings on blocks of a sector: a number a block from strings of the
 * upper sites, numbers that blocks of one size share from those of the lower ones, and signs for
 * strings across.
 */
export class SectorDiagonal {
  readonly #blocks: SectorBlocks;
  readonly #upper: readonly { readonly mask: number; readonly value: number }[];
  /** By lower mask: what comes with it above. */
  readonly #across: readonly {
    readonly signs: readonly Float64Array[];
    readonly upper: readonly { readonly mask: number; readonly value: number }[];
  }[];
  /** By bits of the lower sites. */
  readonly #lower: readonly Float64Array[];

  /** @param strings without flips. */
  constructor(strings: readonly PauliString[], blocks: SectorBlocks) {
    this.#blocks = blocks;
    const { low, patterns } = blocks;
    const parts = strings.map(({ sign, re }) => ({
      mask: Number(sign >> BigInt(low)),
      lower: Number(sign & BigInt(2 ** low - 1)),
      value: re,
    }));
    this.#upper = parts.filter(({ lower }) => lower === 0);
    const inner = parts.filter(({ mask, lower }) => mask === 0 && lower !== 0);
    this.#lower = patterns.map((states, bits) => {
      const sum = new Float64Array(states.length);
      for (const { lower, value } of inner)
        signsOf(blocks, bits, lower).forEach((sign, i) => (sum[i]! += sign * value));
      return sum;
    });
    const across = parts.filter(({ mask, lower }) => mask !== 0 && lower !== 0);
    this.#across = [...new Set(across.map(({ lower }) => lower))].map((lower) => ({
      signs: patterns.map((_, bits) => signsOf(blocks, bits, lower)),
      upper: across.filter((part) => part.lower === lower),
    }));
  }

  /** The numbers of a block's rows `from` to `from + out.length`. */
  fill(out: Float64Array, high: number, from: number): void {
    const bits = this.#blocks.bitsBelow(high);
    const lower = this.#lower[bits]!;
    const constant = sumOf(this.#upper, high);
    for (let i = 0; i < out.length; i++) out[i] = constant + lower[from + i]!;
    for (const { signs, upper } of this.#across) {
      const [factor, sign] = [sumOf(upper, high), signs[bits]!];
      for (let i = 0; i < out.length; i++) out[i]! += factor * sign[from + i]!;
    }
  }
}

function sumOf(parts: readonly { readonly mask: number; readonly value: number }[], high: number): number {
  let sum = 0;
  for (const { mask, value } of parts) sum += oddBits(high & mask) === 1 ? -value : value;
  return sum;
}
