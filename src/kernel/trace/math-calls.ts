import type { Expression } from 'acorn';
import type { Op } from '../ir/node.ts';
import { isWholePower, power } from './power.ts';
import type { Part, Tracer } from './tracer.ts';
import type { Quantity, Value } from './values.ts';

const UNARY: ReadonlySet<string> = new Set([
  'abs',
  'sqrt',
  'floor',
  'ceil',
  'trunc',
  'exp',
  'log',
  'sin',
  'cos',
  'tanh',
]);

/** A function of `Math` that kernels know. */
export function callMath(
  t: Tracer,
  name: string,
  values: readonly Value[],
  parts: readonly Expression[],
  node: Part,
): Quantity {
  const args = values.map((value, i) => t.numeric(value, parts[i]!));
  const [a, b] = args;
  if (name === 'min' || name === 'max') {
    const nothing = t.number(name === 'min' ? Infinity : -Infinity);
    return args.length === 0 ? nothing : args.reduce((best, each) => t.make(name, node, best, each));
  }
  if (a !== undefined && UNARY.has(name)) return t.make(name as Op, node, a);
  if (a !== undefined && name === 'sign') return sign(t, a, node);
  if (a !== undefined && b !== undefined && name === 'pow')
    return isWholePower(b) ? power(t, node, a, b) : t.make('pow', node, a, b);
  const known = [...UNARY, 'min', 'max', 'sign', 'pow'].sort().join(' ');
  return t.fail(
    'ERR_SYNTAX',
    node,
    (words) => `${words} is not part of the language of kernels; of Math it knows ${known} and constants`,
  );
}

/** 1, −1, or the number itself if it is 0, −0 or NaN. */
function sign(t: Tracer, a: Quantity, node: Part): Quantity {
  const zero = t.number(0);
  const negative = t.make('select', node, t.make('lt', node, a, zero), t.number(-1), a);
  return t.make('select', node, t.make('gt', node, a, zero), t.number(1), negative);
}
