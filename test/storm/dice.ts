import { mersenne } from 'pure-rand/generator/mersenne';

/** Random numbers of a seed, the same on every rank that asks in the same order. */
export class Dice {
  readonly #generator: ReturnType<typeof mersenne>;

  constructor(seed: number) {
    this.#generator = mersenne(seed);
  }

  /** 0 … n − 1. */
  below(n: number): number {
    return (this.#generator.next() >>> 0) % n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A size from 0 to `most`, mostly a small one: half of them are below the square root of `most`. */
  size(most: number): number {
    return Math.floor((most + 1) ** (this.below(1 << 20) / (1 << 20))) - 1;
  }
}
