import type { Picture } from './picture.ts';

/** Numbers at the begin of a frame: its number, the step, the time (NaN where none is given). */
export const HEAD = 3;
/** Numbers of each field behind them: least and largest value, those of the first and last color, which colors. */
export const PER_FIELD = 5;
/** Pixels hold the place on the scale of colors, from 0 to this; one more is what is no number. */
export const LAST_SHADE = 65534;
export const NO_NUMBER = 65535;

/** Where the parts of a frame lie: numbers, then the pixels of one field after the other, rows from the top. */
export interface FrameLayout {
  readonly bytes: number;
  /** Byte offset of each field's pixels. */
  readonly pixels: readonly number[];
}

/** The layout of frames of these pictures. */
export function frameLayout(pictures: readonly Pick<Picture, 'nx' | 'ny'>[]): FrameLayout {
  let bytes = 8 * (HEAD + PER_FIELD * pictures.length);
  const pixels = pictures.map(({ nx, ny }) => {
    const start = bytes;
    bytes += 2 * nx * ny;
    return start;
  });
  return { bytes: 8 * Math.ceil(bytes / 8), pixels };
}
