import type { Expression, Pattern } from 'acorn';
import type { Part, Tracer } from './tracer.ts';
import type { Quantity, Scope, Value } from './values.ts';

/** Gives a variable or a field at the point a value, which is that of the assignment too. */
export function assignTo(
  t: Tracer,
  target: Pattern | Expression,
  part: Part,
  right: () => Value,
  scope: Scope,
): Value {
  if (target.type === 'Identifier') {
    const variable = scope.find(target.name);
    if (variable === undefined)
      return t.fail(
        'ERR_SCOPE',
        target,
        (name) => `${name} is neither a parameter nor declared in the kernel; declare it with let`,
      );
    if (variable.constant)
      return t.fail(
        'ERR_SYNTAX',
        part,
        (words) => `assigns to ${variable.name}, which is a constant: ${words}`,
      );
    const value = right();
    t.state.variables.set(variable, value);
    return value;
  }
  if (target.type === 'MemberExpression' && target.object.type !== 'Super') {
    const object = t.language.evaluate(t, target.object, scope);
    const { property } = target;
    if (!target.computed && property.type === 'Identifier' && property.name === 'here')
      return store(t, object, target.object, part, right());
  }
  return t.fail(
    'ERR_SYNTAX',
    part,
    (words) => `only fields at the point (f.here) and variables can be assigned to: ${words}`,
  );
}

function store(t: Tracer, object: Value, target: Part, part: Part, right: Value): Value {
  if (object.kind === 'position' || (object.kind === 'quantity' && object.argument !== undefined)) {
    const what = object.kind === 'position' ? 'a function of the place' : 'a number';
    return t.fail('ERR_ARGUMENT', target, (words) => `${words} is given as ${what} and cannot be written`);
  }
  if (object.kind !== 'field')
    return t.fail('ERR_SYNTAX', part, (words) => `only fields have a .here to assign to: ${words}`);
  const value = t.numeric(right, part);
  const { name, place } = object;
  if (value.place !== undefined && value.place !== place) {
    const from = value.place;
    return t.fail(
      'ERR_PLACE',
      part,
      (words) => `stores a value at (${from}) into ${name} at (${place}): ${words}`,
    );
  }
  const stored: Quantity = { ...t.resolved(value, place), place };
  t.state.stores.set(name, stored);
  return value;
}
