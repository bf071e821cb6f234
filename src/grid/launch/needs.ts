import { setsWall } from '../boundary/conditions.ts';
import { GridError } from '../error.ts';
import type { Field } from '../field.ts';
import type { Grid } from '../grid.ts';
import { AXES, extra, SIDES } from '../place.ts';
import { connection, wallSide, type Storage } from '../storage.ts';
import type { Compiled } from '../../kernel/index.ts';

/** What one written field needs of one read field. */
export interface Demand {
  readonly name: string;
  readonly field: Field;
  readonly storage: Storage;
  /** Counts of layers, by index in `Storage.depth`, where there is a connection or a wall; 0 or less: none. */
  readonly layers: readonly (readonly [index: number, layers: number])[];
  /** Whether points of the interior read beyond it in two dimensions at once. */
  readonly corners: boolean;
  /** Whether points beyond the interior in one dimension read beyond it in another, for each dimension. */
  readonly sideways: readonly boolean[];
}

/** A field that a kernel writes, and what that takes. */
export interface Written {
  readonly name: string;
  readonly field: Field;
  readonly storage: Storage;
  readonly demands: readonly Demand[];
  /** Whether halo layers may be computed in each dimension: not where positions repeat that the kernel uses. */
  readonly extends: readonly boolean[];
  /** Points not computed at each wall: 1 where a condition sets the wall itself. */
  readonly skipped: readonly (readonly [number, number])[];
  /** Layers beyond the interior that this launch computes, by index in `Storage.depth`. */
  readonly extent: Int8Array;
  corners: boolean;
}

/**
 * What a kernel needs, for each field that it writes.
 *
 * @throws GridError ERR_HALO where it reads further than the halo is wide
 */
export function needsOf(
  kernel: string,
  grid: Grid,
  compiled: Pick<Compiled, 'needs'>,
  fields: ReadonlyMap<string, Field>,
): Written[] {
  return [...compiled.needs].map(([name, need]) => {
    const field = fields.get(name)!;
    const skipped = field.walls.map((sides, d): [number, number] => {
      const [low, high] = sides.map((condition) => Number(setsWall(condition, field.place, d)));
      return [low!, high!];
    });
    const demands = [...need.reads].map(([read, offsets]) =>
      demandOf({ kernel, grid, written: field, name, skipped }, read, fields.get(read)!, offsets),
    );
    const { periodic } = grid.topology;
    return {
      name,
      field,
      storage: field.storage,
      demands,
      extends: skipped.map((_, d) => !(periodic[d]! && need.positions.includes(d))),
      skipped,
      extent: new Int8Array(12),
      corners: false,
    };
  });
}

interface Subject {
  readonly kernel: string;
  readonly grid: Grid;
  readonly written: Field;
  readonly name: string;
  readonly skipped: readonly (readonly [number, number])[];
}

function demandOf(
  { kernel, grid, written, name, skipped }: Subject,
  read: string,
  field: Field,
  offsets: readonly (readonly number[])[],
): Demand {
  /** Layers of the field read at an offset from the outermost point that is computed. */
  const beyond = (offset: readonly number[], d: number, side: number, isWall: boolean): number => {
    const less = isWall ? skipped[d]![side as 0 | 1] : 0;
    if (side === 0) return -(less + offset[d]!);
    return extra(written.place, d) - less + offset[d]! - extra(field.place, d);
  };
  const most = (d: number, side: number, isWall: boolean) =>
    Math.max(...offsets.map((offset) => beyond(offset, d, side, isWall)));
  const layers: [number, number][] = [];
  for (let d = 0; d < grid.dims; d++)
    for (const side of [0, 1]) {
      const reach = most(d, side, false);
      const width = grid.shape.halo[d]!;
      if (reach > width) throw tooFar(kernel, name, read, d, reach, width);
      if (grid.connects(d)) layers.push([connection(d, side), most(d, side, false)]);
      if (grid.hasWalls(d)) layers.push([wallSide(d, side), most(d, side, true)]);
    }
  /** Whether an offset leads beyond the interior along a dimension, from a point within. */
  const leaves = (offset: readonly number[], d: number) =>
    [0, 1].some((side) => beyond(offset, d, side, grid.hasWalls(d) && !grid.connects(d)) > 0);
  const dimensions = skipped.map((_, d) => d);
  return {
    name: read,
    field,
    storage: field.storage,
    layers,
    corners: offsets.some((offset) => dimensions.filter((d) => leaves(offset, d)).length > 1),
    sideways: dimensions.map((d) =>
      offsets.some((offset) => dimensions.some((e) => e !== d && leaves(offset, e))),
    ),
  };
}

