import { bytesOf, type ElementType } from './fields.ts';
import { COMPARE, ordered, TRANSCENDENTAL, type Node } from './ir/node.ts';
import type { Traced } from './trace/trace.ts';

/** Elements read around a point in one dimension: from `low` (0 or less) to `high` (0 or more). */
export interface Reach {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What the value that a kernel gives one field is made of. */
export interface Need {
  /** Fields read, at which offsets. */
  readonly reads: ReadonlyMap<string, readonly (readonly number[])[]>;
  /** Dimensions whose indices, coordinates or function axes it depends on. */
  readonly positions: readonly number[];
}

/** What is known of a kernel once it is compiled. */
export interface Facts {
  /** For each field whose value before the kernel is read: at which offsets. */
  readonly reads: ReadonlyMap<string, readonly (readonly number[])[]>;
  /** Fields written. */
  readonly writes: readonly string[];
  /** For each field written: what its value needs. */
  readonly needs: ReadonlyMap<string, Need>;
  /** How far each field is read; fields only written are not in it. */
  readonly reach: ReadonlyMap<string, Reach>;
  /** Whether a field is read at an offset in two dimensions or more, so that corners of halos count. */
  readonly diagonal: boolean;
  /** Arithmetic operations a point, each common value once; a transcendental function counts as one. */
  readonly flops: number;
  /** Bytes a point moves if each field is read and written once: the ideal of T_eff. */
  readonly bytes: number;
}

const FREE: ReadonlySet<string> = new Set([
  'const',
  'number',
  'load',
  'axis',
  'index',
  'and',
  'or',
  'not',
  'same',
  'select',
  ...COMPARE,
]);

export function factsOf({ stores, reads: traced }: Traced, type: ElementType): Facts {
  const nodes = ordered(stores.map(({ value }) => value));
  // Reads that the final values do not need are none.
  const needed = new Set(nodes.filter(({ op }) => op === 'load').map(keyOf));
  const reads = new Map<string, readonly (readonly number[])[]>();
  for (const [name, offsets] of traced) {
    const kept = offsets.filter((offset) => needed.has(keyOf({ name, offset })));
    if (kept.length > 0) reads.set(name, kept);
  }
  const writes = stores.map(({ name }) => name);
  return {
    reads,
    writes,
    needs: new Map(stores.map(({ name, value }) => [name, needOf(value)])),
    reach: new Map([...reads].map(([name, offsets]) => [name, reachOf(offsets)])),
    diagonal: [...reads.values()].flat().some((offset) => offset.filter((each) => each !== 0).length > 1),
    flops: nodes.filter((node) => counts(node)).length,
    bytes: (reads.size + writes.length) * bytesOf(type),
  };
}

function needOf(value: Node): Need {
  const reads = new Map<string, (readonly number[])[]>();
  const positions = new Set<number>();
  for (const { op, name, offset, dim } of ordered([value])) {
    if (op === 'load') reads.set(name, [...(reads.get(name) ?? []), offset]);
    if (op === 'index' || op === 'coordinate' || op === 'axis') positions.add(dim);
  }
  return { reads, positions: [...positions] };
}

const keyOf = ({ name, offset }: { readonly name: string; readonly offset: readonly number[] }) =>
  `${name} ${offset.join()}`;

function counts({ op, level }: Node): boolean {
  return level === 2 && (TRANSCENDENTAL.has(op) || !FREE.has(op));
}

function reachOf(offsets: readonly (readonly number[])[]): Reach {
  const dims = offsets[0]?.length ?? 0;
  const along = (pick: (...values: number[]) => number) =>
    Array.from({ length: dims }, (_, d) => pick(0, ...offsets.map((offset) => offset[d]!)));
  return { low: along(Math.min), high: along(Math.max) };
}
