import { KernelError, type KernelErrorCode } from '../error.ts';
import type { Graph } from '../ir/graph.ts';
import type { AxisArray, Node, Op } from '../ir/node.ts';
import { sideOf, type Place, type Side } from '../place.ts';
import { wordsOf } from '../source/parse.ts';
import type { ArrowFunctionExpression, Expression, FunctionExpression } from 'acorn';
import { State, type FieldValue, type Quantity, type Scope, type Value } from './values.ts';

/** A part of the source: anything that the parser made. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** What a kernel is traced for. */
export interface Setting {
  readonly kernel: string;
  readonly dims: number;
  /** Whether each dimension is divided evenly. */
  readonly uniform: readonly boolean[];
}

/** The parts of the language that call each other: how an expression is evaluated, how a function's body is. */
export interface Language {
  evaluate(t: Tracer, node: Expression, scope: Scope): Value;
  /** Value that a function's body returns, if any. */
  body(t: Tracer, fn: ArrowFunctionExpression | FunctionExpression, scope: Scope): Value | undefined;
}

/** A read of a field's value before the kernel: where, and the words that read it first. */
export interface Read {
  readonly offset: readonly number[];
  readonly words: string;
}

/** Largest graph that is compiled; unrolled loops reach it. */
const MOST_NODES = 200_000;

/** Builds the graph of one kernel: values with places, the state of its variables and fields, and refusals. */
export class Tracer {
  state: State = new State();
  /** Text that the parts being traced come from: that of the kernel, or of a function given to it. */
  source = '';
  /** Arguments read through `.here` or `.at` although they are numbers. */
  readonly wrapped: Set<string> = new Set<string>();
  /** Offsets at which each field's value before the kernel is read, with the words that do so first. */
  readonly reads: Map<string, Map<string, Read>> = new Map<string, Map<string, Read>>();
  /** Whether coordinates at the place of what is written are used. */
  floating = false;
  /** The call being traced: errors of operators quote it. */
  call: Part | undefined;

  constructor(
    readonly graph: Graph,
    readonly setting: Setting,
    readonly language: Language,
  ) {}

  fail(code: KernelErrorCode, part: Part | undefined, message: (words: string) => string): never {
    const words = part === undefined ? '' : wordsOf(this.source, part);
    throw new KernelError(code, this.setting.kernel, message(words), { words });
  }

  /** A number at home everywhere. */
  number(value: number): Quantity {
    return quantity(this.graph.constant(value));
  }

  /** An operation on quantities, which must be at one place. */
  make(op: Op, part: Part | undefined, ...args: readonly Quantity[]): Quantity {
    const place = this.#common(args, part);
    if (this.graph.size > MOST_NODES)
      this.fail('ERR_CONSTANT', part, () => `unrolls to more than ${MOST_NODES} values: take shorter loops`);
    return quantity(this.graph.make(op, ...args.map(({ node }) => node)), place);
  }

