import { GridError } from '../error.ts';
import { Field } from '../field.ts';
import type { Grid } from '../grid.ts';
import { AXES, extra } from '../place.ts';

/** Fields and groups of them, by the names that they have in files. */
export type NamedFields = Readonly<Record<string, Field | Readonly<Record<string, Field>>>>;

/**
 * Single fields by their full names, `V.x` for a component.
 *
 * @throws GridError ERR_ARGUMENT for none, and for fields of two grids
 */
export function fieldsByName(
  operation: string,
  named: NamedFields,
): { readonly grid: Grid; readonly fields: ReadonlyMap<string, Field> } {
  const fields = new Map<string, Field>();
  for (const [name, value] of Object.entries(named)) {
    if (value instanceof Field) fields.set(name, value);
    else for (const [component, each] of Object.entries(value)) fields.set(`${name}.${component}`, each);
  }
  const [first] = fields.values();
  if (first === undefined)
    throw new GridError('ERR_ARGUMENT', `${operation}: no fields are given`, { operation });
  for (const [name, { grid }] of fields)
    if (grid !== first.grid)
      throw new GridError('ERR_ARGUMENT', `${operation}: ${name} belongs to another grid`, { operation });
  return { grid: first.grid, fields };
}

/** Names of a field's dimensions, last first; vertices have coordinates of their own. */
export function dimensionNames({ grid, place }: Pick<Field, 'grid' | 'place'>): string[] {
  return AXES.slice(0, grid.dims)
    .map((name, d) => (extra(place, d) === 1 ? `${name}_vertex` : name))
    .reverse();
}
