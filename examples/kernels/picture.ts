/** Fields and pictures for the examples of kernels: what `flotilla/grid` does for whole programs. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { encode } from 'fast-png';
import { sharedMemory, type Cells } from 'flotilla/kernel';

/** Fields at centers of one shared memory, with a halo around each. */
export function images(count: number, shape: readonly [number, number], halo: number): [Cells, Cells, Cells] {
  const pitch = shape[0] + 2 * halo;
  const size = pitch * (shape[1] + 2 * halo);
  const memory = sharedMemory(8 * size * count);
  const lo = [-halo, -halo];
  const hi = shape.map((n) => n + halo);
  const field = (k: number): Cells => {
    const offset = 8 * (k * size + halo * pitch + halo);
    return { memory, offset, pitch, plane: 0, type: 'f64', place: 'cc', lo, hi };
  };
  return [field(0), field(1), field(2)];
}

/** An element of a field; with a value, that it is given. */
export function cell({ memory, offset, pitch }: Cells, i: number, j: number, value?: number): number {
  if (!('buffer' in memory)) throw new TypeError('the field is not in the host');
  const array = new Float64Array(memory.buffer);
  const at = offset / 8 + i + j * pitch;
  if (value !== undefined) array[at] = value;
  return array[at]!;
}

/** Fills a halo of one point as on a torus. */
export function wrap(field: Cells, [nx, ny]: readonly [number, number]): void {
  for (let j = 0; j < ny; j++) {
    cell(field, -1, j, cell(field, nx - 1, j));
    cell(field, nx, j, cell(field, 0, j));
  }
  for (let i = -1; i <= nx; i++) {
    cell(field, i, -1, cell(field, i, ny - 1));
    cell(field, i, ny, cell(field, i, 0));
  }
}

/** A PNG of fields side by side, one pixel a point. */
export function savePng(
  path: string,
  fields: readonly Cells[],
  [nx, ny]: readonly [number, number],
  color: (value: number) => readonly [number, number, number],
): void {
  const width = nx * fields.length;
  const data = new Uint8Array(3 * width * ny);
  fields.forEach((field, k) => {
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) data.set(color(cell(field, i, j)), 3 * (j * width + k * nx + i));
  });
  writeFileSync(path, encode({ width, height: ny, data, channels: 3 }));
}

/** An option of the command line. */
export function option(name: string, otherwise: string): string {
  const { values } = parseArgs({ options: { [name]: { type: 'string' } }, strict: false });
  const value = values[name];
  return typeof value === 'string' ? value : otherwise;
}
