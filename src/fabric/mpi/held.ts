import { byteLengthOf, type TypedArray } from '../memory.ts';
import { R, Word } from './registers.ts';

/** Longer arrays are not kept from the collector. */
const MOST_BYTES = 64 * 1024;

/**
 * The arrays of the last call of one kind: programs that iterate give the same ones again, and then the binding need not look up where their
 * memory is (40 ns each). It stays where it is while the array has its length; one that was transferred has none.
 */
export class Held {
  readonly #slot: number;
  #first: TypedArray | null | undefined;
  #second: TypedArray | null | undefined;
  #firstLength = 0;
  #secondLength = 0;

  /** `slot`: its number, below SLOTS of native/mpi.c. */
  constructor(slot: number) {
    this.#slot = slot;
  }

  /** To be called before the binding is given these arrays. */
  tell(first: TypedArray | null, second: TypedArray | null = null): void {
    const firstLength = first === null ? 0 : first.length;
    const secondLength = second === null ? 0 : second.length;
    const known =
      first === this.#first &&
      second === this.#second &&
      firstLength === this.#firstLength &&
      secondLength === this.#secondLength;
    R[Word.SLOT] = this.#slot;
    R[Word.KNOWN] = known ? 1 : 0;
    if (known) return;
    this.#firstLength = firstLength;
    this.#secondLength = secondLength;
    this.#first = isShort(first) ? first : undefined;
    this.#second = isShort(second) ? second : undefined;
  }
}

const isShort = (array: TypedArray | null) => array === null || byteLengthOf(array) <= MOST_BYTES;
