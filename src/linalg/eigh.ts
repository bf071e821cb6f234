import { world } from '../world.ts';
import type { Operator } from './operator.ts';
import type { EigenResult, EighOptions } from './options.ts';
import { solveEigen } from './solve-eigen.ts';
import type { DistributedVector } from './vector.ts';

export function eigh(operator: Operator, options: EighOptions): EigenResult<DistributedVector> {
  return solveEigen(operator, world(), options);
}