function tooFar(
  kernel: string,
  name: string,
  read: string,
  d: number,
  reach: number,
  width: number,
): GridError {
  const has =
    width === 0 ? 'is flat in that dimension' : `has a halo of ${width}: make it with halo: ${reach}`;
  const message = `${kernel}: ${name} needs ${reach} layer${reach === 1 ? '' : 's'} of ${read} around a point in ${AXES[d]!}, and the grid ${has}`;
  return new GridError('ERR_HALO', message, { operation: kernel });
}

/**
 * Whether all that a kernel needs of a field at walls is set.
 *
 * @throws GridError ERR_HALO with the fields, the wall and what it lacks
 */
export function checkWalls(kernel: string, written: string, { name, layers, storage }: Demand): void {
  for (const [index, count] of layers) {
    const set = storage.depth[index]!;
    if (index < 6 || count <= set) continue;
    const wall = `${AXES[(index - 6) >> 1]!} ${SIDES[(index & 1) as 0 | 1]}`;
    const lacks =
      set === 0
        ? 'where it has no boundary condition'
        : `where ${set} layer${set === 1 ? ' is' : 's are'} set`;
    const what = count > 1 ? `${count} layers of ${name}` : name;
    throw new GridError('ERR_HALO', `${kernel}: ${written} needs ${what} beyond the wall ${wall}, ${lacks}`, {
      operation: kernel,
    });
  }
}

/** Whether layers at connections, or corners, have to be exchanged before a kernel can run. */
export function lacks({ layers, storage, corners }: Demand): boolean {
  if (corners && !storage.corners) return true;
  for (const [index, count] of layers) if (index < 6 && count > storage.depth[index]!) return true;
  return false;
}

/**
 * Fields that may join an exchange which has to be made anyway: with them, halo layers of what is written can be computed too, which saves the exchange of
 * those. In Stokes flow the second component of the velocity, where only the first is needed.
 */
export function joining(
  { demands, extends: extensible, field }: Written,
  missing: ReadonlySet<Field>,
  corners: boolean,
): Field[] {
  const { grid } = field;
  const found: Field[] = [];
  for (let d = 0; d < grid.dims; d++) {
    if (!grid.connects(d) || !extensible[d]! || (!corners && demands.some(({ sideways }) => sideways[d]!)))
      continue;
    for (let side = 0; side < 2; side++) {
      const index = connection(d, side);
      const reach = ({ layers }: Demand) => layers.find(([at]) => at === index)?.[1] ?? 0;
      if (demands.some((demand) => reach(demand) >= grid.halo)) continue;
      for (const demand of demands)
        if (!missing.has(demand.field) && demand.storage.depth[index]! <= reach(demand))
          found.push(demand.field);
    }
  }
  return found;
}

/** Decides how many layers beyond the interior are computed: as many as inputs allow. */
export function extend(written: Written, halo: number): void {
  const { extent, demands } = written;
  extent.fill(0);
  written.corners = true;
  for (const { storage } of demands) if (!storage.corners) written.corners = false;
  const { grid, walls } = written.field;
  for (let d = 0; d < grid.dims; d++) {
    if (!written.extends[d]! || demands.some(({ sideways, storage }) => sideways[d]! && !storage.corners))
      continue;
    for (let side = 0; side < 2; side++) {
      if (grid.connects(d)) extent[connection(d, side)] = slack(demands, connection(d, side), halo);
      if (grid.hasWalls(d) && walls[d]![side as 0 | 1] === undefined)
        extent[wallSide(d, side)] = slack(demands, wallSide(d, side), halo);
    }
  }
}

function slack(demands: readonly Demand[], index: number, halo: number): number {
  let least = halo;
  for (const { layers, storage } of demands)
    for (const [at, count] of layers)
      if (at === index) least = Math.min(least, storage.depth[index]! - count);
  return Math.max(0, least);
}
