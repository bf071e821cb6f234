import { parse, type ArrowFunctionExpression, type FunctionExpression, type Program } from 'acorn';
import { KernelError } from '../error.ts';

/** A function of the language: the kernel itself, or one given as an argument. */
export interface SourceFunction {
  readonly source: string;
  readonly node: ArrowFunctionExpression | FunctionExpression;
}

const WHAT =
  'a kernel is an arrow function (point, arguments) => { … } that uses its parameters, Math and what it declares';

/** Parses a function from its own text. Refuses what is no arrow function or function expression: methods, native and bound functions, async ones, generators. */
export function parseFunction(
  fn: (...args: never[]) => unknown,
  kernel: string,
  role: string,
): SourceFunction {
  const source = `(${Function.prototype.toString.call(fn)}\n)`;
  const refuse = (why: string) => new KernelError('ERR_SYNTAX', kernel, `${role} is ${why}: ${WHAT}`);
  if (/\{\s*\[native code\]\s*\}\s*\)$/.test(source))
    throw refuse('a native or bound function, whose source is not known');
  let program: Program;
  try {
    program = parse(source, { ecmaVersion: 'latest', sourceType: 'module' });
  } catch {
    throw refuse('a method or a class');
  }
  const [statement] = program.body;
  const node = statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
  if (node?.type !== 'ArrowFunctionExpression' && node?.type !== 'FunctionExpression')
    throw refuse('no function');
  if (node.async) throw refuse('async');
  if (node.generator) throw refuse('a generator');
  return { source, node };
}

/** Words of a part of the source, on one line, shortened in the middle. */
export function wordsOf(
  source: string,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  const words = source.slice(start, end).replaceAll(/\s+/g, ' ').trim();
  return words.length <= LONGEST ? words : `${words.slice(0, LONGEST - 15)} … ${words.slice(-12)}`;
}

const LONGEST = 72;
