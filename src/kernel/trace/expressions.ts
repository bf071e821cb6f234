import type { AssignmentExpression, Expression, UpdateExpression } from 'acorn';
import type { Op } from '../ir/node.ts';
import { call } from './calls.ts';
import { member } from './members.ts';
import { merge } from './merge.ts';
import { assignTo } from './assignments.ts';
import { identifier } from './names.ts';
import { power } from './power.ts';
import type { Tracer } from './tracer.ts';
import { quantity } from './tracer.ts';
import type { Quantity, Scope, Value } from './values.ts';

const ARITHMETIC: Readonly<Record<string, Op>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' };
const COMPARISONS: Readonly<Record<string, Op>> = {
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '==': 'eq',
  '===': 'eq',
  '!=': 'ne',
  '!==': 'ne',
};

/** The value of an expression. */
export function evaluate(t: Tracer, node: Expression, scope: Scope): Value {
  switch (node.type) {
    case 'Literal':
      if (typeof node.value === 'number') return t.number(node.value);
      if (typeof node.value === 'boolean') return quantity(t.graph.truth(node.value));
      if (typeof node.value === 'string') return { kind: 'text', text: node.value };
      break;
    case 'Identifier':
      return identifier(t, node, scope);
    case 'MemberExpression':
      return member(t, node, scope);
    case 'CallExpression':
      return call(t, node, scope);
    case 'ParenthesizedExpression':
      return evaluate(t, node.expression, scope);
    case 'UnaryExpression': {
      const value = evaluate(t, node.argument, scope);
      if (node.operator === '-') return t.make('neg', node, t.numeric(value, node.argument));
      if (node.operator === '+') return t.numeric(value, node.argument);
      if (node.operator === '!') return t.make('not', node, t.truth(value, node.argument));
      break;
    }
    case 'BinaryExpression':
      if (node.left.type === 'PrivateIdentifier') break;
      return binary(t, node.operator, node, [node.left, node.right], scope);
    case 'LogicalExpression':
      return logical(t, node.operator, node, [node.left, node.right], scope);
    case 'ConditionalExpression': {
      const condition = t.truth(evaluate(t, node.test, scope), node.test);
      const choose = (branch: Expression) => () => evaluate(t, branch, scope);
      return merge(t, condition, node, choose(node.consequent), choose(node.alternate));
    }
    case 'SequenceExpression':
      for (const each of node.expressions.slice(0, -1)) effect(t, each, scope);
      return evaluate(t, node.expressions.at(-1)!, scope);
    case 'AssignmentExpression':
      return assignment(t, node, scope);
    case 'UpdateExpression':
      return update(t, node, scope);
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      if (node.async || node.generator) break;
      return { kind: 'closure', name: '', node, scope, source: t.source };
    case 'ThisExpression':
      return t.fail(
        'ERR_SYNTAX',
        node,
        () => 'uses this: a kernel is an arrow function that knows its parameters, Math and what it declares',
      );
    default:
  }
  return t.fail('ERR_SYNTAX', node, (words) => `${words} is not part of the language of kernels`);
}

/** An expression of which only the effect counts: minifiers write `if (a) b = c` as `a && (b = c)`. */
export function effect(t: Tracer, node: Expression, scope: Scope): void {
  const nothing = t.number(0);
  const go = (each: Expression) => () => {
    effect(t, each, scope);
    return nothing;
  };
  const skip = () => nothing;
  if (node.type === 'ConditionalExpression') {
    const condition = t.truth(evaluate(t, node.test, scope), node.test);
    merge(t, condition, node, go(node.consequent), go(node.alternate));
  } else if (node.type === 'LogicalExpression' && node.operator !== '??') {
    const condition = t.truth(evaluate(t, node.left, scope), node.left);
    if (node.operator === '&&') merge(t, condition, node, go(node.right), skip);
    else merge(t, condition, node, skip, go(node.right));
  } else if (node.type === 'SequenceExpression') {
    for (const each of node.expressions) effect(t, each, scope);
  } else {
    evaluate(t, node, scope);
  }
}

function binary(
  t: Tracer,
  operator: string,
  node: Expression,
  [left, right]: readonly [Expression, Expression],
  scope: Scope,
): Quantity {
  const a = evaluate(t, left, scope);
  const b = evaluate(t, right, scope);
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic !== undefined) return t.make(arithmetic, node, t.numeric(a, left), t.numeric(b, right));
  if (operator === '**') return power(t, node, t.numeric(a, left), t.numeric(b, right));
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) return compare(t, comparison, node, [left, right], [a, b]);
  return t.fail(
    'ERR_SYNTAX',
    node,
    (words) => `the operator ${operator} is not part of the language of kernels: ${words}`,
  );
}

function compare(
  t: Tracer,
  op: Op,
  node: Expression,
  [left, right]: readonly [Expression, Expression],
  [a, b]: readonly [Value, Value],
): Quantity {
  const truths = [a, b].map((value) => value.kind === 'quantity' && value.node.type === 'boolean');
  if ((op === 'eq' || op === 'ne') && (truths[0] === true || truths[1] === true)) {
    if (truths[0] !== truths[1])
      return t.fail('ERR_SYNTAX', node, (words) => `compares a number with a truth value: ${words}`);
    const same = t.make('same', node, t.truth(a, left), t.truth(b, right));
    return op === 'eq' ? same : t.make('not', node, same);
  }
  return t.make(op, node, t.numeric(a, left), t.numeric(b, right));
}

function logical(
  t: Tracer,
  operator: string,
  node: Expression,
  [left, right]: readonly [Expression, Expression],
  scope: Scope,
): Value {
  if (operator === '??')
    return t.fail('ERR_SYNTAX', node, () => 'the operator ?? is not part of the language of kernels');
  const a = evaluate(t, left, scope);
  const condition = t.truth(a, left);
  const both = operator === '&&';
  const keep = () => a;
  const go = () => evaluate(t, right, scope);
  return both ? merge(t, condition, node, go, keep) : merge(t, condition, node, keep, go);
}

function assignment(t: Tracer, node: AssignmentExpression, scope: Scope): Value {
  const { operator, left, right } = node;
  if (operator === '=') return assignTo(t, left, node, () => evaluate(t, right, scope), scope);
  const target = left;
  if (target.type !== 'Identifier' && target.type !== 'MemberExpression')
    return t.fail(
      'ERR_SYNTAX',
      node,
      (words) => `${words} assigns to what is neither a field nor a variable`,
    );
  const plain = operator.slice(0, -1);
  if (plain === '&&' || plain === '||' || plain === '??')
    return assignTo(t, target, node, () => logical(t, plain, node, [target, right], scope), scope);
  return assignTo(t, target, node, () => binary(t, plain, node, [target, right], scope), scope);
}

function update(t: Tracer, node: UpdateExpression, scope: Scope): Value {
  const target = node.argument;
  const before = t.numeric(evaluate(t, target, scope), target);
  const after = t.make(node.operator === '++' ? 'add' : 'sub', node, before, t.number(1));
  assignTo(t, target, node, () => after, scope);
  return node.prefix ? after : before;
}
