import type { ElementType } from '../../kernel/index.ts';
import type { Channel, Slot } from './channel.ts';
import { LABEL_WORDS } from './label.ts';

/** Both ends of a dimension that closes on itself on one rank: what goes out on one side comes in on the other. */
export class Copies implements Channel {
  #slot: Slot;
  #other: Copies = this;

  constructor(readonly type: ElementType) {
    this.#slot = { label: new Int32Array(LABEL_WORDS), elements: this.#elements(0) };
  }

  static pair(type: ElementType): [Copies, Copies] {
    const [low, high] = [new Copies(type), new Copies(type)];
    low.#other = high;
    high.#other = low;
    return [low, high];
  }

  open(length: number): Slot {
    if (this.#slot.elements.length < length)
      this.#slot = { label: this.#slot.label, elements: this.#elements(length) };
    return this.#slot;
  }

  post(): void {
    // It is where the other side takes it from.
  }

  arrived(): boolean {
    return true;
  }

  take(): Slot {
    return this.#other.#slot;
  }

  close(): void {
    // Nobody else has it.
  }

  #elements(length: number): Float64Array | Float32Array {
    return this.type === 'f64' ? new Float64Array(length) : new Float32Array(length);
  }
}
