import type { Field } from '../field.ts';
import { centerOf } from '../grid.ts';
import { partOf, wholeSize } from '../whole/owned.ts';

/** Points along the longer side of a picture, at most. */
const MOST_PIXELS = 1024;

/** Which points of a field are shown: every n-th of one plane, the first one included. */
export interface Picture {
  readonly field: Field;
  readonly every: number;
  readonly nx: number;
  readonly ny: number;
  /** Global index of the plane in z; 0 where there is none. */
  readonly plane: number;
}

/** A rectangle of a picture's points, by indices of the picture. */
export interface Patch {
  readonly x: number;
  readonly y: number;
  readonly nx: number;
  readonly ny: number;
}

/** What is shown of a field. */
export function pictureOf(field: Field, plane: number): Picture {
  const [nx = 1, ny = 1] = wholeSize(field);
  const every = Math.ceil(Math.max(nx, ny) / MOST_PIXELS);
  return { field, every, nx: Math.ceil(nx / every), ny: Math.ceil(ny / every), plane };
}

/** The points of a picture that a rank owns. */
export function patchOf({ field, every, plane }: Picture, rank: number): Patch {
  const { first, size } = partOf(field, rank);
  const [zFirst = 0, zSize = 1] = [first[2], size[2]];
  if (plane < zFirst || plane >= zFirst + zSize) return { x: 0, y: 0, nx: 0, ny: 0 };
  const from = (d: number) => Math.ceil((first[d] ?? 0) / every);
  const to = (d: number) => Math.ceil(((first[d] ?? 0) + (size[d] ?? 1)) / every);
  return { x: from(0), y: from(1), nx: to(0) - from(0), ny: to(1) - from(1) };
}

/** Positions of a picture's points along a dimension. */
export function coordinatesOf({ field, every, nx, ny }: Picture, d: 0 | 1): number[] {
  const axis = field.grid.axes[d];
  if (axis === undefined) return [0];
  const at = field.place[d] === 'v' ? axis.vertex : (k: number) => centerOf(axis, k);
  return Array.from({ length: d === 0 ? nx : ny }, (_, i) => at(i * every));
}

/** Values that a rank sends of a picture: its patch, behind the least and the largest value of its part of the plane. */
export const RANGE = 2;
export const lengthOfPatch = ({ nx, ny }: Patch): number => RANGE + nx * ny;

/** Writes what this rank has of a picture; returns where the next goes. */
export function packPatch(picture: Picture, patch: Patch, into: Float64Array, at: number): number {
  const { field, every, plane } = picture;
  const { grid, data } = field;
  const { first, size } = partOf(field, grid.topology.comm.rank);
  const k = plane - (first[2] ?? 0);
  let [least, most] = [Infinity, -Infinity];
  if (k >= 0 && k < (size[2] ?? 1))
    for (let j = 0; j < (size[1] ?? 1); j++) {
      const row = field.index(0, j, k);
      for (let i = row; i < row + size[0]!; i++) {
        const value = data[i]!;
        if (value < least && value !== -Infinity) least = value;
        if (value > most && value !== Infinity) most = value;
      }
    }
  into[at] = least;
  into[at + 1] = most;
  let to = at + RANGE;
  for (let j = 0; j < patch.ny; j++) {
    const row = field.index(patch.x * every - first[0]!, (patch.y + j) * every - (first[1] ?? 0), k);
    for (let i = 0; i < patch.nx; i++) into[to++] = data[row + i * every]!;
  }
  return to;
}
