import { IN_PLACE, MAX } from '../../comm/index.ts';
import type { Space } from './space.ts';

/**
 * Collective: the factor of size 1 that makes a vector's largest component, the first one if several
 * are, real and positive.
 */
export function phaseOf(space: Space, x: number): readonly [re: number, im: number] {
  const local = space.local(x);
  const { width: w, comm } = space;
  const size = (i: number) => (w === 1 ? Math.abs(local[i]!) : Math.hypot(local[2 * i]!, local[2 * i + 1]!));
  let largest = 0;
  for (let i = 0; i < local.length / w; i++) largest = Math.max(largest, size(i));
  const bound = Float64Array.of(largest);
  comm.Allreduce(IN_PLACE, bound, MAX);
  if (bound[0] === 0) return [1, 0];
  // Components that differ by rounding count as equal, so that the choice does not depend on the
  // number of ranks.
  const near = bound[0]! * (1 - 1e-8);
  let place = 0;
  while (place < local.length / w && size(place) < near) place++;
  const have = Float64Array.of(place < local.length / w ? -(space.range.start + place) : -Infinity);
  comm.Allreduce(IN_PLACE, have, MAX);
  const row = -have[0]!;
  const phase = new Float64Array(2);
  if (row >= space.range.start && row < space.range.end) {
    const i = row - space.range.start;
    const length = size(i);
    phase[0] = local[i * w]! / length;
    phase[1] = w === 2 ? -local[2 * i + 1]! / length : 0;
  } else phase.fill(-2);
  comm.Allreduce(IN_PLACE, phase, MAX);
  return [phase[0]!, phase[1]!];
}

/** x ← factor · x. */
export function applyPhase(space: Space, x: number, [re, im]: readonly [number, number]): void {
  if (im === 0) {
    if (re !== 1) space.memory.kernels.scale(x, re, space.doubles);
    return;
  }
  const local = space.local(x);
  for (let i = 0; i < local.length; i += 2) {
    const [a, b] = [local[i]!, local[i + 1]!];
    local[i] = a * re - b * im;
    local[i + 1] = a * im + b * re;
  }
}
