import type { Carrier, Ending } from '../fabric.ts';

/** Milliseconds between looks while a rank that would rather end the job waits for the others. */
const LOOK_MS = 1;

/**
 * How ranks of one job end together: all learn the largest exit code, and nobody leaves before all have come. A dissemination barrier (Hensgen,
 * Finkel, Manber 1988) whose messages carry the maximum, on a communicator of its own: what the program has under way cannot meet it.
 */
export class Farewell {
  readonly #apart: Carrier;

  /** @param apart a duplicate of the world that nobody else uses. */
  constructor(apart: Carrier) {
    this.#apart = apart;
  }

  /** What all end with; undefined if some have not come after `longest` milliseconds. */
  agree({ code, told }: Ending, longest: number): Ending | undefined {
    const [largest, any] = this.#maxima([code, Number(told)], longest) ?? [];
    return largest === undefined ? undefined : { code: largest, told: any !== 0 };
  }

  /** Whether it is so on any rank; when all have come. */
  anywhere(here: boolean): boolean {
    return this.#maxima([Number(here)], Infinity)![0] !== 0;
  }

  /** Tells all ranks what each one says; when all have come. */
  exchange<T>(mine: T): T[] {
    const text = Buffer.from(JSON.stringify(mine));
    const counts = new Int32Array(this.#apart.size);
    this.#apart.allgather(Int32Array.of(text.length), counts);
    let end = 0;
    const displs = [...counts].map((count) => (end += count) - count);
    const data = Buffer.alloc(end);
    this.#apart.allgather(text, { data, counts: [...counts], displs });
    return displs.map((start, r) => JSON.parse(data.toString('utf8', start, start + counts[r]!)) as T);
  }

  #maxima(mine: readonly number[], longest: number): Int32Array | undefined {
    const { fabric, rank, size } = this.#apart;
    const until = performance.now() + longest;
    const largest = Int32Array.from(mine);
    for (let step = 1; step < size; step *= 2) {
      const sending = this.#apart.isend(largest.slice(), (rank + step) % size, step, false);
      const from = new Int32Array(largest.length);
      const receiving = this.#apart.irecv(from, (rank + size - step) % size, step);
      if (longest === Infinity) fabric.wait([receiving, sending], 'all');
      while (!receiving.done || !sending.done) {
        if (performance.now() > until) return undefined;
        fabric.progress();
        fabric.nap(LOOK_MS);
      }
      from.forEach((value, i) => (largest[i] = Math.max(largest[i]!, value)));
    }
    return largest;
  }
}
