import { KernelError } from './error.ts';
import type { Box, Plan } from './engine.ts';
import type { Facts } from './facts.ts';
import { bytesOf, type Cells } from './fields.ts';

interface Limit {
  readonly name: string;
  readonly cells: Cells;
  readonly low: readonly number[];
  readonly high: readonly number[];
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
    const none = Array<number>(plan.dims).fill(0);
    this.#limits = [...fields].map(([name, cells]) => ({
      name,
      cells,
      low: reach.get(name)?.low ?? none,
      high: reach.get(name)?.high ?? none,
    }));
  }

  /** Throws ERR_ARGUMENT before anything is written. */
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
    const box = { lo: [x0, y0, z0], hi: [x1, y1, z1] };
    for (const limit of this.#limits) this.#one(limit, box);
    last.set([x0, x1, y0, y1, z0, z1]);
    this.#any = true;
  }

  #one({ name, cells, low, high }: Limit, box: Box): void {
    const { dims } = this.plan;
    for (let d = 0; d < dims; d++) {
      const from = box.lo[d]! + low[d]!;
      const to = box.hi[d]! + high[d]!;
      if (from >= (cells.lo?.[d] ?? -Infinity) && to <= (cells.hi?.[d] ?? Infinity)) continue;
      const message = `needs ${name} from ${from} to ${to} in dimension ${d}, and it has ${cells.lo?.[d]} to ${cells.hi?.[d]}`;
      throw new KernelError('ERR_ARGUMENT', this.plan.name, message);
    }
    const at = (corner: readonly number[], reach: readonly number[], less: number) =>
      corner[0]! +
      reach[0]! -
      less +
      (corner[1]! + (reach[1] ?? 0) - less) * cells.pitch +
      (corner[2]! + (reach[2] ?? 0) - less) * cells.plane;
    const size = bytesOf(cells.type);
    const from = cells.offset + size * at(box.lo, low, 0);
    const to = cells.offset + size * (at(box.hi, high, 1) + 1);
    const most = 'buffer' in cells.memory ? cells.memory.buffer.byteLength : cells.memory.size;
    if (from >= 0 && to <= most) return;
    throw new KernelError(
      'ERR_ARGUMENT',
      this.plan.name,
      `needs ${name} at bytes ${from} to ${to} of a memory of ${most}`,
    );
  }
}
