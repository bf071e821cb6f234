import { GridError } from '../error.ts';
import { AXES, type AxisName } from '../place.ts';

/** A number, a function of the place on the wall, or numbers of the whole wall's points, x fastest. */
export type WallValue = number | ((x: number, y: number, z: number) => number) | ArrayLike<number>;

/** What holds at a wall: `a · u + b · ∂u/∂n = v`, Dirichlet and Neumann among it. */
export interface BoundaryCondition {
  readonly kind: 'dirichlet' | 'neumann' | 'robin';
  readonly value: WallValue;
  /** Of Robin. */
  readonly a: number;
  readonly b: number;
}

/** One condition for all walls, or those of each dimension: one for both sides, or low and high. */
export type Boundary =
  | BoundaryCondition
  | Readonly<
      Partial<
        Record<
          AxisName,
          BoundaryCondition | readonly [BoundaryCondition | undefined, BoundaryCondition | undefined]
        >
      >
    >;

/** The value at the wall is `value`. */
export function dirichlet(value: WallValue = 0): BoundaryCondition {
  return { kind: 'dirichlet', value, a: 1, b: 0 };
}

/** The derivative along the axis, in the direction of growing coordinates on both sides, is `value`. */
export function neumann(value: WallValue = 0): BoundaryCondition {
  return { kind: 'neumann', value, a: 0, b: 1 };
}

/**
 * `a · u + b · ∂u/∂n = value`, with the derivative outwards.
 *
 * @throws GridError ERR_ARGUMENT where both are 0
 */
export function robin(a: number, b: number, value: WallValue = 0): BoundaryCondition {
  if (!Number.isFinite(a) || !Number.isFinite(b) || (a === 0 && b === 0))
    throw new GridError('ERR_ARGUMENT', `robin(${a}, ${b}): a and b are finite, and one of them is not 0`, {
      operation: 'robin',
    });
  return { kind: 'robin', value, a, b };
}

/** A condition for each dimension and side, low then high. */
export type Walls = readonly (readonly [BoundaryCondition | undefined, BoundaryCondition | undefined])[];

const isCondition = (boundary: object): boundary is BoundaryCondition => 'kind' in boundary;

/**
 * Conditions by dimension and side.
 *
 * @throws GridError ERR_ARGUMENT for a dimension that has no walls
 */
export function wallsOf(
  boundary: Boundary | undefined,
  dims: number,
  hasWalls: (d: number) => boolean,
): Walls {
  if (boundary === undefined) return AXES.slice(0, dims).map(() => [undefined, undefined]);
  if (isCondition(boundary))
    return AXES.slice(0, dims).map((_, d) => (hasWalls(d) ? [boundary, boundary] : [undefined, undefined]));
  for (const name of Object.keys(boundary)) {
    const d = AXES.indexOf(name as AxisName);
    if (d >= 0 && d < dims && hasWalls(d)) continue;
    const known = AXES.slice(0, dims).filter((_, each) => hasWalls(each));
    const message = `a boundary condition for ${name}: the grid has walls in ${known.length === 0 ? 'no dimension' : known.join(', ')}`;
    throw new GridError('ERR_ARGUMENT', message, { operation: 'boundary' });
  }
  return AXES.slice(0, dims).map((name) => {
    const given = boundary[name];
    if (given === undefined) return [undefined, undefined];
    return isCondition(given) ? [given, given] : [given[0], given[1]];
  });
}

/** Whether the condition sets the points of the wall itself: a value given at vertices. */
export function setsWall(condition: BoundaryCondition | undefined, place: string, d: number): boolean {
  return condition !== undefined && place[d] === 'v' && condition.b === 0;
}

/**
 * Layers beyond the wall that a condition sets: all of the halo, where the grid has as many points to mirror; one less where it sets the points of the wall, whose
 * own place counts.
 *
 * @param halo width of the halo along the dimension
 * @param cells of the whole grid along it
 */
export function ghostLayers(
  condition: BoundaryCondition | undefined,
  place: string,
  d: number,
  { halo, cells }: { readonly halo: number; readonly cells: number },
): number {
  if (condition === undefined) return 0;
  return Math.min(halo, cells) - Number(setsWall(condition, place, d));
}
