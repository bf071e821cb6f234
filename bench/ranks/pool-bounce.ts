/** The task of bench/ranks/pool-threads.ts that hands back the memory it was given. */
import { move, task } from 'flotilla/pool';

export const bounceBack: (array: unknown) => unknown = task(import.meta, function bounceBack(array: unknown) {
  return move(array as Float64Array);
});
