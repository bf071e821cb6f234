import type { Side } from '../place.ts';
import { COMPARE, type AxisArray, type Level, type Node, type NodeType, type Op } from './node.ts';
import { fold } from './fold.ts';

const BOOLEAN: ReadonlySet<string> = new Set([...COMPARE, 'and', 'or', 'not', 'same']);
const NOWHERE: readonly number[] = [];

interface Extra {
  readonly value?: number;
  readonly name?: string;
  readonly offset?: readonly number[];
  readonly dim?: number;
  readonly side?: Side | undefined;
}

/**
 * Values of a kernel as a graph in which equal values are one node (hash-consing), so that whatever a kernel writes twice is computed once.
 * Constants are folded, rounded as the kernel's type rounds; nothing is reassociated.
 */
export class Graph {
  readonly #known = new Map<string, Node>();
  readonly #resolved = new Map<string, Node>();

  constructor(
    /** Numbers are f32: constants are rounded to it after each operation. */
    readonly single = false,
  ) {}

  get size(): number {
    return this.#known.size;
  }

  constant(value: number): Node {
    return this.#node('const', 'number', NOWHERE_NODES, 0, {
      value: this.single ? Math.fround(value) : value,
    });
  }

  truth(value: boolean): Node {
    return this.#node('const', 'boolean', NOWHERE_NODES, 0, { value: value ? 1 : 0 });
  }

  /** A number that is given when the kernel runs. */
  number(name: string): Node {
    return this.#node('number', 'number', NOWHERE_NODES, 0, { name });
  }

  /** Argument of a transcendental function's own graph. */
  parameter(index: number): Node {
    return this.#node('parameter', 'number', NOWHERE_NODES, 2, { dim: index });
  }

  load(name: string, offset: readonly number[]): Node {
    return this.#node('load', 'number', NOWHERE_NODES, 2, { name, offset });
  }

  /** Global index of the point along a dimension. */
  index(dim: number): Node {
    return this.#node('index', 'number', NOWHERE_NODES, dim === 0 ? 2 : 1, { dim });
  }

  /** Element of a function axis' array, `offset` from the point. */
  axis(name: AxisArray, dim: number, offset: number): Node {
    return this.#node('axis', 'number', NOWHERE_NODES, dim === 0 ? 2 : 1, { name, dim, offset: [offset] });
  }

  /** Coordinate at the place of what is written, which is known at the store: see `resolve`. */
  coordinate(dim: number): Node {
    return this.#node('coordinate', 'number', NOWHERE_NODES, dim === 0 ? 2 : 1, { dim });
  }

  make(op: Op, ...args: readonly Node[]): Node {
    const known = fold(this, op, args);
    if (known !== undefined) return known;
    const type = BOOLEAN.has(op) ? 'boolean' : op === 'select' ? args[1]!.type : 'number';
    const level = args.reduce<Level>((most, { level }) => (level > most ? level : most), 0);
    return this.#node(op, type, args, level, {});
  }

  /** A shift of a double's bits by a constant. */
  shift(op: 'ishl' | 'ishr', node: Node, bits: number): Node {
    return this.#node(op, 'number', [node], node.level, { value: bits });
  }

  /** The same value with coordinates put at their place. */
  resolve(root: Node, place: string, position: (dim: number) => Node): Node {
    const visit = (node: Node): Node => {
      const key = `${place} ${node.id}`;
      const known = this.#resolved.get(key);
      if (known !== undefined) return known;
      let made = node;
      if (node.op === 'coordinate') made = position(node.dim);
      else if (node.args.length > 0) {
        const args = node.args.map(visit);
        if (args.some((arg, i) => arg !== node.args[i])) made = this.make(node.op, ...args);
      }
      this.#resolved.set(key, made);
      return made;
    };
    return visit(root);
  }

  #node(op: Op, type: NodeType, args: readonly Node[], level: Level, extra: Extra): Node {
    const { value = 0, name = '', offset = NOWHERE, dim = -1, side } = extra;
    const number = Object.is(value, -0) ? '-0' : String(value);
    const key = `${op} ${type} ${args.map(({ id }) => id).join()} ${number} ${name} ${offset.join()} ${dim} ${side}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const node: Node = { id: this.#known.size, op, type, args, level, value, name, offset, dim, side };
    this.#known.set(key, node);
    return node;
  }
}

const NOWHERE_NODES: readonly Node[] = [];
