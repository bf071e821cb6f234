import { KernelError } from './error.ts';
import type { Plan } from './engine.ts';
import type { Facts } from './facts.ts';
import { bytesOf, type Cells } from './fields.ts';

/** A field as bounds see it: what points read of it around them, the elements that it has, and where they lie. */
interface Limit {
  readonly name: string;
  readonly cells: Cells;
  /** Reach below and above a point, in elements, x first. */
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
  readonly size: number;
  /** Bytes of the memory. It may grow, so that a miss looks again. */
  bytes: number;
}

/** Checks that a box with all that its points read and write lies in memory. The last box that passed is known again. */
export class Bounds {
  readonly #limits: readonly Limit[];
  readonly #passed = new Int32Array(6);
  #any = false;

  constructor(
    readonly plan: Plan,
    { reach }: Facts,
    fields: ReadonlyMap<string, Cells>,
  ) {
    const three = (values: readonly number[] | undefined): [number, number, number] => [
      values?.[0] ?? 0,
      values?.[1] ?? 0,
      values?.[2] ?? 0,
    ];
    this.#limits = [...fields].map(([name, cells]) => ({
      name,
      cells,
      low: three(reach.get(name)?.low),
      high: three(reach.get(name)?.high),
      size: bytesOf(cells.type),
      bytes: lengthOf(cells),
    }));
  }

  /** Throws ERR_ARGUMENT before anything is written. Allocates nothing for a box that passes. */
  check(x0: number, x1: number, y0: number, y1: number, z0: number, z1: number): void {
    const last = this.#passed;
    if (
      this.#any &&
      last[0] === x0 &&
      last[1] === x1 &&
      last[2] === y0 &&
      last[3] === y1 &&
      last[4] === z0 &&
      last[5] === z1
    )
      return;
    const { dims } = this.plan;
    for (const limit of this.#limits) {
      const { cells, low, high, size } = limit;
      this.#along(limit, 0, x0, x1);
      if (dims > 1) this.#along(limit, 1, y0, y1);
      if (dims > 2) this.#along(limit, 2, z0, z1);
      const { offset, pitch, plane } = cells;
      const from = offset + size * (x0 + low[0] + (y0 + low[1]) * pitch + (z0 + low[2]) * plane);
      const to = offset + size * (x1 + high[0] + (y1 + high[1] - 1) * pitch + (z1 + high[2] - 1) * plane);
      if (from < 0 || to > limit.bytes) this.#inMemory(limit, from, to);
    }
    last[0] = x0;
    last[1] = x1;
    last[2] = y0;
    last[3] = y1;
    last[4] = z0;
    last[5] = z1;
    this.#any = true;
  }

  #along({ name, cells, low, high }: Limit, dim: 0 | 1 | 2, start: number, end: number): void {
    const from = start + low[dim];
    const to = end + high[dim];
    const first = cells.lo?.[dim];
    const last = cells.hi?.[dim];
    if ((first === undefined || from >= first) && (last === undefined || to <= last)) return;
    const message = `needs ${name} from ${from} to ${to} in dimension ${dim}, and it has ${first} to ${last}`;
    throw new KernelError('ERR_ARGUMENT', this.plan.name, message);
  }

  #inMemory(limit: Limit, from: number, to: number): void {
    limit.bytes = lengthOf(limit.cells);
    if (from >= 0 && to <= limit.bytes) return;
    throw new KernelError(
      'ERR_ARGUMENT',
      this.plan.name,
      `needs ${limit.name} at bytes ${from} to ${to} of a memory of ${limit.bytes}`,
    );
  }
}

function lengthOf({ memory }: Cells): number {
  return 'buffer' in memory ? memory.buffer.byteLength : memory.size;
}