  #common(args: readonly Quantity[], part: Part | undefined): Place | undefined {
    let place: Place | undefined;
    for (const arg of args) {
      if (place !== undefined && arg.place !== undefined && arg.place !== place) {
        const [one, other] = [place, arg.place];
        this.fail(
          'ERR_PLACE',
          part ?? this.call,
          (words) => `combines values at (${one}) and (${other}): ${words}`,
        );
      }
      place ??= arg.place;
    }
    return place;
  }

  /** As a number: a truth value is 1 or 0. */
  numeric(value: Value, part: Part): Quantity {
    if (value.kind !== 'quantity')
      return this.fail('ERR_SYNTAX', part, (words) => `${words} is no number; ${hint(value)}`);
    if (value.node.type === 'number') return value;
    return this.make('select', part, value, this.number(1), this.number(0));
  }

  /** As a condition: a number is true unless it is 0 or NaN. */
  truth(value: Value, part: Part): Quantity {
    if (value.kind !== 'quantity')
      return this.fail('ERR_SYNTAX', part, (words) => `${words} is no number to decide by; ${hint(value)}`);
    if (value.node.type === 'boolean') return value;
    const zero = this.number(0);
    return this.make('or', part, this.make('lt', part, value, zero), this.make('gt', part, value, zero));
  }

  /** The one of two values that a condition chooses; what is not a number must be the same in both. */
  select(condition: Quantity, a: Value, b: Value, part: Part): Value {
    if (a === b) return a;
    if (a.kind !== 'quantity' || b.kind !== 'quantity')
      return this.fail('ERR_SYNTAX', part, (words) => `chooses between what are no numbers: ${words}`);
    if (a.node === b.node && a.place === b.place) return a;
    const same = a.node.type === b.node.type;
    return this.make(
      'select',
      part,
      condition,
      same ? a : this.numeric(a, part),
      same ? b : this.numeric(b, part),
    );
  }

  /** A whole number known now. */
  whole(value: Value, part: Part): number | undefined {
    const { node } = this.numeric(value, part);
    return node.op === 'const' && Number.isInteger(node.value) ? node.value : undefined;
  }

  /** A field's value at an offset: what was in memory before the kernel, or at the point itself what the kernel stored. */
  load(field: FieldValue, offset: readonly number[], part: Part | undefined): Quantity {
    const stored = this.state.stores.get(field.name);
    if (stored !== undefined && offset.every((each) => each === 0)) return stored;
    const key = offset.join();
    const reads = this.reads.get(field.name) ?? new Map<string, Read>();
    this.reads.set(field.name, reads);
    const quoted = part ?? this.call;
    if (!reads.has(key))
      reads.set(key, { offset, words: quoted === undefined ? '' : wordsOf(this.source, quoted) });
    return quantity(this.graph.load(field.name, offset), field.place);
  }

  /** Position along a dimension, `offset` from the point. */
  position(dim: number, side: Side, offset: number): Node {
    const { graph } = this;
    if (dim >= this.setting.dims) return graph.constant(0);
    if (!(this.setting.uniform[dim] ?? true))
      return graph.axis(side === 'v' ? 'vertices' : 'centers', dim, offset);
    const from = offset + (side === 'c' ? 0.5 : 0);
    const index = graph.index(dim);
    const steps = from === 0 ? index : graph.make('add', index, graph.constant(from));
    const { origin, spacing } = axisNumbers(dim);
    return graph.make('add', graph.number(origin), graph.make('mul', steps, graph.number(spacing)));
  }

  /** An array of a function axis, or the number that stands for it on a uniform one. */
  axis(name: AxisArray, dim: number, offset: number): Node {
    const { graph } = this;
    if (!(this.setting.uniform[dim] ?? true)) return graph.axis(name, dim, offset);
    return name === 'weight' ? graph.constant(0.5) : graph.number(axisNumbers(dim).inverse);
  }

  /** Coordinates put at a place. */
  resolved(value: Quantity, place: Place): Quantity {
    const node = this.graph.resolve(value.node, place, (dim) => this.position(dim, sideOf(place, dim), 0));
    return quantity(node, value.place);
  }
}

/** Names under which a uniform axis is given to the engines. */
export function axisNumbers(dim: number): {
  readonly origin: string;
  readonly spacing: string;
  readonly inverse: string;
} {
  return { origin: `origin ${dim}`, spacing: `spacing ${dim}`, inverse: `inverse ${dim}` };
}

export function quantity(node: Node, place?: Place): Quantity {
  return { kind: 'quantity', node, place };
}

function hint(value: Value): string {
  if (value.kind === 'field' || value.kind === 'position')
    return 'its value at the point is .here, at a neighbor .at(…)';
  if (value.kind === 'group') return 'take one of its members';
  return isFunction(value) ? 'call it' : 'a kernel computes with numbers';
}

const isFunction = (value: Value) =>
  value.kind === 'closure' || value.kind === 'operator' || value.kind === 'math';
