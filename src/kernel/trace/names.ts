import type { Identifier } from 'acorn';
import type { Tracer } from './tracer.ts';
import type { Scope, Value, Variable } from './values.ts';

const GLOBALS: Readonly<Record<string, number>> = { Infinity, NaN, undefined: NaN };

/** What a name stands for. */
export function identifier(t: Tracer, node: Identifier, scope: Scope): Value {
  const variable = scope.find(node.name);
  if (variable !== undefined) return valueOf(t, node, variable);
  if (node.name === 'Math') return { kind: 'group', name: 'Math', members: new Map<string, Value>() };
  // esbuild writes ** so for targets before ES2016.
  if (node.name === '__pow') return { kind: 'math', name: 'pow' };
  const global = GLOBALS[node.name];
  if (global !== undefined) return t.number(global);
  return unknown(t, node);
}

function valueOf(t: Tracer, node: Identifier, variable: Variable): Value {
  const value = t.state.variables.get(variable);
  if (value !== undefined) return value;
  return t.fail('ERR_SCOPE', node, () => `${variable.name} is used before it is declared`);
}

function unknown(t: Tracer, node: Identifier): never {
  const coverage = /^(?:cov_|__cov|__coverage)/.test(node.name)
    ? '; a coverage tool put it there: leave the files of kernels out of coverage'
    : '; give it as an argument';
  return t.fail(
    'ERR_SCOPE',
    node,
    () => `${node.name} is neither a parameter nor declared in the kernel${coverage}`,
  );
}
