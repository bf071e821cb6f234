import { GridError } from './error.ts';
import type { Shape } from './shape.ts';

/** Finds what was written to a field's elements without `touch`: what the engine `interpret` does beside computing. */
export class Watch {
  readonly #now: Buffer;
  readonly #seen: Buffer;

  constructor(
    readonly data: Float64Array | Float32Array,
    readonly shape: Shape,
  ) {
    this.#now = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#seen = Buffer.from(this.#now);
  }

  /** Remembers the elements as they are. */
  note(): void {
    this.#now.copy(this.#seen);
  }

  /** @throws GridError ERR_HALO with the first element that is another than it was */
  check(operation: string, name: string): void {
    if (this.#now.equals(this.#seen)) return;
    let byte = 0;
    while (this.#now[byte] === this.#seen[byte]) byte++;
    const at = this.#placeOf(Math.floor(byte / this.data.BYTES_PER_ELEMENT));
    const message = `${operation}: ${name} was written through data at (${at.join(', ')}) and not touched since: call ${name}.touch(), or its halos and walls are those of before`;
    throw new GridError('ERR_HALO', message, { operation });
  }

  /** Local indices of an element. */
  #placeOf(element: number): number[] {
    const { lead, pitch, plane, margin, lo } = this.shape;
    const [, y = 0, z = 0] = margin;
    const before = lead - y * pitch - z * plane;
    const k = plane === 0 ? 0 : Math.floor(element / plane);
    const j = Math.floor((element - k * plane) / pitch);
    const i = element - k * plane - j * pitch - before;
    return [i, j - y, k - z].slice(0, lo.length);
  }
}
