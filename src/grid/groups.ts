import type { FunctionField, Given, Mask, Scalar } from '../kernel/index.ts';
import { neumann } from './boundary/conditions.ts';
import { Field, type FieldOptions, type FieldValues } from './field.ts';
import type { Dims, Grid } from './grid.ts';
import { AXES, lettersOf, type FieldPlace } from './place.ts';

interface VectorComponents {
  1: 'x';
  2: 'x' | 'y';
  3: 'x' | 'y' | 'z';
}
interface TensorComponents {
  1: 'xx';
  2: 'xx' | 'yy' | 'xy';
  3: 'xx' | 'yy' | 'zz' | 'xy' | 'xz' | 'yz';
}

/** One field a direction: component d at vertices in dimension d, at centers in the others. */
export type VectorField<N extends Dims = 2> = Readonly<
  Pick<Record<'x' | 'y' | 'z', Field>, VectorComponents[N]>
>;
/** A symmetric tensor: the diagonal at centers, xy at vertices in x and y. */
export type TensorField<N extends Dims = 2> = Readonly<
  Pick<Record<TensorComponents[3], Field>, TensorComponents[N]>
>;
/** A factor for each place of the grid. */
export type MaskField<N extends Dims = 2> = Readonly<Record<keyof Mask<N>, Field>>;

/** Options of the components: the same for all. */
export type GroupOptions = FieldOptions;

/**
 * Fields of a vector. Conditions of single components are given as `V.x.boundary = …`.
 *
 * @example
 * const q = vectorField(grid);
 * launch(flux, { q, C, chi });
 */
export function vectorField<N extends Dims>(grid: Grid<N>, options: GroupOptions = {}): VectorField<N> {
  return group(
    AXES.slice(0, grid.dims).map((name, d) => [name, placeAt(grid.dims, [d])]),
    grid,
    options,
  );
}

/** Fields of a symmetric tensor. */
export function tensorField<N extends Dims>(grid: Grid<N>, options: GroupOptions = {}): TensorField<N> {
  const names = AXES.slice(0, grid.dims);
  const diagonal = names.map((name): [string, string] => [name + name, placeAt(grid.dims, [])]);
  const others = names.flatMap((a, d) =>
    names.slice(d + 1).map((b, e): [string, string] => [a + b, placeAt(grid.dims, [d, d + 1 + e])]),
  );
  return group([...diagonal, ...others], grid, options);
}

/** Factors at all places, 1 at first; beyond walls as at them. */
export function maskField<N extends Dims>(
  grid: Grid<N>,
  values: FieldValues = 1,
  options: GroupOptions = {},
): MaskField<N> {
  const places = Array.from({ length: 2 ** grid.dims }, (_, bits) =>
    placeAt(
      grid.dims,
      [0, 1, 2].filter((d) => (bits >> d) & 1),
    ),
  );
  const fields = group<MaskField<N>>(
    places.map((place) => [place, place]),
    grid,
    { boundary: neumann(), ...options },
  );
  for (const each of Object.values<Field>(fields)) each.set(values);
  return fields;
}

/**
 * A field given by a function of the place, put into the kernels that read it: no memory. The function is in the language of kernels.
 *
 * @example
 * const rho = functionField(grid, 'cv', (x, y, _, { r }) => (x * x + y * y < r * r ? 1 : 0), { r: 0.1 });
 */
export function functionField<P extends Readonly<Record<string, number>> = Readonly<Record<string, never>>>(
  grid: Grid,
  place: FieldPlace,
  fn: (x: number, y: number, z: number, parameters: P) => number,
  parameters?: P,
): FunctionField {
  return { fn, place: lettersOf(place, grid.dims), ...(parameters !== undefined && { parameters }) };
}

/** What `launch` takes for arguments of types `A`: for a Scalar a field, a number or a function field. */
export type GridArguments<A> = {
  readonly [K in keyof A]: A[K] extends Scalar
    ? Field | FunctionField | number
    : A[K] extends number
      ? number
      : A[K] extends (...args: never[]) => unknown
        ? Given<A>[K]
        : GridArguments<A[K]>;
};

/** A place with vertices in some dimensions. */
function placeAt(dims: number, vertices: readonly number[]): string {
  return Array.from({ length: dims }, (_, d) => (vertices.includes(d) ? 'v' : 'c')).join('');
}

function group<G>(
  components: readonly (readonly [string, string])[],
  grid: Grid,
  { name, ...options }: GroupOptions,
): G {
  const prefix = name === undefined ? '' : `${name}.`;
  const fields = components.map(([key, place]) => [
    key,
    new Field(grid, place, { ...options, name: prefix + key }),
  ]);
  return Object.freeze(Object.fromEntries(fields)) as G;
}
