import { parse, type Program } from 'acorn';
import { analyze } from 'eslint-scope';
import type { Program as EstreeProgram } from 'estree';
import { namesInClosure } from './closures.ts';
import { PoolError } from './error.ts';

export type Callable = (...args: unknown[]) => unknown;

/** esbuild and tsx wrap functions in calls of this helper to keep their names; a worker brings its own. */
const HELPER = '__name';
/** What the launcher makes of `import.meta` in a script; also where the words stand in a text, so they are put together here. */
const META_OF_BUNDLE = /^__importMeta\d*$/;
export const META: string = ['import', 'meta'].join('.');

/**
 * The names from outside that a function uses, as far as they are not global: what it captures. A name
 * that is global too is captured where a scope around the function has one of its own. Throws ERR_TASK
 * when the source is not that of an arrow function or a function expression.
 */
export function capturedNames(fn: object, source: string, name: string): string[] {
  const program = parsed(source, name);
  // acorn's tree is an ESTree; the two packages declare the same types each for itself.
  const manager = analyze(program as Program & EstreeProgram, { ecmaVersion: 2022, sourceType: 'module' });
  const captured = new Set<string>();
  const global = new Set<string>();
  for (const { identifier } of manager.globalScope?.through ?? []) {
    if (identifier.type === 'JSXIdentifier') continue;
    const { name: used } = identifier;
    if (used === HELPER) continue;
    if (used in globalThis) global.add(used);
    else captured.add(META_OF_BUNDLE.test(used) ? META : used);
  }
  for (const used of namesInClosure(fn, [...global])) captured.add(used);
  if (/\bthis\b|\bsuper\b/.test(source) && usesThis(program.body)) captured.add('this');
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
    const program = parse(`(${source}\n)`, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      ranges: true,
      locations: true,
    });
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

/** Functions that have a `this` of their own, and classes. */
const OWN_THIS: ReadonlySet<unknown> = new Set(['FunctionExpression', 'FunctionDeclaration', 'ClassBody']);

/** Whether a tree uses the `this` of what is around it: arrow functions do. */
function usesThis(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if (Array.isArray(node)) return node.some(usesThis);
  if ('type' in node && OWN_THIS.has(node.type)) return false;
  if ('type' in node && (node.type === 'ThisExpression' || node.type === 'Super')) return true;
  return Object.values(node).some(usesThis);
}
