import type { Carrier } from '../fabric/fabric.ts';
import { PROC_NULL } from './constants.ts';
import { NeighborCommunicator } from './neighbors.ts';

/** How to lay ranks out in a Cartesian topology. */
export interface CartOptions {
  /** Whether each dimension closes on itself; one value for all. Default: none does. */
  readonly periodic?: boolean | readonly boolean[];
  /** Allows other ranks than those of the communicator it is made of. Ranks are at present kept. */
  readonly reorder?: boolean;
}

/**
 * Ranks at the points of a grid, in row-major order of their coordinates (MPI 4.1 §8.5). Made by `comm.cart(dims)`.
 *
 * Its neighbors are those at distance 1: along each dimension first the one with the lower coordinate, then the one with the higher; PROC_NULL beyond
 * the end of a dimension that is not periodic.
 */
export class CartCommunicator extends NeighborCommunicator {
  /** Ranks along each dimension. */
  readonly dims: readonly number[];
  /** Whether each dimension closes on itself. */
  readonly periodic: readonly boolean[];

  /** @internal */
  constructor(carrier: Carrier, name: string, dims: readonly number[], periodic: readonly boolean[]) {
    const neighbors = dims.flatMap((_, direction) => [
      shifted(carrier.rank, dims, periodic, direction, -1),
      shifted(carrier.rank, dims, periodic, direction, 1),
    ]);
    super(carrier, name, neighbors, neighbors);
    this.dims = dims;
    this.periodic = periodic;
  }

  /** Coordinates of a rank; of this one, if none is given (§8.5.5). Throws ERR_RANK for a rank that is not there. */
  coords(rank: number = this.rank): number[] {
    this.enter('coords');
    if (rank >>> 0 !== rank || rank >= this.size)
      throw this.refuse('ERR_RANK', `there is no rank ${String(rank)} among ${this.size}`);
    return coordsOf(rank, this.dims);
  }

  /**
   * The rank at these coordinates; those of a periodic dimension wrap (§8.5.5). Throws ERR_ARG for coordinates outside the grid and
   * for a wrong number of them.
   */
  rankAt(coords: readonly number[]): number {
    this.enter('rankAt');
    if (coords.length !== this.dims.length)
      throw this.refuse('ERR_ARG', `${coords.length} coordinates in ${this.dims.length} dimensions`);
    const inside = coords.map((coordinate, i) => {
      const extent = this.dims[i]!;
      if (Number.isSafeInteger(coordinate)) {
        if (this.periodic[i]) return wrap(coordinate, extent);
        if (coordinate >= 0 && coordinate < extent) return coordinate;
      }
      const range = `0 to ${extent - 1} in dimension ${i}, which is${this.periodic[i] ? '' : ' not'} periodic`;
      throw this.refuse('ERR_ARG', `coordinate ${String(coordinate)} is not within ${range}`);
    });
    return rankOf(inside, this.dims);
  }

  /**
   * Whom to receive from and send to when all ranks pass something on by `displacement` along dimension `direction`; PROC_NULL
   * beyond the end of a dimension that is not periodic (§8.5.6). Throws ERR_ARG for a direction that is none.
   */
  shift(direction: number, displacement = 1): { source: number; dest: number } {
    this.enter('shift');
    if (direction >>> 0 !== direction || direction >= this.dims.length)
      throw this.refuse('ERR_ARG', `${String(direction)} is none of ${this.dims.length} dimensions`);
    if (!Number.isSafeInteger(displacement))
      throw this.refuse('ERR_ARG', `${String(displacement)} is no displacement`);
    const at = (distance: number) => shifted(this.rank, this.dims, this.periodic, direction, distance);
    return { source: at(-displacement), dest: at(displacement) };
  }

  /**
   * Collective: cuts the grid along the dimensions that are not kept, and gives the part that this rank is in: rows, columns, planes
   * (§8.5.7). None kept: a part of no dimensions for each rank. Throws ERR_ARG for a wrong number of entries.
   */
  sub(keep: readonly boolean[]): CartCommunicator {
    const carrier = this.enter('sub');
    const { dims, periodic } = this;
    if (keep.length !== dims.length)
      throw this.refuse('ERR_ARG', `${keep.length} entries for ${dims.length} dimensions`);
    const coords = coordsOf(this.rank, dims);
    const choose = <T>(list: readonly T[], kept: boolean) => list.filter((_, i) => keep[i] === kept);
    const color = rankOf(choose(coords, false), choose(dims, false));
    const part = carrier.split(color, rankOf(choose(coords, true), choose(dims, true)));
    const name = `${this.name}/sub(${keep.map((kept, i) => (kept ? '*' : coords[i]!)).join()})`;
    return new CartCommunicator(part!, name, choose(dims, true), choose(periodic, true));
  }

  /** As of any communicator; the topology stays (§7.4.2). */
  override dup(): CartCommunicator {
    return new CartCommunicator(this.enter('dup').dup(), `${this.name}/dup`, this.dims, this.periodic);
  }

  // What leaves towards lower coordinates arrives from higher ones, also where both neighbors are one rank (§8.6).
  protected override sendTag(i: number): number {
    return i;
  }

  protected override receiveTag(i: number): number {
    return i ^ 1;
  }
}

function coordsOf(rank: number, dims: readonly number[]): number[] {
  const coords: number[] = [];
  dims.reduceRight((rest, extent, i) => ((coords[i] = rest % extent), Math.floor(rest / extent)), rank);
  return coords;
}

function rankOf(coords: readonly number[], dims: readonly number[]): number {
  return coords.reduce((rank, coordinate, i) => rank * dims[i]! + coordinate, 0);
}

const wrap = (coordinate: number, extent: number) => ((coordinate % extent) + extent) % extent;

function shifted(
  rank: number,
  dims: readonly number[],
  periodic: readonly boolean[],
  direction: number,
  distance: number,
): number {
  const coords = coordsOf(rank, dims);
  const extent = dims[direction]!;
  const moved = coords[direction]! + distance;
  if (!periodic[direction] && (moved < 0 || moved >= extent)) return PROC_NULL;
  coords[direction] = wrap(moved, extent);
  return rankOf(coords, dims);
}
