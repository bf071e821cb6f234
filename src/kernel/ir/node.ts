import type { Side } from '../place.ts';

/** Type of a node's value. */
export type NodeType = 'number' | 'boolean';

/** Values that are given, not computed. */
export type LeafOp = 'const' | 'number' | 'load' | 'axis' | 'index' | 'coordinate' | 'parameter';
export type UnaryOp = 'neg' | 'abs' | 'sqrt' | 'floor' | 'ceil' | 'trunc' | 'nearest';
export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max';
export type CompareOp = 'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne';
export type LogicOp = 'and' | 'or' | 'not' | 'same';
/** Functions that every CPU engine computes by the same polynomials (transcendental.ts). */
export type TranscendentalOp = 'exp' | 'log' | 'sin' | 'cos' | 'tanh' | 'pow';
/** Operations on the 64 bits of a double, inside transcendental functions only. Shifts take a constant. */
export type BitOp = 'iadd' | 'iand' | 'ior' | 'ishl' | 'ishr';
export type Op = LeafOp | UnaryOp | BinaryOp | CompareOp | LogicOp | TranscendentalOp | BitOp | 'select';

/**
 * Where a value may change: 0 nowhere in a run, 1 from row to row, 2 along a row. Generators compute what they can outside of the inner loop.
 */
export type Level = 0 | 1 | 2;

/** Arrays of a function axis. */
export type AxisArray = 'vertices' | 'centers' | 'inverseAtVertex' | 'inverseAtCenter' | 'weight';

/** A value of the graph. Equal values are one object. */
export interface Node {
  /** Arguments have smaller numbers. */
  readonly id: number;
  readonly op: Op;
  readonly type: NodeType;
  readonly args: readonly Node[];
  readonly level: Level;
  /** Of a constant; of a boolean one 0 or 1; the distance of a shift. */
  readonly value: number;
  /** Of an argument: `q.x`; of an axis: which array. */
  readonly name: string;
  /** Of a load: elements from the point, one a dimension; of an axis or a coordinate: one number. */
  readonly offset: readonly number[];
  /** Dimension of an axis, an index or a coordinate. */
  readonly dim: number;
  /** Of a coordinate; undefined while it is that of the store to come. */
  readonly side: Side | undefined;
}

/** The last value that a kernel gives a field at a point. */
export interface Store {
  readonly name: string;
  readonly value: Node;
}

export const TRANSCENDENTAL: ReadonlySet<string> = new Set<TranscendentalOp>([
  'exp',
  'log',
  'sin',
  'cos',
  'tanh',
  'pow',
]);
export const COMPARE: ReadonlySet<string> = new Set<CompareOp>(['lt', 'le', 'gt', 'ge', 'eq', 'ne']);

/** Nodes that stores need, each after its arguments. */
export function ordered(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.args);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** How often each node is used by others and by stores. */
export function uses(roots: readonly Node[]): Map<Node, number> {
  const count = new Map<Node, number>();
  for (const root of roots) count.set(root, (count.get(root) ?? 0) + 1);
  for (const node of ordered(roots)) for (const arg of node.args) count.set(arg, (count.get(arg) ?? 0) + 1);
  return count;
}
