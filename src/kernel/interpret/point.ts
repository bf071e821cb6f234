import type { ElementType } from '../fields.ts';
import { applyOperator, DIMENSIONS, INDICES, POINT_NAMES } from '../operator-names.ts';
import { Operators, type Algebra, type Operand } from '../operators.ts';
import { sideOf, type Place } from '../place.ts';
import { MemoryField, PositionField } from './field.ts';
import type { Position } from './position.ts';

/** The point that the plain function is called with: the operators of `operators.ts` on numbers. */
export function pointOf(
  position: Position,
  type: ElementType,
): Readonly<Record<string, (...args: unknown[]) => number>> {
  const operators = new Operators(algebra(position, type));
  const entries = POINT_NAMES.map((name): [string, (...args: unknown[]) => number] => {
    const index = INDICES.findIndex((letter) => letter === name);
    if (index >= 0) return [name, () => position.global(index)];
    const dim = DIMENSIONS.findIndex((letter) => letter === name);
    if (dim >= 0) return [name, () => position.coordinate(dim, sideOf(position.place ?? '', dim), 0)];
    return [name, (...args) => apply(name, operators, args)];
  });
  return Object.fromEntries(entries);
}

function apply(name: string, operators: Operators<number>, args: readonly unknown[]): number {
  return applyOperator(name, operators, {
    field: (index, maskAt) => masked(args[index], maskAt === undefined ? undefined : args[maskAt]),
    vector: (index, maskAt) =>
      DIMENSIONS.slice(0, operators.algebra.dims).map((x) =>
        masked((args[index] as Record<string, unknown>)[x], args[maskAt]),
      ),
    like: (index) =>
      typeof args[index] === 'string' ? args[index] : (args[index] as { readonly place: Place }).place,
  });
}

function masked(value: unknown, mask: unknown): Operand<number> {
  const of = operand(value);
  const { place } = of;
  if (mask === undefined || place === undefined) return of;
  const factor = operand((mask as Readonly<Record<string, unknown>>)[place]);
  return { place, at: (offset) => of.at(offset) * factor.at(offset) };
}

function operand(value: unknown): Operand<number> {
  if (value instanceof MemoryField || value instanceof PositionField) return value;
  return { place: undefined, at: () => Number(value) };
}

function algebra(position: Position, type: ElementType): Algebra<number> {
  const round = type === 'f32' ? Math.fround : (value: number) => value;
  return {
    dims: position.dims,
    constant: round,
    add: (a, b) => round(a + b),
    sub: (a, b) => round(a - b),
    mul: (a, b) => round(a * b),
    div: (a, b) => round(a / b),
    sqrt: (a) => round(Math.sqrt(a)),
    inverse: (dim, side, offset) =>
      round(position.axis(side === 'c' ? 'inverseAtCenter' : 'inverseAtVertex', dim, offset)),
    weight: (dim, offset) => round(position.axis('weight', dim, offset)),
    move: (value) => value,
  };
}
