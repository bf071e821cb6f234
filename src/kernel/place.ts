/** Position in one dimension: in the middle of a cell, or at the vertex between two. */
export type Side = 'c' | 'v';

/** One letter a dimension, x first: `'cc'` is the center of a cell in 2-D, `'vc'` the face between neighbors in x. */
export type Place = string;

/** Refuses words other than `c` and `v`, one a dimension, one to three dimensions. */
export function isPlace(text: string): boolean {
  return /^[cv]{1,3}$/.test(text);
}

export function sideOf(place: Place, dim: number): Side {
  return place[dim] === 'v' ? 'v' : 'c';
}

/** The place reached by a derivative or a neighbor's value along one dimension. */
export function flipped(place: Place, dim: number): Place {
  const side = sideOf(place, dim) === 'c' ? 'v' : 'c';
  return place.slice(0, dim) + side + place.slice(dim + 1);
}

export const centers = (dims: number): Place => 'c'.repeat(dims);
