import type { Face } from './faces.ts';

export type Elements = Float64Array | Float32Array;

/** Rows shorter than this are copied element by element. */
const SHORT_ROW = 24;

/** Copies the elements of a face to an array, x fastest; returns where the next go. */
export function packFace(
  data: Elements,
  face: Face,
  pitch: number,
  plane: number,
  into: Elements,
  at: number,
): number {
  const [nx, ny, nz] = face.counts;
  let to = at;
  for (let k = 0; k < nz; k++) {
    let row = face.send + k * plane;
    if (nx >= SHORT_ROW) {
      for (let j = 0; j < ny; j++, row += pitch, to += nx) into.set(data.subarray(row, row + nx), to);
    } else if (nx === 1) {
      for (let j = 0; j < ny; j++, row += pitch) into[to++] = data[row]!;
    } else {
      for (let j = 0; j < ny; j++, row += pitch) for (let i = 0; i < nx; i++) into[to++] = data[row + i]!;
    }
  }
  return to;
}

/** Copies elements from an array to the halo layers beside a face; returns where the next come from. */
export function unpackFace(
  data: Elements,
  face: Face,
  pitch: number,
  plane: number,
  from: Elements,
  at: number,
): number {
  const [nx, ny, nz] = face.counts;
  let next = at;
  for (let k = 0; k < nz; k++) {
    let row = face.receive + k * plane;
    if (nx >= SHORT_ROW) {
      for (let j = 0; j < ny; j++, row += pitch, next += nx) data.set(from.subarray(next, next + nx), row);
    } else if (nx === 1) {
      for (let j = 0; j < ny; j++, row += pitch) data[row] = from[next++]!;
    } else {
      for (let j = 0; j < ny; j++, row += pitch) for (let i = 0; i < nx; i++) data[row + i] = from[next++]!;
    }
  }
  return next;
}
