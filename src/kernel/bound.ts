import type { Box } from './engine.ts';

/** A compiled kernel with its arguments, ready to run. */
export interface Bound {
  /**
   * Computes the points of a box. Parts of a box may be run in any order, and by any number of threads, with the same bits.
   *
   * @throws KernelError ERR_ARGUMENT before anything is written, where points or what they read lie outside of a field's memory
   */
  run(box: Box): void;
  /** Gives a number among the arguments another value, by its full name: cheaper than binding again. */
  set(name: string, value: number): void;
}
