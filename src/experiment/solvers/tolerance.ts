/**
 * Whether losses from `least` to `most` are as good as equal: apart by no more than a share of the larger of them. A share, because
 * an objective may be of any unit; at a minimum of 0 it is the step size that ends a search. A tolerance of 0 never ends one.
 */
export function settled(least: number, most: number, tolerance: number): boolean {
  if (!(tolerance > 0)) return false;
  if (least === most) return least !== Infinity;
  return most - least <= tolerance * Math.max(Math.abs(least), Math.abs(most)) && most < Infinity;
}
