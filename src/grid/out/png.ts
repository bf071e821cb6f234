import { writeFileSync } from 'node:fs';
import { GridError } from '../error.ts';
import type { Field } from '../field.ts';
import { notInItem } from '../inside.ts';
import { gather, type Whole } from '../whole/gather.ts';
import { paletteOf, type ColorChoice } from './colors.ts';
import { planeOf } from './plane.ts';
import { onRoot } from './together.ts';

/** How a picture is made. */
export interface PngOptions extends ColorChoice {
  /** Of a field in three dimensions: index of the plane in z; by default the middle. */
  readonly plane?: number;
}

const MOST_PIXELS = 1024;

/**
 * Collective: a picture of a whole field, one pixel a point, at most 1024 along a side, y upwards. Needs the packages fast-png and d3-scale-chromatic.
 *
 * @throws GridError ERR_ARGUMENT for what is no plane of the field; ERR_FILE on all ranks where it cannot be written, or a package is missing
 * @example
 * await savePng(C, 'diffusion.png');
 */
export async function savePng(field: Field, path: string, options: PngOptions = {}): Promise<void> {
  notInItem('savePng');
  const { grid } = field;
  const { comm } = grid.topology;
  const plane = planeOf('savePng', grid, options.plane);
  const all = gather(field);
  // Packages are loaded before the call that all ranks wait in.
  const loaded = all === undefined ? undefined : await loadPackages();
  onRoot(comm, 'savePng', () => {
    if (loaded instanceof GridError) throw loaded;
    const { encode, chromatic } = loaded!;
    const { data, shape } = all!;
    const [ny = 1, nx = 1] = shape.slice(-2).length === 2 ? shape.slice(-2) : [1, shape[0]!];
    const picture = { data: data.subarray(plane * nx * ny, (plane + 1) * nx * ny), nx, ny };
    const pixels = paint(picture, paletteOf(picture.data, options, chromatic));
    writeFileSync(path, encode({ ...pixels, channels: 3 }));
    return undefined;
  });
}

interface Picture {
  readonly data: Whole['data'];
  readonly nx: number;
  readonly ny: number;
}

/** Every n-th point of a picture that is too large. */
function paint({ data, nx, ny }: Picture, color: (value: number) => readonly [number, number, number]) {
  const every = Math.ceil(Math.max(nx, ny) / MOST_PIXELS);
  const width = Math.ceil(nx / every);
  const height = Math.ceil(ny / every);
  const pixels = new Uint8Array(3 * width * height);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++)
      pixels.set(color(data[(height - 1 - j) * every * nx + i * every]!), 3 * (j * width + i));
  return { width, height, data: pixels };
}

async function loadPackages() {
  try {
    const [{ encode }, chromatic] = await Promise.all([import('fast-png'), import('d3-scale-chromatic')]);
    return { encode, chromatic };
  } catch (cause) {
    const message =
      'pictures need the packages fast-png and d3-scale-chromatic: npm install fast-png d3-scale-chromatic';
    return new GridError('ERR_FILE', message, { operation: 'savePng', cause });
  }
}
