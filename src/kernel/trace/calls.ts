import type { CallExpression, Expression, MemberExpression, SpreadElement } from 'acorn';
import { invoke } from './invoke.ts';
import { callMath } from './math-calls.ts';
import { HERE } from './merge.ts';
import { callOperator } from './operator-calls.ts';
import { positionAt } from './positions.ts';
import type { Tracer } from './tracer.ts';
import type { Scope, Value } from './values.ts';

/** A call: of `.at`, an operator, a function of `Math`, or a function of the kernel. */
export function call(t: Tracer, node: CallExpression, scope: Scope): Value {
  const { callee } = node;
  const args = node.arguments.map((each) => positional(t, each));
  if (callee.type === 'Super')
    return t.fail('ERR_SYNTAX', node, () => 'super is not part of the language of kernels');
  const kept = named(node, scope);
  if (kept !== undefined) return t.language.evaluate(t, kept, scope);
  if (callee.type === 'MemberExpression' && isAt(callee)) {
    const object = t.language.evaluate(t, callee.object as Expression, scope);
    return at(t, node, object, args, scope);
  }
  const target = t.language.evaluate(t, callee, scope);
  const values = args.map((each) => t.language.evaluate(t, each, scope));
  const outer = t.call;
  t.call = node;
  try {
    if (target.kind === 'operator') return callOperator(t, target.name, values, node);
    if (target.kind === 'math') return callMath(t, target.name, values, args, node);
    if (target.kind === 'closure') return invoke(t, target, values, node);
  } finally {
    t.call = outer;
  }
  return t.fail('ERR_SYNTAX', node, (words) => `${words} calls what is no function`);
}

function positional(t: Tracer, argument: Expression | SpreadElement): Expression {
  if (argument.type !== 'SpreadElement') return argument;
  return t.fail('ERR_SYNTAX', argument, (words) => `${words} is not part of the language of kernels`);
}

/** esbuild keeps a function's name by `__name(fn, 'name')`, under a name that minifiers change. */
function named({ callee, arguments: args }: CallExpression, scope: Scope): Expression | undefined {
  const [fn, name] = args;
  if (callee.type !== 'Identifier' || args.length !== 2 || scope.find(callee.name) !== undefined)
    return undefined;
  if (name?.type !== 'Literal' || typeof name.value !== 'string') return undefined;
  return fn?.type === 'ArrowFunctionExpression' || fn?.type === 'FunctionExpression' ? fn : undefined;
}

const isAt = ({ computed, property }: MemberExpression) =>
  !computed && property.type === 'Identifier' && property.name === 'at';

function at(
  t: Tracer,
  node: CallExpression,
  object: Value,
  args: readonly Expression[],
  scope: Scope,
): Value {
  const offset = args.map((each) => {
    const whole = t.whole(t.language.evaluate(t, each, scope), each);
    if (whole !== undefined) return whole;
    return t.fail(
      'ERR_CONSTANT',
      node,
      (words) => `${words} needs whole offsets that are known at compile time`,
    );
  });
  const { dims } = t.setting;
  if (offset.slice(dims).some((each) => each !== 0) || offset.length > HERE.length - 1)
    return t.fail(
      'ERR_CONSTANT',
      node,
      (words) => `${words} has an offset in dimension ${offset.length} of a grid of ${dims}`,
    );
  const full = HERE[dims]!.map((_, dim) => offset[dim] ?? 0);
  if (object.kind === 'field') return t.load(object, full, node);
  if (object.kind === 'position') return positionAt(t, object, full);
  if (object.kind === 'quantity' && object.argument !== undefined) {
    t.wrapped.add(object.argument);
    return object;
  }
  return t.fail('ERR_SYNTAX', node, (words) => `${words}: only fields have .at(…)`);
}
