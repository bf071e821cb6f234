import type { Carrier } from '../fabric/fabric.ts';
import { refusal } from './handle.ts';

/** Refuses what is no color or no key of a split (MPI 4.1 §7.4.2). */
export function checkColor(carrier: Carrier, color: number | null, key: number): void {
  if (color !== null && (!Number.isSafeInteger(color) || color < 0 || color >= 2 ** 31)) {
    const message = `${color} is no color: colors are whole numbers from 0 to 2147483647, or null`;
    throw refusal(carrier, 'ERR_ARG', message);
  }
  if (Number.isInteger(key) && Math.abs(key) < 2 ** 31) return;
  throw refusal(carrier, 'ERR_ARG', `${key} is no key: keys are 32-bit whole numbers`);
}
