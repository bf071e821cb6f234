import type { View } from '../../comm/index.ts';
import { firstCell } from '../decompose.ts';
import type { Field } from '../field.ts';
import { extra } from '../place.ts';

/** Points of one rank within the whole field, x first: shared vertices belong to the rank above. */
export interface Part {
  readonly first: readonly number[];
  readonly size: readonly number[];
}

/** Points of the whole field along each dimension, x first. Where a dimension closes on itself, its last vertex is the first. */
export function wholeSize({ grid, place }: Field): number[] {
  return grid.global.map((n, d) => n + (grid.topology.periodic[d]! ? 0 : extra(place, d)));
}

/** What a rank owns. */
export function partOf(field: Field, rank: number): Part {
  const { grid, place } = field;
  const { dims, comm, periodic } = grid.topology;
  const coords = comm.coords(rank);
  const first = grid.global.map((n, d) => firstCell(n, dims[d]!, coords[d]!));
  const size = first.map((start, d) => {
    const isLast = coords[d] === dims[d]! - 1 && !periodic[d]!;
    return firstCell(grid.global[d]!, dims[d]!, coords[d]! + 1) - start + (isLast ? extra(place, d) : 0);
  });
  return { first, size };
}

/** This rank's own points. */
export function ownedView(field: Field): View {
  const { size } = partOf(field, field.grid.topology.comm.rank);
  return field.block(
    size.map(() => 0),
    size,
  );
}

export const lengthOf = (size: readonly number[]): number => size.reduce((product, n) => product * n, 1);
