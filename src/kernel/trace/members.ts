import type { MemberExpression } from 'acorn';
import { HERE } from './merge.ts';
import { missing } from './missing.ts';
import { positionAt } from './positions.ts';
import type { Tracer } from './tracer.ts';
import type { Group, Scope, Value } from './values.ts';

const CONSTANTS: Readonly<Record<string, number>> = {
  E: Math.E,
  LN10: Math.LN10,
  LN2: Math.LN2,
  LOG10E: Math.LOG10E,
  LOG2E: Math.LOG2E,
  PI: Math.PI,
  SQRT1_2: Math.SQRT1_2,
  SQRT2: Math.SQRT2,
};

/** `f.here`, a member of a group, a constant or function of `Math`. */
export function member(t: Tracer, node: MemberExpression, scope: Scope): Value {
  const { object: left, property } = node;
  if (left.type === 'Super')
    return t.fail('ERR_SYNTAX', node, () => 'super is not part of the language of kernels');
  const object = t.language.evaluate(t, left, scope);
  if (node.computed || property.type !== 'Identifier') {
    const why = 'members are taken by their names';
    return t.fail('ERR_SYNTAX', node, (words) => `${words} is not part of the language of kernels: ${why}`);
  }
  const { name } = property;
  if (object.kind === 'group') return ofGroup(t, node, object, name);
  if (name === 'here') {
    const here = HERE[t.setting.dims]!;
    if (object.kind === 'field') return t.load(object, here, node);
    if (object.kind === 'position') return positionAt(t, object, here);
    if (object.kind === 'quantity' && object.argument !== undefined) {
      t.wrapped.add(object.argument);
      return object;
    }
  }
  if (name === 'at')
    return t.fail('ERR_SYNTAX', node, (words) => `${words} must be called with its offsets: .at(1, 0)`);
  return t.fail(
    'ERR_SYNTAX',
    node,
    (words) => `${words}: fields have .here and .at(…), groups their members, and nothing else`,
  );
}

function ofGroup(t: Tracer, node: MemberExpression, group: Group, name: string): Value {
  if (group.name === 'Math') {
    const constant = CONSTANTS[name];
    return constant === undefined ? { kind: 'math', name } : t.number(constant);
  }
  const found = group.members.get(name);
  if (found !== undefined) return found;
  return missing(t, group, name, node);
}
