import type { Pattern } from 'acorn';
import { missing } from './missing.ts';
import type { Part, Tracer } from './tracer.ts';
import { Scope, type Closure, type Value } from './values.ts';

const DEEPEST = 64;
let depth = 0;

/** A function of the language, inlined. */
export function invoke(t: Tracer, fn: Closure, args: readonly Value[], part: Part | undefined): Value {
  const scope = new Scope(fn.scope);
  const { source, call } = t;
  if (depth >= DEEPEST)
    return t.fail('ERR_SYNTAX', part, (words) => `${words} calls itself: functions of a kernel are inlined`);
  depth++;
  try {
    t.source = fn.source;
    fn.node.params.forEach((pattern, i) => {
      const value = args[i];
      if (value === undefined)
        return t.fail(
          'ERR_SYNTAX',
          pattern,
          (words) => `${fn.name || 'a function'} is called without its argument ${words}`,
        );
      return declare(t, pattern, value, scope, true);
    });
    const result = t.language.body(t, fn.node, scope);
    if (result !== undefined) return result;
    return t.fail('ERR_SYNTAX', fn.node, (words) => `a function that returns nothing: ${words}`);
  } finally {
    t.source = source;
    t.call = call;
    depth--;
  }
}

/** Declares the names of a parameter or a declaration. */
export function declare(t: Tracer, pattern: Pattern, value: Value, scope: Scope, constant: boolean): void {
  if (pattern.type === 'Identifier') {
    const named = value.kind === 'closure' && value.name === '' ? { ...value, name: pattern.name } : value;
    t.state.variables.set(scope.declare(pattern.name, constant), named);
    return;
  }
  if (pattern.type !== 'ObjectPattern' || value.kind !== 'group')
    return t.fail(
      'ERR_SYNTAX',
      pattern,
      (words) => `${words}: parameters are names, or taken apart by property names`,
    );
  for (const property of pattern.properties) {
    if (property.type !== 'Property' || property.computed || property.key.type !== 'Identifier')
      return t.fail(
        'ERR_SYNTAX',
        property,
        (words) => `${words}: parameters are taken apart by property names`,
      );
    const found = value.members.get(property.key.name);
    declare(t, property.value, found ?? missing(t, value, property.key.name), scope, constant);
  }
}
