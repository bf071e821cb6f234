import { GridError } from './error.ts';

/** Where a field lives: at centers, at vertices, or by a letter a dimension, x first: `'vc'` is the face between neighbors in x. */
export type FieldPlace = 'center' | 'vertex' | (string & {});

/** Letters of a place, one a dimension. */
export function lettersOf(place: FieldPlace, dims: number): string {
  const letters = place === 'center' ? 'c'.repeat(dims) : place === 'vertex' ? 'v'.repeat(dims) : place;
  if (letters.length === dims && /^[cv]+$/.test(letters)) return letters;
  const message = `'${place}' is no place in ${dims} dimensions: give 'center', 'vertex' or ${dims} letters of c and v`;
  throw new GridError('ERR_ARGUMENT', message, { operation: 'field' });
}

/** 1 at vertices, of which there is one more than cells. */
export const extra = (place: string, d: number): 0 | 1 => (place[d] === 'v' ? 1 : 0);

export const AXES = ['x', 'y', 'z'] as const;
export type AxisName = (typeof AXES)[number];
export const SIDES = ['low', 'high'] as const;
