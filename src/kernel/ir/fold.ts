import type { Node, Op } from './node.ts';

/** What makes nodes of known values. */
export interface Constants {
  constant(value: number): Node;
  truth(value: boolean): Node;
}

type Arithmetic = (a: number, b: number) => number;

/** What JavaScript and every engine compute alike: IEEE 754 prescribes each result. */
const NUMBERS: Partial<Record<Op, Arithmetic>> = {
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sqrt: (a) => Math.sqrt(a),
  floor: (a) => Math.floor(a),
  ceil: (a) => Math.ceil(a),
  trunc: (a) => Math.trunc(a),
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
};
const TRUTHS: Partial<Record<Op, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  and: (a, b) => a === 1 && b === 1,
  or: (a, b) => a === 1 || b === 1,
  not: (a) => a === 0,
  same: (a, b) => a === b,
};

/** A known node for an operation, where its arguments decide it; transcendental functions are left to the engines, whose bits are theirs. */
export function fold(graph: Constants, op: Op, args: readonly Node[]): Node | undefined {
  const [a, b, c] = args;
  if (a === undefined) return undefined;
  if (op === 'select') {
    if (b === c) return b;
    return a.op === 'const' ? (a.value === 1 ? b : c) : undefined;
  }
  if (args.every((arg) => arg.op === 'const')) {
    const compute = NUMBERS[op];
    if (compute !== undefined) return graph.constant(compute(a.value, b?.value ?? 0));
    const decide = TRUTHS[op];
    if (decide !== undefined) return graph.truth(decide(a.value, b?.value ?? 0));
  }
  return identity(op, a, b, graph);
}

function identity(op: Op, a: Node, b: Node | undefined, graph: Constants): Node | undefined {
  if (op === 'neg' && a.op === 'neg') return a.args[0];
  if (op === 'not' && a.op === 'not') return a.args[0];
  if (b === undefined) return undefined;
  if (op === 'mul' && isOne(b)) return a;
  if (op === 'mul' && isOne(a)) return b;
  if (op === 'div' && isOne(b)) return a;
  if (op !== 'and' && op !== 'or') return undefined;
  if (a === b) return a;
  const [known, other] = a.op === 'const' ? [a, b] : [b, a];
  if (known.op !== 'const') return undefined;
  const decides = op === 'and' ? 0 : 1;
  return known.value === decides ? graph.truth(decides === 1) : other;
}

const isOne = ({ op, type, value }: Node) => op === 'const' && type === 'number' && value === 1;
