import type {
  ArrowFunctionExpression,
  ForStatement,
  FunctionExpression,
  Statement,
  VariableDeclaration,
} from 'acorn';
import { effect, evaluate } from './expressions.ts';
import { declare } from './invoke.ts';
import { merge } from './merge.ts';
import type { Tracer } from './tracer.ts';
import { Scope, type Value } from './values.ts';

const MOST_TURNS = 1000;

/** Value that a function's body returns, if any. */
export function body(
  t: Tracer,
  fn: ArrowFunctionExpression | FunctionExpression,
  scope: Scope,
): Value | undefined {
  if (fn.body.type !== 'BlockStatement') return evaluate(t, fn.body, scope);
  return sequence(t, fn.body.body, 0, scope);
}

/** Statements from one on; the value of the first `return`, if there is one. */
function sequence(
  t: Tracer,
  statements: readonly Statement[],
  from: number,
  scope: Scope,
): Value | undefined {
  for (let i = from; i < statements.length; i++) {
    const statement = statements[i]!;
    if (statement.type === 'ReturnStatement') {
      if (statement.argument) return evaluate(t, statement.argument, scope);
      return t.fail(
        'ERR_SYNTAX',
        statement,
        () => 'return without a value is not part of the language of kernels',
      );
    }
    if (statement.type === 'BlockStatement' && returns(statement)) {
      return sequence(t, [...statement.body, ...statements.slice(i + 1)], 0, new Scope(scope));
    }
    if (statement.type === 'IfStatement' && returns(statement)) {
      // Each branch goes on with what follows, so that both end with a value.
      const rest = statements.slice(i + 1);
      const condition = t.truth(evaluate(t, statement.test, scope), statement.test);
      const go = (branch: Statement | null | undefined) => () =>
        sequence(t, [...(branch ? [branch] : []), ...rest], 0, new Scope(scope)) ??
        t.fail('ERR_SYNTAX', statement, (words) => `does not return a value on every way: ${words}`);
      return merge(t, condition, statement, go(statement.consequent), go(statement.alternate));
    }
    perform(t, statement, scope);
  }
  return undefined;
}

function returns(statement: Statement): boolean {
  if (statement.type === 'ReturnStatement') return true;
  if (statement.type === 'BlockStatement') return statement.body.some(returns);
  if (statement.type !== 'IfStatement') return false;
  return returns(statement.consequent) || (statement.alternate != null && returns(statement.alternate));
}

/** A statement of a kernel. */
export function perform(t: Tracer, node: Statement, scope: Scope): void {
  switch (node.type) {
    case 'ExpressionStatement':
      return effect(t, node.expression, scope);
    case 'VariableDeclaration':
      return declaration(t, node, scope);
    case 'BlockStatement':
      return block(t, node.body, new Scope(scope));
    case 'EmptyStatement':
      return;
    case 'IfStatement': {
      const condition = t.truth(evaluate(t, node.test, scope), node.test);
      const nothing = t.number(0);
      const go = (branch: Statement | null | undefined) => () => {
        if (branch) perform(t, branch, scope);
        return nothing;
      };
      merge(t, condition, node, go(node.consequent), go(node.alternate));
      return;
    }
    case 'ForStatement':
      return loop(t, node, new Scope(scope));
    case 'ReturnStatement':
      return t.fail(
        'ERR_SYNTAX',
        node,
        (words) => `${words}: a kernel returns nothing, and loops cannot be left early`,
      );
    default:
      return t.fail('ERR_SYNTAX', node, (words) => `${words} is not part of the language of kernels`);
  }
}

export function block(t: Tracer, statements: readonly Statement[], scope: Scope): void {
  for (const statement of statements) perform(t, statement, scope);
}

function declaration(t: Tracer, node: VariableDeclaration, scope: Scope): void {
  if (node.kind !== 'const' && node.kind !== 'let')
    return t.fail('ERR_SYNTAX', node, (words) => `${words}: variables are declared by const and let`);
  for (const { id, init } of node.declarations) {
    const value = init ? evaluate(t, init, scope) : t.number(NaN);
    declare(t, id, value, scope, node.kind === 'const');
  }
}

/** A loop whose bounds are known, unrolled. */
function loop(t: Tracer, node: ForStatement, scope: Scope): void {
  const { init, test, update } = node;
  if (init?.type === 'VariableDeclaration') declaration(t, init, scope);
  else if (init) effect(t, init, scope);
  for (let turns = 0; ; turns++) {
    if (!test) return t.fail('ERR_CONSTANT', node, (words) => `a loop without an end: ${words}`);
    const { node: condition } = t.truth(evaluate(t, test, scope), test);
    if (condition.op !== 'const')
      return t.fail(
        'ERR_CONSTANT',
        test,
        (words) => `a loop needs bounds that are known at compile time: ${words}`,
      );
    if (condition.value === 0) return;
    if (turns === MOST_TURNS)
      return t.fail('ERR_CONSTANT', test, (words) => `a loop takes more than ${MOST_TURNS} turns: ${words}`);
    perform(t, node.body, scope);
    if (update) effect(t, update, scope);
  }
}
