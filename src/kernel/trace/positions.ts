import { sideOf } from '../place.ts';
import { invoke } from './invoke.ts';
import { quantity, type Tracer } from './tracer.ts';
import type { PositionValue, Quantity } from './values.ts';

/** Value of a function field at an offset from the point: its function, inlined. */
export function positionAt(t: Tracer, field: PositionValue, offset: readonly number[]): Quantity {
  const { place, fn, parameters, name } = field;
  const coordinates = [0, 1, 2].map((dim) => quantity(t.position(dim, sideOf(place, dim), offset[dim] ?? 0)));
  const value = invoke(t, { ...fn, name }, [...coordinates, parameters], undefined);
  return { ...t.numeric(value, fn.node), place };
}
