import type { ElementType } from '../kernel/index.ts';

const LINE = 64;
/** Rows this far apart fall into the same sets of a cache. */
const CONFLICT = 2048;

/**
 * How the fields of a grid lie in memory: all alike, whatever their place. Around the interior are more than twice as many layers as the halo is wide, since a
 * kernel that writes at several places passes over points where some of them are not needed, and what those read must be memory.
 */
export class Shape {
  /** Layers of memory around the interior. */
  readonly margin: readonly number[];
  /** Elements from row to row and from plane to plane; 0 where there is one. */
  readonly pitch: number;
  readonly plane: number;
  /** Elements of a field, and before its element (0, 0, 0). */
  readonly length: number;
  readonly lead: number;
  /** Elements on the rank with the most cells. */
  readonly largest: number;
  /** First index that has memory in each dimension, and one past the last. */
  readonly lo: readonly number[];
  readonly hi: readonly number[];

  constructor(
    readonly cells: readonly number[],
    mostCells: readonly number[],
    readonly halo: readonly number[],
    type: ElementType,
  ) {
    const line = LINE / (type === 'f64' ? 8 : 4);
    const bytes = type === 'f64' ? 8 : 4;
    const [x = 0, y = 0, z = 0] = (this.margin = halo.map((width) => (width === 0 ? 0 : 2 * width + 1)));
    const before = line * Math.ceil(x / line);
    const pitchOf = (n: number) => {
      const pitch = before + line * Math.ceil((n + 1 + x) / line);
      return halo.length > 1 && (pitch * bytes) % CONFLICT === 0 ? pitch + line : pitch;
    };
    const rowsOf = (n: number | undefined) => (n === undefined ? 1 : n + 1 + 2 * y);
    const planesOf = (n: number | undefined) => (n === undefined ? 1 : n + 1 + 2 * z);
    const lengthOf = ([nx = 1, ny, nz]: readonly number[]) => pitchOf(nx) * rowsOf(ny) * planesOf(nz);
    this.pitch = pitchOf(cells[0]!);
    this.plane = halo.length > 2 ? this.pitch * rowsOf(cells[1]) : 0;
    this.length = lengthOf(cells);
    this.largest = lengthOf(mostCells);
    this.lead = before + y * this.pitch + z * this.plane;
    this.lo = this.margin.map((width) => -width);
    this.hi = cells.map((n, d) => n + 1 + this.margin[d]!);
  }

  /** Elements from a point to its neighbor along a dimension. */
  stride(d: number): number {
    return d === 0 ? 1 : d === 1 ? this.pitch : this.plane;
  }
}
