import type { ArrowFunctionExpression, FunctionExpression } from 'acorn';
import type { Node } from '../ir/node.ts';
import type { Place } from '../place.ts';

/** A number or a truth value at compile time: a node, and the place it belongs to; a number without one is at home everywhere. */
export interface Quantity {
  readonly kind: 'quantity';
  readonly node: Node;
  readonly place: Place | undefined;
  /** Name of the argument that it is, where it is one: a number given for a field. */
  readonly argument?: string;
}

/** A field in memory. */
export interface FieldValue {
  readonly kind: 'field';
  readonly name: string;
  readonly place: Place;
}

/** A field given by a function of the place. */
export interface PositionValue {
  readonly kind: 'position';
  readonly name: string;
  readonly place: Place;
  readonly fn: Closure;
  readonly parameters: Group;
}

/** Arguments with names: both parameters of a kernel, vectors, tensors, masks. */
export interface Group {
  readonly kind: 'group';
  readonly name: string;
  readonly members: ReadonlyMap<string, Value>;
}

/** A function that is inlined where it is called. */
export interface Closure {
  readonly kind: 'closure';
  readonly name: string;
  readonly node: ArrowFunctionExpression | FunctionExpression;
  readonly scope: Scope;
  readonly source: string;
}

/** An operator of the point, or a function of `Math`, by its name. */
export interface Builtin {
  readonly kind: 'operator' | 'math';
  readonly name: string;
}

/** Words: a place by its letters. */
export interface Text {
  readonly kind: 'text';
  readonly text: string;
}

export type Value = Quantity | FieldValue | PositionValue | Group | Closure | Builtin | Text;

/** A variable; its value at a moment is in the state of the trace. */
export interface Variable {
  readonly name: string;
  readonly constant: boolean;
}

/** Names of a block, a function or a loop. */
export class Scope {
  readonly #names = new Map<string, Variable>();

  readonly parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.parent = parent;
  }

  declare(name: string, constant: boolean): Variable {
    const variable = { name, constant };
    this.#names.set(name, variable);
    return variable;
  }

  find(name: string): Variable | undefined {
    return this.#names.get(name) ?? this.parent?.find(name);
  }
}

/** What variables hold, and what fields have been given so far, by name. */
export class State {
  constructor(
    readonly variables: Map<Variable, Value> = new Map<Variable, Value>(),
    readonly stores: Map<string, Quantity> = new Map<string, Quantity>(),
  ) {}

  fork(): State {
    return new State(new Map(this.variables), new Map(this.stores));
  }
}

/** What a value is called in errors. */
export function described(value: Value): string {
  const words: Record<Value['kind'], string> = {
    quantity: 'a number',
    field: 'a field',
    position: 'a field',
    group: 'a group of fields',
    closure: 'a function',
    operator: 'an operator',
    math: 'a function of Math',
    text: 'a text',
  };
  return words[value.kind];
}
