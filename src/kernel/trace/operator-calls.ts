import { applyOperator, DIMENSIONS, dimensionOf, INDICES } from '../operator-names.ts';
import { Operators, type Algebra, type Operand } from '../operators.ts';
import { isPlace, type Place } from '../place.ts';
import { HERE } from './merge.ts';
import { positionAt } from './positions.ts';
import { quantity, type Part, type Tracer } from './tracer.ts';
import type { Group, Quantity, Value } from './values.ts';

/** A call of one of them. */
export function callOperator(t: Tracer, name: string, args: readonly Value[], node: Part): Quantity {
  const index = INDICES.findIndex((letter) => letter === name);
  if (index >= 0) return quantity(index < t.setting.dims ? t.graph.index(index) : t.graph.constant(0));
  const dim = dimensionOf(name);
  if (dim !== undefined && dim >= t.setting.dims && name.length > 1)
    return t.fail(
      'ERR_SYNTAX',
      node,
      (words) => `${words} needs ${dim + 1} dimensions, and the grid has ${t.setting.dims}`,
    );
  if (dim !== undefined && name.length === 1) {
    t.floating = true;
    return quantity(dim < t.setting.dims ? t.graph.coordinate(dim) : t.graph.constant(0));
  }
  const mask = (at: number | undefined) => (at === undefined ? undefined : maskOf(t, args[at], node));
  return applyOperator(name, new Operators(algebra(t)), {
    field: (position, maskAt) => operand(t, args[position], mask(maskAt), node),
    vector: (position, maskAt) => components(t, args[position], mask(maskAt), node),
    like: (position) => likeOf(t, args[position], node),
  });
}

function algebra(t: Tracer): Algebra<Quantity> {
  return {
    dims: t.setting.dims,
    constant: (value) => t.number(value),
    add: (a, b) => t.make('add', undefined, a, b),
    sub: (a, b) => t.make('sub', undefined, a, b),
    mul: (a, b) => t.make('mul', undefined, a, b),
    div: (a, b) => t.make('div', undefined, a, b),
    sqrt: (a) => t.make('sqrt', undefined, a),
    inverse: (dim, side, offset) =>
      quantity(t.axis(side === 'c' ? 'inverseAtCenter' : 'inverseAtVertex', dim, offset)),
    weight: (dim, offset) => quantity(t.axis('weight', dim, offset)),
    move: ({ node, place }, to) => quantity(node, place === undefined ? undefined : to),
  };
}

/** A field, or a number, as operators take it: a mask multiplies each value. */
function operand(
  t: Tracer,
  value: Value | undefined,
  mask: Group | undefined,
  node: Part,
): Operand<Quantity> {
  if (value?.kind === 'field')
    return masked(t, value.place, (offset) => t.load(value, offset, undefined), mask, node);
  if (value?.kind === 'position')
    return masked(t, value.place, (offset) => positionAt(t, value, offset), mask, node);
  if (value?.kind === 'quantity' && value.place === undefined)
    return { place: undefined, at: () => t.numeric(value, node) };
  return t.fail(
    'ERR_SYNTAX',
    node,
    (words) => `${words}: operators take fields, not their values; store the value in a field first`,
  );
}

function masked(
  t: Tracer,
  place: Place,
  at: (offset: readonly number[]) => Quantity,
  mask: Group | undefined,
  node: Part,
): Operand<Quantity> {
  if (mask === undefined) return { place, at };
  const factor = mask.members.get(place);
  if (factor === undefined)
    return t.fail(
      'ERR_ARGUMENT',
      node,
      (words) => `${words} needs ${mask.name}.${place}, which is not given`,
    );
  const of = operand(t, factor, undefined, node);
  return { place, at: (offset) => t.make('mul', undefined, at(offset), of.at(offset)) };
}

function maskOf(t: Tracer, value: Value | undefined, node: Part): Group | undefined {
  if (value === undefined || value.kind === 'group') return value;
  return t.fail('ERR_SYNTAX', node, (words) => `${words}: its last argument must be a mask`);
}

function components(
  t: Tracer,
  value: Value | undefined,
  mask: Group | undefined,
  node: Part,
): Operand<Quantity>[] {
  if (value?.kind !== 'group') return t.fail('ERR_SYNTAX', node, (words) => `${words} takes a vector field`);
  return HERE[t.setting.dims]!.map((_, dim) => {
    const name = DIMENSIONS[dim]!;
    const component = value.members.get(name);
    if (component !== undefined) return operand(t, component, mask, node);
    return t.fail(
      'ERR_ARGUMENT',
      node,
      (words) => `${words} needs ${value.name}.${name}, which is not given`,
    );
  });
}

function likeOf(t: Tracer, value: Value | undefined, node: Part): Place {
  if (value?.kind === 'field' || value?.kind === 'position') return value.place;
  const { dims } = t.setting;
  if (value?.kind === 'text' && isPlace(value.text) && value.text.length === dims) return value.text;
  return t.fail(
    'ERR_SYNTAX',
    node,
    (words) => `${words}: its second argument is a field, or a place by its ${dims} letters c and v`,
  );
}
