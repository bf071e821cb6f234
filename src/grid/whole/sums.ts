import { IN_PLACE, MAX, MIN, SUM } from '../../comm/index.ts';
import { GridError } from '../error.ts';
import type { Field } from '../field.ts';
import { readBack } from '../gpu/read-back.ts';
import { notInItem } from '../inside.ts';
import { ownedView } from './owned.ts';
import { Superaccumulator } from './superaccumulator.ts';

/** How whole-field numbers are computed. */
export interface SumOptions {
  /** In plain arithmetic: several times faster, with an order that depends on the layout, so the last bits too. */
  readonly fast?: boolean;
}

function own(operation: string, field: Field): Float64Array | Float32Array {
  notInItem(operation);
  readBack(operation, field);
  return ownedView(field).pack() as Float64Array | Float32Array;
}

/**
 * Collective: the sum of a field's points, without halos, each point once. Exact: rounded once, and the same bits on any layout.
 *
 * @example
 * const mass = sum(C) * grid.volume();
 */
export function sum(field: Field, { fast = false }: SumOptions = {}): number {
  const values = own('sum', field);
  if (fast) {
    let total = 0;
    for (let i = 0; i < values.length; i++) total += values[i]!;
    return added(field, total);
  }
  const exact = new Superaccumulator();
  for (let i = 0; i < values.length; i++) exact.add(values[i]!);
  return together(field, exact);
}

/**
 * Collective: the sum of the products of two fields at the same place. Exact as `sum`.
 *
 * @throws GridError ERR_ARGUMENT for fields of two places or grids
 */
export function dot(a: Field, b: Field, { fast = false }: SumOptions = {}): number {
  if (a.grid !== b.grid || a.place !== b.place)
    throw new GridError(
      'ERR_ARGUMENT',
      `dot: fields at (${a.place}) and (${b.place})${a.grid === b.grid ? '' : ' of two grids'}`,
      {
        operation: 'dot',
      },
    );
  const x = own('dot', a);
  const y = a === b ? x : own('dot', b);
  if (fast) {
    let total = 0;
    for (let i = 0; i < x.length; i++) total += x[i]! * y[i]!;
    return added(a, total);
  }
  const exact = new Superaccumulator();
  for (let i = 0; i < x.length; i++) exact.addProduct(x[i]!, y[i]!);
  return together(a, exact);
}

/** Collective: the root of the sum of squares. Exact as `sum`, but for the last rounding of the root. */
export function norm(field: Field, options: SumOptions = {}): number {
  return Math.sqrt(dot(field, field, options));
}

/** Collective: the smallest value; NaN where there is one. */
export function min(field: Field): number {
  return extreme(field, MIN, Infinity, Math.min);
}

/** Collective: the largest value; NaN where there is one. */
export function max(field: Field): number {
  return extreme(field, MAX, -Infinity, Math.max);
}

function extreme(
  field: Field,
  op: typeof MIN,
  start: number,
  pick: (a: number, b: number) => number,
): number {
  let found = start;
  for (const value of own('min or max', field)) found = pick(found, value);
  const isNaN = Number.isNaN(found);
  // MPI leaves open what comes of NaN.
  const all = Float64Array.of(isNaN ? start : found);
  const unclear = Int32Array.of(Number(isNaN));
  const { comm } = field.grid.topology;
  comm.Allreduce(IN_PLACE, all, op);
  comm.Allreduce(IN_PLACE, unclear, MAX);
  return unclear[0] === 1 ? NaN : all[0]!;
}

function added({ grid }: Field, value: number): number {
  const all = Float64Array.of(value);
  grid.topology.comm.Allreduce(IN_PLACE, all, SUM);
  return all[0]!;
}

/** Chunks are whole numbers: their sums over ranks are exact in any order. */
function together({ grid }: Field, exact: Superaccumulator): number {
  exact.carry();
  grid.topology.comm.Allreduce(IN_PLACE, exact.chunks, SUM);
  exact.carry();
  return exact.value();
}
