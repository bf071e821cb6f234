import { LinalgError } from '../error.ts';
import type { Space } from './space.ts';

/** Vectors of a solve that are taken and given back. */
export class Bank {
  readonly #free: number[] = [];

  constructor(space: Space, count: number) {
    const first = space.vectors(count);
    for (let i = count - 1; i >= 0; i--) this.#free.push(first + i * space.stride);
  }

  /** A vector that nobody uses; what is in it is left from before. */
  take(): number {
    const vector = this.#free.pop();
    if (vector === undefined) throw new LinalgError('ERR_MEMORY', 'more vectors were taken than planned');
    return vector;
  }

  giveBack(vector: number): void {
    this.#free.push(vector);
  }
}
