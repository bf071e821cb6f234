import { axisNumbers } from './trace/tracer.ts';
import { ordered, type AxisArray, type Node } from './ir/node.ts';
import type { Traced } from './trace/trace.ts';

/** An array of a function axis that a kernel reads. */
export interface AxisSlot {
  readonly name: AxisArray;
  readonly dim: number;
}

/**
 * Block of memory in which a kernel's arguments lie: 32-bit words for the first global indices and for where arrays begin, then numbers of the
 * kernel's type, from a multiple of 8 bytes on. All engines of the CPU read it.
 */
export interface Layout {
  /** Fields, in the order of their words. */
  readonly fields: readonly string[];
  readonly axes: readonly AxisSlot[];
  /** Numbers, those of uniform axes too. */
  readonly numbers: readonly string[];
  /** Byte at which numbers begin. */
  readonly numbersAt: number;
  readonly bytes: number;
}

/** Words for the first global index in each dimension. */
export const FIRST_WORDS = 3;

export const axisName = ({ name, dim }: AxisSlot): string => `${name} ${dim}`;

export function layoutOf({ stores }: Traced): Layout {
  const nodes = ordered(stores.map(({ value }) => value));
  const of = (op: Node['op']) => nodes.filter((node) => node.op === op);
  const fields = [...new Set([...stores.map(({ name }) => name), ...of('load').map(({ name }) => name)])];
  const axes = new Map<string, AxisSlot>();
  for (const { name, dim } of of('axis')) {
    const slot: AxisSlot = { name: name as AxisArray, dim };
    axes.set(axisName(slot), slot);
  }
  const numbers = [...new Set(of('number').map(({ name }) => name))];
  const words = FIRST_WORDS + fields.length + axes.size;
  const numbersAt = 8 * Math.ceil(words / 2);
  return { fields, axes: [...axes.values()], numbers, numbersAt, bytes: numbersAt + 8 * numbers.length };
}

export { axisNumbers };
