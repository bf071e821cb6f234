import { KernelError } from './error.ts';
import { isCells, isFunctionField, isUniform, UNIT_AXIS, type Axis, type Cells } from './fields.ts';
import type { Plan } from './engine.ts';
import type { Kind, Kinds } from './kinds.ts';
import { axisNumbers } from './trace/tracer.ts';

/** Arguments of a kernel taken apart: fields and numbers by their full names. */
export interface Gathered {
  readonly fields: ReadonlyMap<string, Cells>;
  readonly numbers: ReadonlyMap<string, number>;
}

/** Checks that arguments are what a kernel was compiled for, and finds its fields and numbers. */
export function gather(plan: Plan, args: Readonly<Record<string, unknown>>, axes: readonly Axis[]): Gathered {
  const fields = new Map<string, Cells>();
  const numbers = new Map<string, number>();
  collect(plan.subject.kinds, args, '');
  axes.forEach((axis, dim) => {
    if (!isUniform(axis)) return;
    const { origin, spacing, inverse } = axisNumbers(dim);
    numbers.set(origin, axis.origin);
    numbers.set(spacing, axis.spacing);
    numbers.set(inverse, 1 / axis.spacing);
  });
  return { fields, numbers };

  function collect(kinds: Kinds, given: Readonly<Record<string, unknown>>, prefix: string): void {
    for (const name in kinds) {
      const kind = kinds[name]!;
      const value = given[name];
      const full = prefix + name;
      if (kind.kind === 'field' && isCells(value) && value.type === kind.type && value.place === kind.place)
        fields.set(full, value);
      else if (kind.kind === 'number' && typeof value === 'number') numbers.set(full, value);
      else if (kind.kind === 'group' && isRecord(value)) collect(kind.members, value, `${full}.`);
      else if (kind.kind === 'position' && isFunctionField(value) && String(value.fn) === String(kind.fn)) {
        for (const key of kind.parameters) numbers.set(`${full}.${key}`, value.parameters?.[key] ?? NaN);
      } else if (kind.kind !== 'function' || String(value) !== String(kind.fn)) {
        const message = `${full} was ${inWords(kind)} when the kernel was compiled; compile it for the kinds of its new arguments`;
        throw new KernelError('ERR_ARGUMENT', plan.name, message);
      }
    }
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function inWords(kind: Kind): string {
  if (kind.kind === 'field') return `a field of ${kind.type} at (${kind.place})`;
  const words = {
    number: 'a number',
    group: 'a group',
    position: 'another function of the place',
    function: 'another function',
  };
  return words[kind.kind];
}

/** Axes for all dimensions, unit ones where none are given. */
export function axesFor(plan: Plan, axes: readonly Axis[] | undefined): readonly Axis[] {
  return Array.from({ length: plan.dims }, (_, dim) => {
    const axis = axes?.[dim] ?? UNIT_AXIS;
    if (isUniform(axis) === (plan.subject.uniform[dim] ?? true)) return axis;
    const was = isUniform(axis) ? 'a function axis' : 'a uniform one';
    throw new KernelError(
      'ERR_ARGUMENT',
      plan.name,
      `the axis of dimension ${dim} was ${was} when the kernel was compiled`,
    );
  });
}

/** Refuses fields of two grids, or one field under two names of which one is written. Returns the memory that all share. */
export function checkFields(plan: Plan, fields: ReadonlyMap<string, Cells>): Cells | undefined {
  const written = new Set(plan.traced.stores.map(({ name }) => name));
  const all = [...fields];
  const first = all[0]?.[1];
  if (first === undefined) return undefined;
  for (const [name, cells] of all) {
    if (cells.pitch !== first.pitch || cells.plane !== first.plane || cells.memory !== first.memory) {
      const message = `${all[0]![0]} and ${name} belong to different grids: their memory, pitch and plane must be the same`;
      throw new KernelError('ERR_ARGUMENT', plan.name, message);
    }
  }
  for (const name of written) {
    const { offset } = fields.get(name)!;
    for (const [other, cells] of all) {
      if (other === name || cells.offset !== offset) continue;
      const message = `${name} and ${other} are the same field, and ${name} is written: give the field once`;
      throw new KernelError('ERR_RACE', plan.name, message);
    }
  }
  return first;
}
