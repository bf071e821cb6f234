import { parse, type Program } from 'acorn';
import { analyze, type Scope } from 'eslint-scope';
import type { Program as EstreeProgram } from 'estree';
import { PoolError } from './error.ts';

export type Callable = (...args: unknown[]) => unknown;

/** esbuild and tsx wrap functions in calls of this helper to keep their names; a worker brings its own. */
const HELPER = '__name';
/** What the launcher makes of `import.meta` in a script; also where the words stand in a text, so they are put together here. */
const META_OF_BUNDLE = '__importMeta';
export const META: string = ['import', 'meta'].join('.');

/**
 * The names from outside that a function uses, as far as they are not global: what it captures. Throws ERR_TASK when the source is not that of
 * an arrow function or a function expression.
 */
export function capturedNames(source: string, name: string): string[] {
  const program = parsed(source, name);
  // acorn's tree is an ESTree; the two packages declare the same types each for itself.
  const manager = analyze(program as Program & EstreeProgram, { ecmaVersion: 2022, sourceType: 'module' });
  const captured = new Set<string>();
  const globalScope = manager.globalScope;
  for (const { identifier } of globalScope?.through ?? []) {
    if (identifier.type === 'JSXIdentifier') continue;
    const { name: used } = identifier;
    if (used !== HELPER && !(used in globalThis)) captured.add(used === META_OF_BUNDLE ? META : used);
  }
  if (globalScope !== null && capturesThis(globalScope, source)) captured.add('this');
  if (source.includes(META)) captured.add(META);
  return [...captured];
}

/** The function again, from its source. */
export function evaluate(source: string): Callable {
  // A task's source was given to this pool by the program itself.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function(HELPER, `"use strict"; return (${source}\n);`) as (helper: unknown) => Callable;
  return make((fn: unknown) => fn);
}

function parsed(source: string, name: string): Program {
  try {
    const program = parse(`(${source}\n)`, { ecmaVersion: 'latest', sourceType: 'module', ranges: true, locations: true });
    const [statement] = program.body;
    const type = statement?.type === 'ExpressionStatement' ? statement.expression.type : '';
    if (type === 'ArrowFunctionExpression' || type === 'FunctionExpression') return program;
  } catch {
    // A method or a native function: what is wrong is said below.
  }
  throw new PoolError(
    'ERR_TASK',
    `${name} cannot be sent by its source, which is not that of an arrow function: wrap it, (x) => …, or declare a task, ` +
      `export const ${name} = task(${META}, function ${name}(…) {…})`,
  );
}

/** An arrow function, and arrow functions within it, have the `this` of what is around them. */
function capturesThis(scope: Scope, source: string): boolean {
  if (!/\bthis\b|\bsuper\b/.test(source)) return false;
  return scope.childScopes.some(
    (child) =>
      (child.type !== 'function' || child.block.type === 'ArrowFunctionExpression') &&
      (('thisFound' in child && child.thisFound === true) || capturesThis(child, source)),
  );
}
