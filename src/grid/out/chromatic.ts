import { GridError } from '../error.ts';
import type { Chromatic } from './colors.ts';

/**
 * The package of colors, or why there is none: an error is returned, for ranks to find out together.
 *
 * @param operation the call that needs it
 */
export async function loadChromatic(operation: string): Promise<Chromatic | GridError> {
  try {
    return await import('d3-scale-chromatic');
  } catch (cause) {
    const message = `${operation} needs the package d3-scale-chromatic: npm install d3-scale-chromatic`;
    return new GridError('ERR_FILE', message, { operation, cause });
  }
}
