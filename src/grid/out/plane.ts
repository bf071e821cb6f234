import { GridError } from '../error.ts';
import type { Grid } from '../grid.ts';

/**
 * The plane to show: by default the middle one.
 *
 * @throws GridError ERR_ARGUMENT
 */
export function planeOf(operation: string, { dims, global }: Grid, wanted: number | undefined): number {
  const planes = dims > 2 ? global[2]! : 1;
  const plane = wanted ?? Math.floor(planes / 2);
  if (Number.isSafeInteger(plane) && plane >= 0 && plane < planes) return plane;
  throw new GridError('ERR_ARGUMENT', `${operation}: ${plane} is no plane of ${planes}`, { operation });
}
