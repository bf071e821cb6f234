import { KernelError } from '../error.ts';
import type { ElementType } from '../fields.ts';
import { Graph } from '../ir/graph.ts';
import type { Store } from '../ir/node.ts';
import type { Kernel } from '../kernel.ts';
import type { Kind, Kinds } from '../kinds.ts';
import { POINT_NAMES } from '../operator-names.ts';
import { parseFunction } from '../source/parse.ts';
import { evaluate } from './expressions.ts';
import { declare } from './invoke.ts';
import { body } from './statements.ts';
import { quantity, Tracer } from './tracer.ts';
import { Scope, type Builtin, type Closure, type Group, type Value } from './values.ts';

/** A kernel after the checks: the last value of each field, and what it reads. */
export interface Traced {
  readonly graph: Graph;
  readonly stores: readonly Store[];
  /** Offsets at which fields are read, in the order of the source. */
  readonly reads: ReadonlyMap<string, readonly (readonly number[])[]>;
  /** Numbers that the kernel uses as fields. */
  readonly wrapped: ReadonlySet<string>;
  /** Whether coordinates at the place of what is written are used. */
  readonly floating: boolean;
}

/** What a kernel is traced for. */
export interface Subject {
  readonly kinds: Kinds;
  readonly dims: number;
  readonly uniform: readonly boolean[];
  readonly type: ElementType;
}

/** Runs a kernel's source on symbols: the graph of what it stores. Throws a KernelError for what is not in the language or breaks its rules. */
export function trace<A>(kernel: Kernel<A>, { kinds, dims, uniform, type }: Subject): Traced {
  const graph = new Graph(type === 'f32');
  const t = new Tracer(graph, { kernel: kernel.name, dims, uniform }, { evaluate, body });
  const { source, node } = parseFunction(kernel.fn, kernel.name, 'the kernel');
  t.source = source;
  const scope = new Scope();
  const args = groupOf(t, '', kinds);
  node.params.forEach((pattern, i) => {
    if (i > 1)
      t.fail(
        'ERR_SYNTAX',
        pattern,
        (words) => `a kernel has two parameters, the point and its arguments: ${words}`,
      );
    declare(t, pattern, i === 0 ? POINT : args, scope, true);
  });
  body(t, node, scope);
  checkRaces(t);
  return {
    graph,
    stores: [...t.state.stores].map(([name, { node: value }]) => ({ name, value })),
    reads: new Map(
      [...t.reads].map(([name, reads]) => [name, [...reads.values()].map(({ offset }) => offset)]),
    ),
    wrapped: t.wrapped,
    floating: t.floating,
  };
}

const POINT: Group = {
  kind: 'group',
  name: 'point',
  members: new Map(POINT_NAMES.map((name): [string, Builtin] => [name, { kind: 'operator', name }])),
};

function groupOf(t: Tracer, name: string, kinds: Kinds): Group {
  const prefix = name === '' ? '' : `${name}.`;
  return {
    kind: 'group',
    name,
    members: new Map(Object.entries(kinds).map(([key, kind]) => [key, valueOf(t, prefix + key, kind)])),
  };
}

function valueOf(t: Tracer, name: string, kind: Kind): Value {
  if (kind.kind === 'number') return { ...quantity(t.graph.number(name)), argument: name };
  if (kind.kind === 'group') return groupOf(t, name, kind.members);
  if (kind.kind === 'function') return closureOf(t, name, kind.fn);
  const { place } = kind;
  if (place.length !== t.setting.dims)
    throw new KernelError(
      'ERR_ARGUMENT',
      t.setting.kernel,
      `${name} is at (${place}), and the grid has ${t.setting.dims} dimensions`,
    );
  if (kind.kind === 'field') return { kind: 'field', name, place };
  const parameters: Kinds = Object.fromEntries(
    kind.parameters.map((key): [string, Kind] => [key, { kind: 'number' }]),
  );
  return {
    kind: 'position',
    name,
    place,
    fn: closureOf(t, name, kind.fn),
    parameters: groupOf(t, name, parameters),
  };
}

function closureOf(t: Tracer, name: string, fn: (...args: never[]) => unknown): Closure {
  return { kind: 'closure', name, ...parseFunction(fn, t.setting.kernel, name), scope: new Scope() };
}

/** Refuses kernels in which a point depends on what another one writes. */
function checkRaces(t: Tracer): void {
  for (const name of t.state.stores.keys()) {
    for (const { offset, words } of t.reads.get(name)?.values() ?? []) {
      if (offset.every((each) => each === 0)) continue;
      const why = `a kernel reads what it writes only at the point (${name}.here): write into another field`;
      throw new KernelError(
        'ERR_RACE',
        t.setting.kernel,
        `${words} reads neighbors of ${name}, which is written; ${why}`,
        { words },
      );
    }
  }
}
