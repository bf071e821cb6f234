import { TRANSCENDENTAL, type BitOp, type Node, type Op, type TranscendentalOp } from '../ir/node.ts';

/** How a language of the C family writes values. */
export interface Dialect {
  leaf(node: Node): string;
  constant(node: Node): string;
  /** Functions by operation. */
  readonly names: Partial<Record<Op, string>>;
  select(condition: string, a: string, b: string): string;
  readonly bits: Readonly<Record<BitOp, (a: string, b: string | undefined, by: number) => string>>;
  transcendental(op: TranscendentalOp, args: readonly string[]): string;
  readonly and: string;
  readonly or: string;
}

const INFIX: Partial<Record<Op, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  eq: '==',
  ne: '!=',
  same: '==',
};

/** A value as an expression, in parentheses where it needs them; a named value by its name. */
export function expressionOf(node: Node, names: ReadonlyMap<Node, string>, dialect: Dialect): string {
  const name = names.get(node);
  if (name !== undefined) return name;
  const { op, args, value } = node;
  if (op === 'const') return dialect.constant(node);
  if (args.length === 0) return dialect.leaf(node);
  const texts = args.map((arg) => expressionOf(arg, names, dialect));
  const [a = '', b, c = ''] = texts;
  if (TRANSCENDENTAL.has(op)) return dialect.transcendental(op as TranscendentalOp, texts);
  const infix = op === 'and' ? dialect.and : op === 'or' ? dialect.or : INFIX[op];
  if (infix !== undefined) return `(${a} ${infix} ${b})`;
  if (op === 'neg') return `(-${a})`;
  if (op === 'not') return `(!${a})`;
  if (op === 'select') return dialect.select(a, b ?? '', c);
  if (op in dialect.bits) return dialect.bits[op as BitOp](a, b, value);
  return `${dialect.names[op] ?? op}(${texts.join(', ')})`;
}

/** A finite number with a decimal point. */
export function literal(value: number, suffix: string): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  const real = /[.e]/.test(text) ? text : `${text}.0`;
  return value < 0 || Object.is(value, -0) ? `(${real}${suffix})` : `${real}${suffix}`;
}
