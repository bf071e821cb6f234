/** A module that takes its time when it is first imported. */
import { task } from 'flotilla/pool';

await new Promise((resolve) => setTimeout(resolve, 400));

export function quick(x: number): number {
  return -x;
}
task(import.meta, quick);
